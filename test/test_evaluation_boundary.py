from __future__ import annotations

import math

import numpy as np
import pytest

from time2general_ros.evaluation.boundary import BoundaryMeter, boundary, boundary_width

VOID = 255
Ids = np.ndarray


def frames(seed: int, size: tuple[int, int], void: bool) -> tuple[Ids, Ids]:
    """Make blobs of three classes, their distorted copy, and some void and unlabelled pixels."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 3, (size[0] // 4 + 1, size[1] // 4 + 1))
    truth = coarse.repeat(4, 0).repeat(4, 1)[: size[0], : size[1]].astype(np.uint8)
    prediction = np.roll(truth, 1, axis=1)
    prediction[rng.random(size) < 0.05] = 1
    prediction[rng.random(size) < 0.02] = VOID
    if void:
        truth = truth.copy()
        truth[2:7, 3:9] = truth[rng.random(size) < 0.05] = VOID
    return truth, prediction


def by_definition(mask: Ids, inside: Ids, d: int) -> set[tuple[int, int]]:
    """List the pixels of a mask that have one within d, in rows and columns, that is outside."""
    height, width = mask.shape
    reach = range(-d, d + 1)
    return {
        (y, x)
        for y, x in zip(*np.nonzero(mask), strict=True)
        if not all(
            0 <= y + i < height and 0 <= x + j < width and inside[y + i, x + j]
            for i in reach
            for j in reach
        )
    }


def plain_boundary_iou(pairs: list[tuple[Ids, Ids]], classes: int) -> list[float | None]:
    """Compute the definition class by class, with sets of pixels."""
    values: list[float | None] = []
    for k in range(classes):
        both = either = 0
        for truth, prediction in pairs:
            d = max(1, round(0.02 * math.hypot(*truth.shape)))
            void = truth == VOID
            sides = [
                by_definition((ids == k) & ~void, (ids == k) | void, d)
                for ids in (truth, prediction)
            ]
            both += len(sides[0] & sides[1])
            either += len(sides[0] | sides[1])
        values.append(both / either if either else None)
    return values


@pytest.mark.parametrize('void', [False, True], ids=['labelled', 'with void'])
@pytest.mark.parametrize('size', [(24, 32), (70, 90)], ids=['d 1', 'd 2'])
def test_it_is_the_definition_over_the_whole_set(size: tuple[int, int], void: bool) -> None:
    pairs = [frames(seed, size, void) for seed in (1, 2)]
    meter = BoundaryMeter(['a', 'b', 'c', 'd'])
    for truth, prediction in pairs:
        meter.add(truth, prediction)
    expected = plain_boundary_iou(pairs, 4)
    assert list(meter.per_class_iou.values()) == pytest.approx(expected)
    assert expected[3] is None
    assert meter.mean == pytest.approx(np.mean([v for v in expected if v is not None]))
    assert 0 < meter.mean < 1


def test_frames_of_several_sizes_have_each_their_own_width() -> None:
    pairs = [frames(1, (24, 32), void=False), frames(2, (70, 90), void=True)]
    meter = BoundaryMeter(['a', 'b', 'c'])
    for truth, prediction in pairs:
        meter.add(truth, prediction)
    assert list(meter.per_class_iou.values()) == pytest.approx(plain_boundary_iou(pairs, 3))


@pytest.mark.parametrize(
    ('size', 'd'), [((3, 4), 1), ((360, 480), 12), ((227, 320), 8), ((1024, 2048), 46)]
)
def test_the_width_is_two_percent_of_the_diagonal(size: tuple[int, int], d: int) -> None:
    assert boundary_width(size) == d


def test_a_hand_made_square() -> None:
    ids = np.zeros((9, 9), np.uint8)
    ids[2:7, 2:7] = 1
    found = boundary(ids, np.zeros((9, 9), bool), 1)
    inner = np.zeros((9, 9), bool)
    inner[3:6, 3:6] = True
    # The frame of zeros is two pixels wide: one beside the border, one beside the square.
    assert np.array_equal(found, ~inner)


def test_void_makes_no_contour_and_is_not_counted() -> None:
    truth = np.zeros((9, 30), np.uint8)
    truth[3:6, 12:18] = VOID
    whole, holed = np.zeros((9, 30), np.uint8), truth
    for ids in (whole, holed):
        found = boundary(ids, truth == VOID, 1)
        border = np.ones((9, 30), bool)
        border[1:-1, 1:-1] = False
        assert np.array_equal(found, border)
    meter = BoundaryMeter(['a', 'b'])
    prediction = np.where(truth == VOID, 1, 0).astype(np.uint8)
    meter.add(truth, prediction)
    assert meter.per_class_iou == {'a': 1.0, 'b': None}


def test_a_shifted_contour_costs_more_than_it_costs_in_area() -> None:
    truth = np.zeros((60, 80), np.uint8)
    truth[:, 40:] = 1
    meter = BoundaryMeter(['a', 'b'])
    meter.add(truth, np.roll(truth, 1, axis=1))
    assert meter.mean is not None
    assert meter.mean < 0.9
    assert BoundaryMeter(['a']).mean is None


def test_an_unlabelled_prediction_is_an_error_with_a_contour() -> None:
    truth, prediction = np.zeros((20, 20), np.uint8), np.zeros((20, 20), np.uint8)
    prediction[8:12, 8:12] = VOID
    meter = BoundaryMeter(['a'])
    meter.add(truth, prediction)
    ring = 6 * 6 - 4 * 4
    border = 20 * 20 - 18 * 18
    assert meter.per_class_iou == {'a': pytest.approx(border / (border + ring))}


def test_the_last_ids_of_a_byte_are_classes_like_others() -> None:
    truth, prediction = frames(1, (24, 32), void=True)
    high = [np.where(ids == VOID, VOID, ids + 252).astype(np.uint8) for ids in (truth, prediction)]
    low, last = BoundaryMeter(['a', 'b', 'c']), BoundaryMeter([f'c{i}' for i in range(255)])
    low.add(truth, prediction)
    last.add(high[0], high[1])
    assert list(last.per_class_iou.values())[252:] == list(low.per_class_iou.values())
