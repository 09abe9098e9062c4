from __future__ import annotations

import math

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.training.objective.losses import (  # noqa: E402
    class_logits,
    cross_entropy,
    divergence,
    mask_and_dice,
    overlap,
    presence,
    stable_pixels,
)

VOID, GROUP = 255, 130


def row(*values: float) -> torch.Tensor:
    """Make one image of one row of pixels: [1, 1, N]."""
    return torch.tensor([[values]])


def single(classes: int) -> torch.Tensor:
    """Let every label be a class of its own: bool [256, classes]."""
    return torch.eye(256, classes, dtype=torch.bool)


def grouped(classes: int, *members: int) -> torch.Tensor:
    """Let one label be any of some classes."""
    table = single(classes)
    table[GROUP, list(members)] = True
    return table


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_cross_entropy_is_the_weighted_mean_over_known_pixels() -> None:
    scores = torch.tensor([[[[1.0, 3.0], [2.0, 2.0], [5.0, 5.0]]]])
    labels, weights = row(1, 0, VOID).long(), row(1.0, 0.5, 1.0)
    expected = (math.log(4 / 3) + 0.5 * math.log(2)) / 1.5
    assert cross_entropy(scores, labels, weights, single(scores.shape[3])).item() == pytest.approx(
        expected
    )


def test_cross_entropy_does_not_depend_on_the_scale_of_scores() -> None:
    scores = torch.rand(2, 3, 4, 5) + 0.1
    labels, weights = torch.randint(0, 5, (2, 3, 4)), torch.ones(2, 3, 4)
    first, scaled = (cross_entropy(s, labels, weights, single(5)) for s in (scores, 7 * scores))
    torch.testing.assert_close(first, scaled)


def test_class_logits_join_the_masks_of_each_class() -> None:
    joined = class_logits(torch.tensor([[[[0.0, 0.0, 1.0, -2.0]]]]), 2)
    assert joined.shape == (1, 1, 1, 2)
    assert joined.flatten().tolist() == pytest.approx(
        [math.log(2), math.log(math.exp(1) + math.exp(-2))]
    )


def test_mask_and_dice_by_hand() -> None:
    logits = torch.tensor([[[[2.0, -1.0], [0.5, 1.0], [9.0, 9.0]]]])
    labels, weights = row(0, 1, VOID).long(), row(1.0, 0.5, 1.0)
    mask, dice = mask_and_dice(logits, labels, weights, single(2))
    right = -math.log(sigmoid(2)) - 0.5 * math.log(1 - sigmoid(0.5))
    left = -math.log(1 - sigmoid(-1)) - 0.5 * math.log(sigmoid(1))
    assert mask.item() == pytest.approx((right + left) / 1.5 / 2)
    dices = [
        1 - (2 * sigmoid(2) + 1) / (sigmoid(2) + 0.5 * sigmoid(0.5) + 1 + 1),
        1 - (2 * 0.5 * sigmoid(1) + 1) / (sigmoid(-1) + 0.5 * sigmoid(1) + 0.5 + 1),
    ]
    assert dice.item() == pytest.approx(sum(dices) / 2)


def test_void_is_no_class() -> None:
    logits = torch.tensor([[[[2.0, -1.0], [0.5, 1.0], [9.0, -9.0]]]])
    for with_void, without in zip(
        mask_and_dice(logits, row(1, 1, VOID).long(), row(1.0, 1.0, 1.0), single(2)),
        mask_and_dice(logits[:, :, :2], row(1, 1).long(), row(1.0, 1.0), single(2)),
        strict=True,
    ):
        torch.testing.assert_close(with_void, without)


def test_a_class_that_is_absent_has_no_dice_but_its_false_mask_costs() -> None:
    labels, weights = row(0, 0).long(), row(1.0, 1.0)
    quiet = torch.tensor([[[[3.0, -9.0], [3.0, -9.0]]]])
    loud = torch.tensor([[[[3.0, 4.0], [3.0, 4.0]]]])
    (quiet_mask, quiet_dice), (loud_mask, loud_dice) = (
        mask_and_dice(logits, labels, weights, single(2)) for logits in (quiet, loud)
    )
    assert quiet_dice == loud_dice
    assert loud_mask > quiet_mask + 3


def test_masks_are_never_matched_anew() -> None:
    labels, weights = row(0, 1).long(), row(1.0, 1.0)
    right = torch.tensor([[[[5.0, -5.0], [-5.0, 5.0]]]])
    for own, swapped in zip(
        mask_and_dice(right, labels, weights, single(2)),
        mask_and_dice(right.flip(3), labels, weights, single(2)),
        strict=True,
    ):
        assert swapped > own + 0.5


def test_overlap_by_hand() -> None:
    scores = torch.tensor([[[[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.1, 0.1, 0.8]]]])
    labels, weights = row(0, 1, VOID).long(), row(1.0, 0.5, 1.0)
    dices = [
        1 - (2 * 0.7 + 1) / (0.7 + 0.5 * 0.4 + 1 + 1),
        1 - (2 * 0.5 * 0.5 + 1) / (0.2 + 0.5 * 0.5 + 0.5 + 1),
    ]
    assert overlap(scores, labels, weights, single(3)).item() == pytest.approx(sum(dices) / 2)


def test_overlap_minds_a_thin_thing_that_cross_entropy_overlooks() -> None:
    labels, weights = torch.zeros(1, 1, 50).long(), torch.ones(1, 1, 50)
    labels[..., 0] = 1
    scores = torch.full((1, 1, 50, 2), 0.1)
    scores[0, 0, torch.arange(50), labels[0, 0]] = 0.9
    smeared = scores.clone()
    smeared[..., 0, :] = torch.tensor([0.9, 0.1])
    costs = [
        loss(smeared, labels, weights, single(2)) - loss(scores, labels, weights, single(2))
        for loss in (overlap, cross_entropy)
    ]
    assert costs[0] > 0.08
    assert costs[1] < 0.05


def test_presence_by_hand() -> None:
    # Class 0 is there for sure, class 1 only in a pixel of little trust, class 2 not at all.
    labels, weights = row(0, 1, VOID).long(), row(1.0, 0.5, 1.0)
    logits = torch.tensor([[1.0, 2.0, -1.0, 0.0, 0.5, 3.0]])
    sides = (1, 1, -1, -1, -1, -1)
    terms = [-math.log(sigmoid(s * x)) for s, x in zip(sides, logits[0].tolist(), strict=True)]
    expected = sum(terms) / 6
    assert presence(logits, labels, weights, single(3)).item() == pytest.approx(expected)


def test_divergence_by_hand() -> None:
    p, q = torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[[1.0, 1.0]]]])
    expected = -0.25 * math.log(0.25 / 0.5) + 0.25 * math.log(0.75 / 0.5)
    assert divergence(p, q, row(1.0)).item() == pytest.approx(expected)
    assert divergence(q, p, row(1.0)).item() == pytest.approx(expected)


def test_equal_maps_do_not_diverge_whatever_their_scale() -> None:
    scores = torch.rand(2, 3, 4, 5) + 0.1
    assert divergence(scores, scores, torch.ones(2, 3, 4)).item() == 0
    assert divergence(scores, 9 * scores, torch.ones(2, 3, 4)).item() == pytest.approx(0, abs=1e-6)


def test_divergence_has_value_and_gradient_on_stable_pixels_alone() -> None:
    scores = (torch.rand(1, 1, 3, 4) + 0.1).requires_grad_()
    others = torch.rand(1, 1, 3, 4) + 0.1
    stable = row(1.0, 0.0, 0.5)
    value = divergence(scores, others, stable)
    value.backward()
    assert (scores.grad[0, 0, 1] == 0).all()
    assert (scores.grad[0, 0, [0, 2]] != 0).all()
    moved = others.clone()
    moved[0, 0, 1] = 5 * torch.rand(4) + 0.1
    assert divergence(scores, moved, stable) == value


def test_a_pixel_is_stable_while_its_label_is() -> None:
    pixels = [
        ((4, 4, 4), (1.0, 0.5, 1.0), 0.5),
        ((4, 4, 7), (1.0, 1.0, 1.0), 0.0),
        ((4, 7, 4), (1.0, 1.0, 1.0), 0.0),
        ((7, 4, 4), (1.0, 1.0, 1.0), 0.0),
        ((4, VOID, 4), (1.0, 1.0, 1.0), 0.0),
        ((VOID, VOID, VOID), (1.0, 1.0, 1.0), 0.0),
        ((0, 0, 0), (1.0, 1.0, 0.0), 0.0),
        ((0, 0, 0), (1.0, 1.0, 1.0), 1.0),
    ]
    labels, weights, expected = (torch.tensor(column) for column in zip(*pixels, strict=True))
    stable = stable_pixels(labels.T[None, :, None], weights.T[None, :, None])
    assert torch.equal(stable, expected[None, None])


@pytest.mark.parametrize('weight', [0.0, 1.0])
def test_nothing_labelled_costs_nothing_and_is_no_nan(weight: float) -> None:
    scores = (torch.rand(2, 3, 4, 2) + 0.1).requires_grad_()
    logits = torch.randn(2, 3, 4, 2).requires_grad_()
    asked = torch.randn(2, 4).requires_grad_()
    labels = torch.full((2, 3, 4), VOID)
    weights = torch.full((2, 3, 4), weight)
    losses = [
        cross_entropy(scores, labels, weights, single(scores.shape[3])),
        *mask_and_dice(logits, labels, weights, single(2)),
        divergence(scores, scores.detach() ** 2, stable_pixels(labels[None], weights[None])),
    ]
    assert [loss.item() for loss in losses] == [0, 0, 0, 0]
    total = sum(losses) + presence(asked, labels, weights, single(2))
    total.backward()
    for tensor in (scores, logits, asked):
        assert tensor.grad.isfinite().all()


def test_a_group_costs_what_its_classes_lack_together() -> None:
    scores = torch.tensor([[[[1.0, 3.0, 4.0]]]], requires_grad=True)
    loss = cross_entropy(scores, row(GROUP).long(), row(1.0), grouped(3, 0, 1))
    assert loss.item() == pytest.approx(math.log(8 / 4))
    loss.backward()
    assert scores.grad[0, 0, 0, 0] == scores.grad[0, 0, 0, 1] < 0 < scores.grad[0, 0, 0, 2]


def test_a_group_says_nothing_of_its_own_masks_and_that_no_other_class_is_there() -> None:
    logits = torch.zeros(1, 1, 2, 3, requires_grad=True)
    labels, weights = row(GROUP, 2).long(), row(1.0, 1.0)
    mask, dice = mask_and_dice(logits, labels, weights, grouped(3, 0, 1))
    (mask + dice).backward()
    in_group, beside = logits.grad[0, 0]
    assert in_group[:2].tolist() == [0, 0]
    assert in_group[2] > 0 > beside[2]
    assert (beside[:2] > 0).all()


def test_a_class_may_be_there_where_its_group_is() -> None:
    logits = torch.tensor([[1.0, 2.0, -1.0]], requires_grad=True)
    labels, weights = row(GROUP, 0).long(), row(1.0, 1.0)
    loss = presence(logits, labels, weights, grouped(3, 0, 1))
    terms = [-math.log(sigmoid(1.0)), -math.log(sigmoid(1.0))]
    assert loss.item() == pytest.approx(sum(terms) / 2)
    loss.backward()
    assert logits.grad[0, 1] == 0


def test_the_overlap_of_a_group_is_that_of_its_classes_together() -> None:
    scores = torch.tensor([[[[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]]])
    labels, weights = row(GROUP, 2).long(), row(1.0, 1.0)
    loss = overlap(scores, labels, weights, grouped(3, 0, 1))
    third = 1 - (2 * 0.8 + 1) / (1.0 + 1 + 1)
    group = 1 - (2 * 0.8 + 1) / (1.0 + 1 + 1)
    assert loss.item() == pytest.approx((third + group) / 2)


def test_a_class_counts_for_its_group_too() -> None:
    scores = torch.tensor([[[[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]]])
    labels, weights = row(0, 2).long(), row(1.0, 1.0)
    terms = [1 - (2 * 0.5 + 1) / (0.6 + 1 + 1), *[1 - (2 * 0.8 + 1) / (1.0 + 1 + 1)] * 2]
    loss = overlap(scores, labels, weights, grouped(3, 0, 1))
    assert loss.item() == pytest.approx(sum(terms) / 3)
