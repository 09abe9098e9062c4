from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.data import geometry
from time2general_ros.data.geometry import LABEL_STRIDE, View, draw_view

SOURCE, FULL, CROP = (160, 240), (128, 192), (64, 128)
SECOND = np.arange(31) / 30.0


def view_of(seed: int, times_s: np.ndarray, *, moving: bool) -> View:
    rng = np.random.default_rng(seed)
    return draw_view(rng, SOURCE, FULL, CROP, times_s, moving=moving)


def follow(view: View, points: np.ndarray) -> np.ndarray:
    """Say where points [N, 2] (x, y) of the source are in the crop: [T, N, 2]."""
    return points @ view.matrices[:, :, :2].transpose(0, 2, 1) + view.matrices[:, None, :, 2]


def picture() -> np.ndarray:
    """Draw an image whose first two channels are the coordinates of each pixel."""
    y, x = np.mgrid[: SOURCE[0], : SOURCE[1]]
    return np.stack([x, y, np.zeros_like(x)], axis=2).astype(np.uint8)


@pytest.mark.parametrize('stride', [2, 4])
@pytest.mark.parametrize('seed', range(12))
def test_labels_lie_where_their_image_does(seed: int, stride: int) -> None:
    view = view_of(seed, np.array([0.0, 0.4, 0.8]), moving=True)
    rows, columns = np.mgrid[: SOURCE[0], : SOURCE[1]]
    shape = ((rows // 16 + columns // 24) % 2).astype(np.uint8)
    image = np.repeat(shape[..., None] * np.uint8(255), 3, axis=2)
    for t in range(3):
        shown = view.image(t, image)[..., 0]
        cells = shown.reshape(CROP[0] // stride, stride, CROP[1] // stride, stride)
        share = cells.mean(axis=(1, 3)) / 255
        # Cells near the border of the source hold mirrored pixels.
        inside = view.weights(t, _margin(), stride) == 1
        assert inside.mean() > 0.2
        wrong = (view.labels(t, shape, stride) != (share > 0.5)) & inside
        # Half a source pixel is lost to the nearest neighbour, but never to one side.
        assert (np.abs(share - 0.5)[wrong] < 0.3).all()
        assert wrong.sum() < 0.16 * inside.sum()


def _margin() -> np.ndarray:
    mask = np.zeros(SOURCE, np.uint8)
    mask[8:-8, 8:-8] = 1
    return mask


def test_views_mirror_turn_and_scale() -> None:
    views = [view_of(seed, SECOND, moving=True) for seed in range(40)]
    linear = np.array([view.matrices[-1, :, :2] for view in views])
    mirrored = np.linalg.det(linear) < 0
    assert 8 < mirrored.sum() < 32
    assert np.abs(linear[:, 1, 0]).max() > 0.005
    scales = np.sqrt(np.abs(np.linalg.det(linear)))
    assert scales.max() / scales.min() > 1.5


def test_a_label_outside_the_source_is_unknown_and_weighs_nothing() -> None:
    shifted = View(np.array([[[1.0, 0.0, 8.0], [0.0, 1.0, 0.0]]]), (16, 32))
    source = np.full((16, 32), 7, np.uint8)
    labels = shifted.labels(0, source)
    assert labels.shape == (4, 8)
    assert (labels[:, :2] == 255).all()
    assert (labels[:, 2:] == 7).all()
    weights = shifted.weights(0, np.full((16, 32), 200, np.uint8))
    assert (weights[:, :2] == 0).all()
    assert (weights[:, 2:] == 200).all()


def test_no_outside_is_shown_where_the_source_is_larger_than_the_crop() -> None:
    ones = np.ones(SOURCE, np.uint8)
    for seed in range(40):
        view = view_of(seed, np.zeros(1), moving=False)
        (seen,) = follow(view, np.array([[0, 0], [SOURCE[1] - 1, SOURCE[0] - 1]]))
        if (np.abs(seen[1] - seen[0]) > CROP[::-1]).all():
            assert (view.labels(0, ones) == 1).all()


def test_a_source_smaller_than_the_crop_is_in_its_middle() -> None:
    rng = np.random.default_rng(0)
    view = draw_view(rng, (20, 20), (20, 20), (64, 128), np.zeros(1), moving=False)
    centre = follow(view, np.array([[9.5, 9.5]]))
    assert centre[0, 0] == pytest.approx((63.5, 31.5))


@pytest.mark.parametrize('mirrored', [True, False])
def test_left_and_right_are_exchanged_only_where_that_is_allowed(mirrored: bool) -> None:
    exchanged = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        view = draw_view(rng, SOURCE, FULL, CROP, SECOND, moving=True, mirrored=mirrored)
        exchanged |= {*(np.linalg.det(view.matrices[:, :2, :2]) < 0).tolist()}
    assert exchanged == ({True, False} if mirrored else {False})


@pytest.mark.parametrize('seed', range(5))
def test_videos_keep_their_own_motion(seed: int) -> None:
    view = view_of(seed, SECOND, moving=False)
    assert (view.matrices == view.matrices[0]).all()


def test_stills_move_smoothly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry, 'SHAKE', 0.0)
    points = np.array([[20.0, 20.0], [200.0, 140.0]])
    travelled = []
    for seed in range(30):
        path = follow(view_of(seed, SECOND, moving=True), points)
        steps = np.diff(path, axis=0)
        assert np.abs(np.diff(steps, axis=0)).max() < 0.6
        travelled.append(np.linalg.norm(steps, axis=2).sum(axis=0).max())
    assert np.median(travelled) > 5


def test_stills_shake_by_about_a_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    shaken = view_of(3, SECOND, moving=True).matrices
    monkeypatch.setattr(geometry, 'SHAKE', 0.0)
    calm = view_of(3, SECOND, moving=True).matrices
    assert (shaken[..., :2] == calm[..., :2]).all()
    shake = (shaken - calm)[..., 2]
    assert 0.4 < shake.std() < 1.4


def test_the_label_map_is_a_quarter_of_the_crop() -> None:
    view = view_of(0, np.zeros(1), moving=False)
    assert view.image(0, picture()).shape == (*CROP, 3)
    quarter = (CROP[0] // LABEL_STRIDE, CROP[1] // LABEL_STRIDE)
    assert view.labels(0, np.zeros(SOURCE, np.uint8)).shape == quarter
