from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw
from pycocotools import mask as coco_mask
import pytest

from time2general_ros.data.polygons.fill import fill

# pycocotools 2.0.11 with NumPy 2.
pytestmark = pytest.mark.filterwarnings('ignore:__array__ implementation:DeprecationWarning')

SIZE = (120, 160)
SQUARE = [[2, 3], [7, 3], [7, 9], [2, 9]]


def filled(*rings, size=SIZE):
    return fill([np.array(ring, float) for ring in rings], size)


def by_pycocotools(ring, size=SIZE):
    parts = coco_mask.frPyObjects([np.asarray(ring, float).ravel().tolist()], *size)
    return coco_mask.decode(coco_mask.merge(parts)).astype(bool)


def by_pillow(ring, size=SIZE):
    """Pillow draws the pixels whose corners it is told, and the outline too."""
    image = Image.new('L', size[::-1])
    ImageDraw.Draw(image).polygon([tuple(point) for point in ring], fill=1, outline=1)
    return np.asarray(image, bool)


def by_opencv(ring, size=SIZE):
    pixels = np.zeros(size, np.uint8)
    points = np.round((np.asarray(ring, float) - 0.5) * 16).astype(np.int32)
    return cv2.fillPoly(pixels, [points], 1, shift=4).astype(bool)


def stars(count):
    """Make outlines with bays and corners between the pixels."""
    rng = np.random.default_rng(3)
    for _ in range(count):
        corners = rng.integers(3, 12)
        turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radius = rng.uniform(10, 60, (corners, 1))
        yield rng.uniform([20, 20], [140, 100]) + radius * np.stack(
            [np.cos(turn), np.sin(turn)], axis=1
        )


def test_a_square_between_pixels_covers_those_inside_of_it():
    covered = filled(SQUARE)
    assert covered.sum() == 30
    assert covered[3:9, 2:7].all()


@pytest.mark.parametrize(
    ('ring', 'columns'),
    [
        ([[2.5, 0], [4.5, 0], [4.5, 2], [2.5, 2]], [2, 3]),
        ([[3.5, 0], [5.5, 0], [5.5, 2], [3.5, 2]], [3, 4]),
        ([[2.4, 0], [4.6, 0], [4.6, 2], [2.4, 2]], [2, 3, 4]),
        ([[2.6, 0], [4.4, 0], [4.4, 2], [2.6, 2]], [3]),
        ([[2.6, 0], [3.4, 0], [3.4, 2], [2.6, 2]], []),
    ],
)
def test_the_centre_of_a_pixel_decides_and_no_corner_is_rounded(ring, columns):
    covered = filled(ring)
    assert np.flatnonzero(covered[0]).tolist() == columns
    assert np.array_equal(filled(np.flip(ring, axis=1)), filled(ring, size=SIZE[::-1]).T)


def test_neighbours_share_no_pixel_and_leave_none_out():
    rng = np.random.default_rng(0)
    middle = rng.uniform(20, 100, (40, 2))
    corners = [[0, 0], [160, 0], [160, 120], [0, 120]]
    for point in [*middle, [80.5, 60.5]]:
        parts = [filled([corners[i - 1], corners[i], point]) for i in range(4)]
        assert (np.sum(parts, axis=0) == 1).all()


def test_a_ring_that_comes_back_along_itself_has_a_hole():
    bridge = [
        [2, 2],
        [20, 2],
        [20, 20],
        [2, 20],
        [2, 2],
        [6, 6],
        [6, 12],
        [12, 12],
        [12, 6],
        [6, 6],
    ]
    for ring in (bridge, [*bridge[:5], *bridge[:4:-1]]):
        covered = filled(ring)
        assert covered.sum() == 18 * 18 - 6 * 6
        assert not covered[6:12, 6:12].any()


def test_several_rings_are_added_up():
    covered = filled(SQUARE, [[3, 4], [12, 4], [12, 6], [3, 6]])
    assert covered.sum() == 30 + 2 * 5


@pytest.mark.parametrize(
    'ring',
    [
        [[-50, -50], [400, -50], [400, 400], [-50, 400]],
        [[-1e300, -1e300], [1e300, -1e300], [1e300, 1e300], [-1e300, 1e300]],
    ],
)
def test_what_lies_beyond_the_picture_is_cut_off(ring):
    assert filled(ring).all()


@pytest.mark.parametrize(
    'ring',
    [
        [[200, 10], [300, 10], [300, 50]],
        [[10, -30], [60, -30], [30, -2]],
        [[5, 5], [5, 5], [5, 5]],
        [[5, 5], [90, 5], [40, 5]],
    ],
)
def test_what_spans_no_pixel_covers_none(ring):
    assert not filled(ring).any()


def test_pycocotools_covers_the_same_but_for_pixels_on_the_edge():
    assert np.array_equal(filled(SQUARE), by_pycocotools(SQUARE))
    differing = far = total = 0
    for ring in stars(60):
        ours, theirs = filled(ring), by_pycocotools(ring)
        edge = cv2.morphologyEx(ours.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((5, 5))) > 0
        far += ((ours != theirs) & ~edge).sum()
        differing += (ours != theirs).sum()
        total += ours.sum()
    assert differing / total < 0.01
    # Spikes thinner than a pixel.
    assert far / total < 0.001


@pytest.mark.parametrize('draw', [by_pillow, by_opencv])
def test_tools_that_draw_the_outline_too_cover_all_of_it_and_an_edge_more(draw):
    missing = total = 0
    for ring in stars(60):
        ours, theirs = filled(ring), draw(ring)
        grown = cv2.dilate(ours.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        missing += (ours & ~theirs).sum() + (theirs & ~grown).sum()
        total += ours.sum()
    # Spikes thinner than a pixel have an outline but no centre inside.
    assert missing / total < 0.01
