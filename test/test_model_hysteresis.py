from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.hysteresis import Hysteresis  # noqa: E402


def decide(classes, evidence=None, trust=1.0, last=0):
    """Decide one pixel; the margin is 0.5, and from a probability of 1/3 on it counts in full."""
    shape = (1, 1, 1, len(classes))
    seen = torch.tensor(evidence or classes).reshape(shape)
    decision = Hysteresis()(
        torch.tensor(classes).reshape(shape),
        seen,
        torch.full((1, 1, 1, 1), trust),
        torch.full((1, 1, 1, 1), float(last)),
    )
    assert decision.confidence.item() == decision.scores.max()
    assert decision.ids.item() == decision.scores.argmax()
    return decision.scores.flatten()


def test_a_new_class_needs_a_lead() -> None:
    assert decide([0.4, 0.6]).argmax() == 0
    assert decide([0.2, 0.8], evidence=[0.35, 0.65]).argmax() == 1
    assert decide([0.4, 0.6], last=1).argmax() == 1


def test_scores_stay_probabilities() -> None:
    scores = decide([0.4, 0.5, 0.1])
    torch.testing.assert_close(scores, torch.tensor([0.9, 0.5, 0.1]) / 1.5)


def test_without_memory_the_frame_decides() -> None:
    torch.testing.assert_close(decide([0.49, 0.51], trust=0.0), torch.tensor([0.49, 0.51]))


def test_a_class_of_which_nothing_is_seen_has_no_advantage() -> None:
    assert decide([0.45, 0.55], evidence=[0.0, 1.0]).argmax() == 1
    assert decide([0.45, 0.55], evidence=[0.34, 0.66]).argmax() == 0


def test_each_pixel_keeps_a_class_of_its_own() -> None:
    torch.manual_seed(0)
    last = torch.randint(0, 19, (1, 4, 6, 1))
    even = torch.full((1, 4, 6, 19), 1 / 19)
    decision = Hysteresis()(even, even, torch.ones(1, 4, 6, 1), last.float())
    assert torch.equal(decision.ids, last.float())
