from __future__ import annotations

import hashlib
from pathlib import Path
import subprocess
import sys

import numpy as np
import pytest

from time2general_ros.synthetic import WEATHERS, Drive, SyntheticError
from time2general_ros.synthetic.atmosphere import add_haze
from time2general_ros.synthetic.classes import (
    BUILDING,
    CAR,
    FENCE,
    PERSON,
    POLE,
    ROAD,
    SIDEWALK,
    SKY,
    TERRAIN,
    TRAFFIC_SIGN,
    VEGETATION,
    WALL,
)
from time2general_ros.synthetic.drive import START_NS

SMALL = (120, 160)
MOVING = (5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 18)


def digest(frame):
    return hashlib.sha256(frame.image.tobytes() + frame.labels.tobytes()).hexdigest()


@pytest.fixture(scope='module')
def drive():
    return Drive(1, SMALL)


def test_frame_has_the_shape_types_and_stamp_asked_for(drive):
    frame = drive.render(1.25)
    assert frame.image.shape == (*SMALL, 3)
    assert frame.labels.shape == SMALL
    assert frame.image.dtype == frame.labels.dtype == np.uint8
    assert frame.stamp_ns == START_NS + 1_250_000_000


def test_moments_do_not_depend_on_what_was_rendered_before(drive):
    times = [0.0, 3.1, 40.0, 3.1, 0.0]
    digests = [digest(drive.render(time)) for time in times]
    assert digests[0] == digests[4]
    assert digests[1] == digests[3]
    assert digest(Drive(1, SMALL).render(40.0)) == digests[2]
    assert len(set(digests)) == 3


def test_another_process_renders_the_same_bytes(drive):
    code = (
        'import hashlib; from time2general_ros.synthetic import Drive;'
        f'f = Drive(1, {SMALL}).render(2.5);'
        'print(hashlib.sha256(f.image.tobytes() + f.labels.tobytes()).hexdigest())'
    )
    root = Path(__file__).parent.parent
    result = subprocess.run(
        [sys.executable, '-c', code], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == digest(drive.render(2.5))


def test_seeds_make_different_worlds(drive):
    other = Drive(2, SMALL).render(1.0)
    assert (other.labels != drive.render(1.0).labels).mean() > 0.05


def test_frames_follow_the_rate_and_equal_single_moments():
    drive = Drive(3, SMALL, rate_hz=12.5)
    frames = list(drive.frames(0.4))
    assert [frame.stamp_ns - START_NS for frame in frames] == [
        0,
        80_000_000,
        160_000_000,
        240_000_000,
        320_000_000,
    ]
    assert digest(frames[3]) == digest(drive.render(0.24))


@pytest.mark.parametrize('size', [(33, 47), (64, 32), (100, 300)])
def test_any_size_is_filled_with_labels(size):
    frame = Drive(4, size).render(1.0)
    assert frame.image.shape == (*size, 3)
    assert frame.labels.max() <= 18


def test_worlds_hold_the_classes_of_a_street():
    counts = np.zeros(256, np.int64)
    for seed in (0, 1, 9):
        drive = Drive(seed, SMALL)
        for time in (1.0, 8.0, 16.0):
            counts += np.bincount(drive.render(time).labels.ravel(), minlength=256)
    assert counts[19:].sum() == 0
    expected = (ROAD, SIDEWALK, BUILDING, WALL, FENCE, POLE, TRAFFIC_SIGN)
    for label in (*expected, VEGETATION, TERRAIN, SKY, PERSON, CAR):
        assert counts[label] > 0, label
    share = counts / counts.sum()
    assert 0.2 < share[ROAD] < 0.55
    assert 0.05 < share[SKY] < 0.35
    assert share[BUILDING] + share[VEGETATION] > 0.12


@pytest.fixture(scope='module')
def weathers():
    return {name: Drive(2, SMALL, weather=name).render(6.0) for name in WEATHERS}


@pytest.mark.parametrize('name', [name for name in WEATHERS if name != 'clear'])
def test_weather_changes_the_image_and_never_the_labels(weathers, name):
    clear, frame = weathers['clear'], weathers[name]
    difference = np.abs(frame.image.astype(int) - clear.image.astype(int)).mean()
    assert difference > 1.0
    np.testing.assert_array_equal(frame.labels, clear.labels)


def test_weathers_look_as_they_are_called(weathers):
    mean = {name: frame.image.mean() for name, frame in weathers.items()}
    assert mean['night'] < mean['dusk'] < mean['clear'] < mean['overexposure']


def test_haze_takes_contrast_away_exponentially_with_distance():
    image = np.full((1, 3, 3), 100, np.uint8)
    nearness = np.array([[1 / 10, 1 / 100, 0]], np.float32)
    hazy = add_haze(image, nearness, 0.01, np.array([200.0, 200, 200]))
    expected = [200 - 100 * np.exp(-0.1), 200 - 100 * np.exp(-1), 200]
    np.testing.assert_allclose(hazy[0, :, 0], expected, atol=1.5)


def test_night_takes_the_light_out_of_the_sky(weathers):
    sky = weathers['clear'].labels == SKY
    assert weathers['clear'].image[sky].mean() > 4 * weathers['night'].image[sky].mean()


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        ({'weather': 'hail'}, ['hail', 'clear', 'motion_blur']),
        ({'size': (8, 640)}, ['8', '32', '4096']),
        ({'size': (480, 9999)}, ['9999', '4096']),
        ({'rate_hz': 0.0}, ['rate_hz', '0']),
        ({'seed': -1}, ['seed', '-1']),
    ],
)
def test_bad_arguments_are_named_with_the_remedy(arguments, named):
    with pytest.raises(SyntheticError) as caught:
        Drive(**{'seed': 0, **arguments})
    for part in named:
        assert part in str(caught.value)


def test_time_that_is_no_number_is_refused(drive):
    with pytest.raises(SyntheticError, match='time_s is nan'):
        drive.render(float('nan'))
