from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.labels import pixels
from time2general_ros.labels.pixels import count_ids, count_pairs, translate


def drawn(seed: int, shape: tuple[int, ...] = (48, 64)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_ids_are_counted_in_maps_of_any_layout() -> None:
    ids = drawn(0)
    for view in (ids, ids[::2, ::3], ids.T, ids[:0], ids.ravel()):
        counted = count_ids(view)
        assert counted.dtype == np.int64
        assert counted.tolist() == np.bincount(view.ravel(), minlength=256).tolist()


def test_pairs_are_counted_where_they_are_asked_for() -> None:
    first, second = drawn(1), drawn(2)
    where = drawn(3) > 100
    expected = np.zeros((256, 256), np.int64)
    np.add.at(expected, (first[where], second[where]), 1)
    assert (count_pairs(first, second, where) == expected).all()
    assert count_pairs(first, second).sum() == first.size


def test_large_maps_are_counted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    ids, where = drawn(4), drawn(5) > 100
    whole = count_ids(ids), count_pairs(ids, ids.T.reshape(ids.shape), where)
    monkeypatch.setattr(pixels, '_EXACT', 1000)
    parts = count_ids(ids), count_pairs(ids, ids.T.reshape(ids.shape), where)
    for one, other in zip(whole, parts, strict=True):
        assert (one == other).all()


def test_ids_of_any_layout_are_translated() -> None:
    ids, table = drawn(6), drawn(7, (256,))
    for view in (ids, ids[::2, ::3], ids.T):
        assert (translate(view, table) == table[view]).all()
