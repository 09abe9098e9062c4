from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.hysteresis import Decision, Hysteresis  # noqa: E402


def decided(classes, evidence=None, trust=1.0, last=(0, 0, 0, 0)) -> Decision:
    """Decide one cell; the margin is 0.5, and from a probability of 1/3 on it counts in full."""
    shape = (1, 1, 1, len(classes))
    return Hysteresis()(
        torch.tensor(classes).reshape(shape),
        torch.tensor(evidence or classes).reshape(shape),
        torch.full((1, 1, 1, 1), trust),
        torch.tensor(last).float().reshape(1, 4, 1, 1),
    )


def ids(*args, **kwargs) -> list[int]:
    return decided(*args, **kwargs).ids.flatten().int().tolist()


def test_a_new_class_needs_a_lead() -> None:
    assert ids([0.4, 0.6]) == [0] * 4
    assert ids([0.2, 0.8], evidence=[0.35, 0.65]) == [1] * 4
    assert ids([0.4, 0.6], last=[1] * 4) == [1] * 4


def test_each_quarter_of_a_cell_keeps_a_class_of_its_own() -> None:
    assert ids([0.4, 0.6], last=[0, 1, 1, 0]) == [0, 1, 1, 0]
    assert ids([0.1, 0.9], last=[0, 1, 1, 0]) == [1] * 4


def test_a_quarter_follows_its_neighbours_sooner_than_its_cell() -> None:
    classes = torch.tensor([[0.4, 0.6], [0.0, 1.0]]).reshape(1, 1, 2, 2)
    evidence = torch.full((1, 1, 2, 2), 0.5)
    decision = Hysteresis()(classes, evidence, torch.ones(1, 1, 2, 1), torch.zeros(1, 4, 1, 2))
    # Of class 0 there is 0.4, 0.3, 0.1 and 0 from left to right; it may be behind by 0.5.
    assert decision.class_ids[0].tolist() == [[0, 0, 1, 1]] * 2


def test_confidence_is_the_share_of_what_was_decided() -> None:
    assert decided([0.4, 0.5, 0.1]).confidence.item() == pytest.approx(0.9 / 1.5)
    assert decided([0.4, 0.6], last=[0, 1, 1, 0]).confidence.item() == pytest.approx(
        (0.9 + 1.1) / 2 / 1.5
    )


def test_scores_stay_probabilities() -> None:
    scores = decided([0.4, 0.5, 0.1]).scores.flatten()
    torch.testing.assert_close(scores, torch.tensor([0.9, 0.5, 0.1]) / 1.5)
    halves = decided([0.4, 0.5, 0.1], last=[0, 0, 1, 1]).scores.flatten()
    torch.testing.assert_close(halves, torch.tensor([0.65, 0.75, 0.1]) / 1.5)


def test_what_is_decided_is_the_best_of_the_finer_scores() -> None:
    torch.manual_seed(0)
    classes = torch.rand(2, 4, 6, 5).softmax(dim=3)
    last = torch.randint(0, 5, (2, 4, 4, 6)).float()
    decision = Hysteresis()(classes, torch.rand(2, 4, 6, 5), torch.rand(2, 4, 6, 1), last)
    finer = decision.finer_scores
    assert torch.equal(decision.class_ids, finer.argmax(dim=3).float())
    torch.testing.assert_close(
        decision.confidence, torch.nn.functional.avg_pool2d(finer.amax(dim=3), 2)
    )


def test_without_memory_the_frame_decides() -> None:
    assert ids([0.49, 0.51], trust=0.0) == [1] * 4
    assert decided([0.49, 0.51], trust=0.0).confidence.item() == pytest.approx(0.51)


def test_a_class_of_which_nothing_is_seen_has_no_advantage() -> None:
    assert ids([0.45, 0.55], evidence=[0.0, 1.0]) == [1] * 4
    assert ids([0.45, 0.55], evidence=[0.34, 0.66]) == [0] * 4


def test_classes_are_kept_where_nothing_speaks_against_them() -> None:
    torch.manual_seed(0)
    last = torch.randint(0, 19, (1, 4, 4, 6)).float()
    even = torch.full((1, 4, 6, 19), 1 / 19)
    assert torch.equal(Hysteresis()(even, even, torch.ones(1, 4, 6, 1), last).ids, last)


@pytest.mark.parametrize('broken', [float('inf'), -7.0, 1e9])
def test_a_slot_that_holds_no_classes_breaks_nothing(broken: float) -> None:
    even = torch.full((1, 4, 6, 19), 1 / 19)
    last = torch.full((1, 4, 4, 6), broken)
    found = Hysteresis()(even, even, torch.ones(1, 4, 6, 1), last).ids
    assert ((found >= 0) & (found < 19)).all()


def test_margin_and_support_learn_from_finer_scores() -> None:
    hysteresis = Hysteresis()
    classes = torch.tensor([[0.4, 0.6], [0.2, 0.8]]).reshape(1, 1, 2, 2)
    decision = hysteresis(classes, classes, torch.ones(1, 1, 2, 1), torch.zeros(1, 4, 1, 2))
    decision.finer_scores[..., 0].sum().backward()
    assert hysteresis.margin.grad > 0
    assert hysteresis.support.grad > 0
