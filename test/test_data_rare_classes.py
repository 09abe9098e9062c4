from __future__ import annotations

from collections import Counter

import numpy as np

from time2general_ros.data.geometry import LABEL_STRIDE, draw_view, majority
from time2general_ros.data.rare_classes import RareClasses


def takes():
    """Three takes of class 0; the second shows a patch of class 7 in its last frame."""
    maps = [np.zeros((4, 40, 60), np.uint8) for _ in range(3)]
    maps[1][3, 10:14, 50:55] = 7
    maps[2][0, 0, 0] = 255
    return maps


def test_rare_classes_are_drawn_as_often_as_common_ones_or_more() -> None:
    rare, rng = RareClasses(takes(), 128), np.random.default_rng(0)
    maps = takes()
    drawn = [rare.draw(rng) for _ in range(200)]
    labels = [maps[d.take][d.frame, int(d.place[1]), int(d.place[0])] for d in drawn]
    counts = Counter(labels)
    assert counts[7] > 190
    assert {(d.take, d.frame) for d, label in zip(drawn, labels, strict=True) if label == 7} == {
        (1, 3)
    }


def test_without_labels_nothing_is_drawn() -> None:
    empty = RareClasses([np.full((2, 8, 8), 255, np.uint8)], 128)
    assert empty.draw(np.random.default_rng(0)) is None


def test_the_crop_looks_at_the_focus() -> None:
    rng = np.random.default_rng(1)
    still = np.zeros((90, 160), np.uint8)
    still[60:76, 140:156] = 9
    for _ in range(50):
        view = draw_view(
            rng, (90, 160), (96, 160), (64, 64), np.zeros(1), moving=False, focus=(148.0, 68.0)
        )
        assert (view.labels(0, still) == 9).any()


def test_a_cell_gets_the_label_of_most_of_it() -> None:
    labels = np.array([[1, 1, 2, 2], [1, 255, 2, 4], [3, 3, 4, 4], [3, 5, 1, 1]], np.uint8)
    assert majority(labels, 2).tolist() == [[1, 2], [3, 4]]


def test_the_rarer_label_wins_where_two_are_equally_common() -> None:
    labels = np.array([[0, 9, 0, 0], [0, 9, 0, 0]], np.uint8)
    assert majority(labels, 2).tolist() == [[9, 0]]
    assert majority(9 - labels, 2).tolist() == [[0, 9]]


def test_a_map_of_one_label_keeps_it() -> None:
    assert majority(np.full((8, 4), 6, np.uint8), LABEL_STRIDE).tolist() == [[6], [6]]
