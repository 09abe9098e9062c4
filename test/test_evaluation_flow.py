from __future__ import annotations

import cv2
import numpy as np
import pytest

from time2general_ros.evaluation.correspondence import (
    ImageFlow,
    SharedFlow,
    Targets,
    follow,
    reduced,
)
from time2general_ros.evaluation.flow import FlowMeter

CLASSES = ('a', 'b', 'c')
STEP = (3, 2)


def constant_flow(x: float, y: float, shape: tuple[int, int] = (40, 60)) -> np.ndarray:
    return np.broadcast_to(np.array([x, y], np.float32), (*shape, 2))


def texture(seed: int = 0, shape: tuple[int, int] = (120, 160)) -> np.ndarray:
    noise = np.random.default_rng(seed).uniform(0, 255, shape).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.5)
    grey = np.interp(smooth, (smooth.min(), smooth.max()), (0, 255)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def moving(canvas: np.ndarray, frames: int = 5) -> list[np.ndarray]:
    """Cut a window that slides over the canvas, so that its content moves by ``-STEP``."""
    x, y = STEP
    height, width = canvas.shape[0] - y * frames, canvas.shape[1] - x * frames
    return [canvas[y * t : y * t + height, x * t : x * t + width] for t in range(frames)]


def score(predictions: list[np.ndarray], slip: tuple[float, float] = (0.0, 0.0)) -> FlowMeter:
    """Score a moving canvas along its exact flow, or along one that slips."""

    def estimate(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        sign = 1 if first[0, 0, 0] < second[0, 0, 0] else -1
        x, y = (sign * (-step + off) for step, off in zip(STEP, slip, strict=True))
        return constant_flow(x, y, first.shape[:2])

    meter = FlowMeter(CLASSES, estimate)
    for index, prediction in enumerate(predictions):
        meter.add(np.full((*prediction.shape, 3), index, np.uint8), prediction)
    return meter


@pytest.fixture(scope='module')
def canvas() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 3, (80, 100)).astype(np.uint8)


def test_warping_by_whole_pixels_is_exact() -> None:
    ids = np.arange(12, dtype=np.uint8).reshape(3, 4)
    warped = Targets(constant_flow(1, 1, (3, 4))).warp(ids)
    assert warped.tolist() == [[5, 6, 7, 255], [9, 10, 11, 255], [255, 255, 255, 255]]


def test_a_video_that_moves_by_whole_pixels_is_perfectly_consistent(canvas: np.ndarray) -> None:
    meter = score(moving(canvas))
    assert meter.temporal_consistency == 1.0
    assert meter.flicker == 0.0


@pytest.mark.parametrize('slip', [(0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5)])
def test_a_slip_of_half_a_pixel_is_caught(canvas: np.ndarray, slip: tuple[float, float]) -> None:
    meter = score(moving(canvas), slip)
    assert meter.temporal_consistency is not None
    assert meter.temporal_consistency < 0.9
    assert meter.flicker is not None
    assert meter.flicker > 0.1


def test_changed_classes_are_counted(canvas: np.ndarray) -> None:
    predictions = [frame.copy() for frame in moving(np.zeros_like(canvas), 2)]
    height, width = predictions[0].shape
    predictions[1][:10, :10] = 1
    meter = score(predictions)
    visible = (height - STEP[1]) * (width - STEP[0])
    assert meter.flicker == pytest.approx(100 / visible)
    assert meter.temporal_consistency == pytest.approx((1 - 100 / visible) / 2)


def test_one_frame_has_no_score(canvas: np.ndarray) -> None:
    meter = score([canvas])
    assert meter.temporal_consistency is None
    assert meter.flicker is None


def test_no_pair_reaches_across_videos(canvas: np.ndarray) -> None:
    meter = FlowMeter(CLASSES)
    image = texture(shape=canvas.shape)
    for prediction in (np.zeros_like(canvas), np.ones_like(canvas)):
        meter.start_video()
        meter.add(image, prediction)
    assert meter.flicker is None


def test_images_too_small_for_flow_are_not_scored() -> None:
    meter = FlowMeter(CLASSES)
    for _ in range(2):
        meter.add(np.zeros((3, 3, 3), np.uint8), np.zeros((3, 3), np.uint8))
    assert meter.flicker is None


def test_pixels_that_leave_the_image_are_not_consistent() -> None:
    mask = Targets(constant_flow(5, 0)).visible(constant_flow(-5, 0))
    assert mask[:, :55].all()
    assert not mask[:, 55:].any()


def test_pixels_whose_flow_does_not_return_are_not_consistent() -> None:
    backward = constant_flow(-5, 0).copy()
    backward[:, 20:30] = 0
    mask = Targets(constant_flow(5, 0)).visible(backward)
    assert mask[:, :15].all()
    assert not mask[:, 15:25].any()
    assert mask[:, 25:55].all()


def test_estimated_flow_finds_the_motion() -> None:
    first, second = moving(texture(), 2)
    flow = ImageFlow()(first, second)
    assert np.median(flow, axis=(0, 1)) == pytest.approx([-STEP[0], -STEP[1]], abs=0.1)


@pytest.mark.parametrize('shape', [(20, 160), (120, 24), (25, 800)])
def test_the_motion_of_long_images_is_found_too(shape: tuple[int, int]) -> None:
    height, width = shape
    first, second = moving(texture(shape=(height + 2 * STEP[1], width + 2 * STEP[0])), 2)
    flow = ImageFlow()(first, second)
    assert flow.shape == (*shape, 2)
    assert np.median(flow, axis=(0, 1)) == pytest.approx([-STEP[0], -STEP[1]], abs=0.2)


def test_an_occluded_pixel_is_masked_by_estimated_flow() -> None:
    first = texture(0)
    second = first.copy()
    second[30:90, 60:120] = texture(1)[30:90, 60:120]
    _, mask = follow(first, second, ImageFlow())
    assert mask[:, :40].mean() > 0.98
    assert mask[40:80, 70:110].mean() < 0.5


def test_large_images_are_measured_in_parts_of_240_pixels():
    small = np.zeros((240, 300, 3), np.uint8)
    assert reduced(small)[0] is small
    assert reduced(np.zeros((479, 900, 3), np.uint8))[0].shape == (479, 900, 3)
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1000, 725, 3), np.uint8)
    ids = rng.integers(0, 9, (1000, 725), np.uint8)
    reduced_image, reduced_ids = reduced(image, ids)
    assert reduced_image.shape == (333, 241, 3)
    assert np.allclose(reduced_image[7, 5], image[21:24, 15:18].mean((0, 1)), atol=1)
    assert (reduced_ids == ids[1:999:3, 1:723:3]).all()


def test_large_and_small_images_of_the_same_have_the_same_flicker():
    coarse = np.random.default_rng(1).integers(0, 256, (12, 16, 3), np.uint8)
    image = cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)
    ids = np.repeat(np.arange(4, dtype=np.uint8), 60)[:, None] * np.ones((1, 320), np.uint8)
    other = np.where(np.arange(320) < 80, (ids + 1) % 4, ids)
    meters = [FlowMeter('abcd') for _ in range(2)]
    for mask in (ids, other):
        meters[0].add(image, mask)
        large = (np.repeat(np.repeat(one, 2, 0), 2, 1) for one in (image, mask))
        meters[1].add(*large)
    assert meters[0].flicker == meters[1].flicker == 0.25


def test_flow_between_the_same_images_is_estimated_once():
    calls = []

    def estimate(first, second):
        calls.append((first[0, 0, 0], second[0, 0, 0]))
        return np.zeros((*first.shape[:2], 2), np.float32)

    shared = SharedFlow(estimate)
    meters = [FlowMeter('ab', shared) for _ in range(2)]
    for index in range(3):
        for number, meter in enumerate(meters):
            mask = np.full((20, 20), number * (index % 2), np.uint8)
            meter.add(np.full((20, 20, 3), index, np.uint8), mask)
    assert calls == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert [meter.flicker for meter in meters] == [0.0, 1.0]


def test_an_estimator_remembers_nothing_of_the_images_before():
    rng = np.random.default_rng(3)
    used = ImageFlow()
    for height, width in ((240, 320), (96, 128), (240, 320), (20, 400), *[(32, 40)] * 8):
        first, second = (
            cv2.resize(rng.integers(0, 256, (12, 16, 3), np.uint8), (width, height))
            for _ in range(2)
        )
        assert (used(first, second) == ImageFlow()(first, second)).all()


def test_a_set_of_255_classes_is_compared_along_the_flow():
    meter = FlowMeter([str(number) for number in range(255)])
    image = np.zeros((40, 40, 3), np.uint8)
    before = np.full((40, 40), 254, np.uint8)
    before[:10] = 255
    now = np.full((40, 40), 254, np.uint8)
    now[30:] = 0
    meter.add(image, before)
    pair = meter.add(image, now)
    assert (pair.pixels, pair.unchanged) == (1200, 800)
