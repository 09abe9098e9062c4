from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from time2general_ros.data.clips import STRIDES, Clip, ClipSource, draw_clip
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.takes import Take

SIZE, FULL, CROP = (48, 64), (64, 96), (32, 48)


def take_of(frames: int, rate_hz: float = 30.0, first: int = 0) -> Take:
    """Make a take in which every label of frame i is first + i."""
    rng = np.random.default_rng(frames)
    numbers = np.arange(first, first + frames, dtype=np.uint8)[:, None, None]
    return Take(
        rng.integers(0, 256, (frames, *SIZE, 3), np.uint8),
        np.broadcast_to(numbers, (frames, *SIZE)).copy(),
        np.full((frames, *SIZE), 102, np.uint8),
        rate_hz,
    )


def draw(seed: int, *takes: Take, frames: int = 4) -> Clip:
    sources = [ClipSource(takes, 1.0)]
    return draw_clip(np.random.default_rng(seed), sources, frames, FULL, CROP)


def frames_of(clip: Clip) -> np.ndarray:
    """Read from the labels which frames of the take were drawn."""
    found = [np.unique(labels[labels != 255]).tolist() for labels in clip.labels.ids]
    return np.array(found)[:, 0]


@pytest.mark.parametrize('length', [1, 20])
def test_a_clip_has_the_shapes_and_types_of_training(length: int) -> None:
    clip = draw(0, take_of(length))
    assert (clip.images.shape, clip.images.dtype) == ((4, 32, 48, 3), np.uint8)
    assert (clip.labels.ids.shape, clip.labels.ids.dtype) == ((4, 8, 12), np.uint8)
    assert (clip.labels.weights.shape, clip.labels.weights.dtype) == ((4, 8, 12), np.float32)
    assert (clip.stamps_s.shape, clip.stamps_s.dtype) == ((4,), np.float32)


def test_the_same_generator_draws_the_same_clip() -> None:
    takes = take_of(1), take_of(20)
    for seed in range(6):
        first, again = draw(seed, *takes), draw(seed, *takes)
        for name in ('images', 'stamps_s'):
            assert (getattr(first, name) == getattr(again, name)).all()
        assert (np.array(first.labels) == np.array(again.labels)).all()
    assert (draw(0, *takes).images != draw(1, *takes).images).any()


def test_finer_labels_are_of_the_same_crop() -> None:
    sources = [ClipSource([take_of(1), take_of(20)], 1.0)]
    coarse, clip = (
        draw_clip(np.random.default_rng(3), sources, 4, FULL, CROP, label_stride=stride)
        for stride in (4, 2)
    )
    assert coarse.finer is None
    assert clip.finer is not None
    assert (clip.images == coarse.images).all()
    assert (clip.labels.ids == coarse.labels.ids).all()
    assert clip.finer.ids.shape == clip.finer.weights.shape == (4, 16, 24)
    plain = clip.labels.ids.repeat(2, axis=1).repeat(2, axis=2)
    assert 0.7 < (clip.finer.ids == plain).mean() <= 1


@pytest.mark.parametrize(('rate_hz', 'unit'), [(10.0, 1), (25.0, 1), (30.0, 1), (60.0, 2)])
def test_a_video_is_drawn_at_one_of_the_strides_both_ways(rate_hz: float, unit: int) -> None:
    drawn = set()
    for seed in range(80):
        clip = draw(seed, take_of(60, rate_hz))
        steps = np.diff(frames_of(clip))
        assert (steps == steps[0]).all()
        drawn.add(int(steps[0]))
        assert np.diff(clip.stamps_s) == pytest.approx(abs(steps[0]) / rate_hz, rel=1e-4)
    assert drawn == {sign * unit * stride for stride in STRIDES for sign in (1, -1)}


@pytest.mark.parametrize('length', [4, 5, 8, 12])
def test_strides_stay_within_a_short_take(length: int) -> None:
    starts = set()
    for seed in range(40):
        numbers = frames_of(draw(seed, take_of(length)))
        assert numbers.min() >= 0
        assert numbers.max() < length
        assert len(set(numbers.tolist())) == 4
        starts.add(int(numbers.min()))
    assert 0 in starts


def test_a_video_shorter_than_the_clip_is_refused() -> None:
    with pytest.raises(DataError, match='video of 3 frames is too short for clips of 4'):
        draw(0, take_of(3))


def test_a_still_becomes_a_clip_in_motion() -> None:
    periods = set()
    for seed in range(40):
        clip = draw(seed, take_of(1))
        assert (frames_of(clip) == 0).all()
        assert (clip.images[0] != clip.images[-1]).any()
        periods.add(round(float(clip.stamps_s[1]) * 30))
        assert np.diff(clip.stamps_s) == pytest.approx(clip.stamps_s[1], rel=1e-4)
    assert periods == set(STRIDES)


def test_stamps_ascend_from_zero_also_in_reversed_clips() -> None:
    for seed in range(20):
        clip = draw(seed, take_of(30))
        assert clip.stamps_s[0] == 0
        assert (np.diff(clip.stamps_s) > 0).all()


def test_clips_of_one_frame_come_from_anywhere_in_a_take() -> None:
    clips = [draw(seed, take_of(6), frames=1) for seed in range(80)]
    assert {clip.images.shape for clip in clips} == {(1, *CROP, 3)}
    assert {float(clip.stamps_s[0]) for clip in clips} == {0.0}
    assert {int(frames_of(clip)[0]) for clip in clips} == set(range(6))


def test_sources_are_drawn_by_their_share() -> None:
    shares = {0: 3.0, 1: 1.0, 2: 0.0}
    sources = [ClipSource([take_of(1, first=i)], share) for i, share in shares.items()]
    rng = np.random.default_rng(0)
    clips = (draw_clip(rng, sources, 1, FULL, CROP) for _ in range(300))
    drawn = Counter(int(frames_of(clip)[0]) for clip in clips)
    assert set(drawn) == {0, 1}
    assert drawn[0] / 300 == pytest.approx(0.75, abs=0.08)


def test_all_takes_of_a_source_are_drawn() -> None:
    takes = [take_of(1, first=i) for i in range(5)]
    assert {int(frames_of(draw(seed, *takes))[0]) for seed in range(60)} == set(range(5))


def test_weights_are_those_of_the_take_and_nothing_outside_it() -> None:
    outside = 0
    for seed in range(200):
        clip = draw(seed, take_of(1))
        unknown = clip.labels.ids == 255
        assert sorted(set(clip.labels.weights.ravel()))[-1] == pytest.approx(0.4)
        assert np.isin(clip.labels.weights, (0, clip.labels.weights.max())).all()
        # Labels go by most of a cell, weights by its middle.
        assert ((clip.labels.weights == 0) == unknown).mean() > 0.95
        outside += int((clip.labels.weights == 0).sum())
    assert outside > 0
