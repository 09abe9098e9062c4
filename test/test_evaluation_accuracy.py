from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.evaluation.accuracy import ConfusionMatrix

VOID = 255


def ids(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.uint8)


def test_iou_of_a_hand_made_frame() -> None:
    matrix = ConfusionMatrix(['a', 'b', 'c'])
    truth = ids([0, 0, 0], [1, 1, 1], [1, 1, 2])
    prediction = ids([0, 0, 1], [1, 1, 1], [1, 2, 2])
    matrix.add(truth, prediction)
    assert matrix.per_class_iou == pytest.approx({'a': 2 / 3, 'b': 4 / 6, 'c': 1 / 2})
    assert matrix.miou == pytest.approx((2 / 3 + 4 / 6 + 1 / 2) / 3)


def test_void_truth_is_ignored_whatever_is_predicted_there() -> None:
    matrix = ConfusionMatrix(['a', 'b'])
    matrix.add(ids([0, VOID, VOID]), ids([0, 1, VOID]))
    assert matrix.per_class_iou == {'a': 1.0, 'b': None}


def test_unlabelled_prediction_is_an_error_of_the_true_class_only() -> None:
    matrix = ConfusionMatrix(['a', 'b'])
    matrix.add(ids([0, 0, 1]), ids([0, VOID, 1]))
    assert matrix.per_class_iou == {'a': 0.5, 'b': 1.0}


def test_absent_classes_are_listed_and_left_out_of_the_mean() -> None:
    matrix = ConfusionMatrix(['a', 'b', 'c'])
    matrix.add(ids([0, 0]), ids([0, 1]))
    assert matrix.absent == ('c',)
    assert matrix.per_class_iou == {'a': 0.5, 'b': 0.0, 'c': None}
    assert matrix.miou == 0.25


def test_one_matrix_over_all_frames_is_not_the_mean_of_frames() -> None:
    matrix = ConfusionMatrix(['a', 'b'])
    matrix.add(ids([0, 0, 0, 1]), ids([0, 0, 0, 1]))
    matrix.add(ids([1, 1, 1, 1]), ids([0, 0, 0, 0]))
    assert matrix.per_class_iou == pytest.approx({'a': 3 / 7, 'b': 1 / 5})


def test_only_the_pixels_asked_for_are_counted() -> None:
    matrix = ConfusionMatrix(['a', 'b'])
    matrix.add(ids([0, 1, VOID]), ids([0, 0, 0]), np.array([[True, False, True]]))
    assert matrix.counts.tolist() == [[1, 0, 0], [0, 0, 0]]


def test_nothing_counted_has_no_mean() -> None:
    matrix = ConfusionMatrix(['a'])
    matrix.add(ids([VOID]), ids([0]))
    assert matrix.miou is None
    assert matrix.absent == ('a',)


@pytest.mark.parametrize('name', ['truth', 'prediction'])
def test_an_id_outside_the_classes_is_refused(name: str) -> None:
    frame = {'truth': ids([0, 1]), 'prediction': ids([0, 1]), name: ids([0, 7])}
    with pytest.raises(ValueError, match='class id 7 in a set of 2 classes'):
        ConfusionMatrix(['a', 'b']).add(**frame)


def test_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match='truth is'):
        ConfusionMatrix(['a']).add(ids([0, 0]), ids([0]))
