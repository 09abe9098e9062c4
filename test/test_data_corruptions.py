from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from time2general_ros.data.corruptions.blur import streak
from time2general_ros.data.corruptions.corruption import (
    CORRUPTIONS,
    SEVERITIES,
    Corruption,
    CorruptionError,
    parse_corruption,
)
from time2general_ros.data.corruptions.fractal import fractal_noise

Image = npt.NDArray[np.uint8]

NOISES = [name for name in CORRUPTIONS if name.endswith('noise')]
LAYERS = ['glass_blur', 'spatter', 'fog', 'frost']
DRAWN_PER_VIDEO = [*LAYERS, 'snow']


def picture(size: tuple[int, int] = (90, 120)) -> Image:
    """Paint dull colours, a little dark, with texture and a red sign: a street."""
    coarse = np.random.default_rng(1).integers(55, 105, (6, 8, 3), np.uint8)
    smooth = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    smooth += np.random.default_rng(2).integers(0, 20, (*size, 1), np.uint8)
    smooth[size[0] // 3 : size[0] // 2, size[1] // 4 : size[1] // 3] = (200, 60, 40)
    return np.asarray(smooth, np.uint8)


def corrupted(name: str, severity: int = 3, index: int = 0, seed: int = 0) -> Image:
    return Corruption(name, severity, seed).start_video('drive').apply(picture(), index)


def distance(name: str, severity: int) -> float:
    images = np.stack([corrupted(name, severity, seed=seed) for seed in range(6)])
    return float(np.abs(images.astype(int) - picture()).mean())


def test_the_sixteen_of_the_protocol_exist() -> None:
    assert len(CORRUPTIONS) == 16
    assert SEVERITIES == (1, 2, 3, 4, 5)


@pytest.mark.parametrize('name', CORRUPTIONS)
def test_the_same_seed_gives_the_same_pixels_in_any_order(name: str) -> None:
    video = Corruption(name, 3, seed=5).start_video('drive')
    later, first = video.apply(picture(), 7), video.apply(picture(), 0)
    again = Corruption(name, 3, seed=5).start_video('drive')
    np.testing.assert_array_equal(again.apply(picture(), 0), first)
    np.testing.assert_array_equal(again.apply(picture(), 7), later)


@pytest.mark.parametrize('name', sorted(set(CORRUPTIONS) - {'fog'}))
def test_distance_to_the_clean_image_grows_with_severity(name: str) -> None:
    distances = [distance(name, severity) for severity in SEVERITIES]
    assert distances[0] > 0.3
    assert distances == sorted(set(distances))


def test_fog_gets_denser_or_rougher_with_severity() -> None:
    # How far fog is from an image depends on how bright both are; what it does to edges does not.
    edges = np.diff(picture().astype(int), axis=1)
    distances = [
        float(np.abs(np.diff(corrupted('fog', severity).astype(int), axis=1) - edges).mean())
        for severity in SEVERITIES
    ]
    assert distances == sorted(set(distances))
    assert distance('fog', 5) > distance('brightness', 1)


@pytest.mark.parametrize('name', [*NOISES, *DRAWN_PER_VIDEO, 'motion_blur'])
def test_seed_and_name_of_the_video_decide_what_is_random(name: str) -> None:
    image = picture()
    drives = [
        Corruption(name, 3, seed).start_video(video).apply(image, 0)
        for seed, video in ((0, 'a'), (1, 'a'), (0, 'b'))
    ]
    assert (drives[0] != drives[1]).any()
    assert (drives[0] != drives[2]).any()


@pytest.mark.parametrize('name', NOISES)
def test_noise_is_drawn_anew_for_every_frame(name: str) -> None:
    assert (corrupted(name, index=0) != corrupted(name, index=1)).mean() > 0.05


@pytest.mark.parametrize('name', sorted(set(CORRUPTIONS) - {*NOISES, 'snow'}))
def test_what_is_no_noise_stays_through_the_video(name: str) -> None:
    np.testing.assert_array_equal(corrupted(name, index=0), corrupted(name, index=9))


def test_snow_falls_steadily() -> None:
    video = Corruption('snow', 3).start_video('drive')
    black = np.zeros((200, 150, 3), np.uint8)
    first, second, third = (video.apply(black, index)[..., 0] for index in range(3))
    shifts = [
        [shift for shift in range(-8, 9) if (np.roll(before, (4, shift), (0, 1)) == after).all()]
        for before, after in ((first, second), (second, third))
    ]
    assert (first != second).any()
    assert all(len(found) == 1 for found in shifts)
    assert abs(shifts[0][0] - shifts[1][0]) <= 1


@pytest.mark.parametrize('name', CORRUPTIONS)
@pytest.mark.parametrize('size', [(1, 1), (1, 9), (5, 3), (33, 2)])
def test_tiny_images_survive(name: str, size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 100, np.uint8)
    for severity in (1, 5):
        out = Corruption(name, severity).start_video().apply(image, 3)
        assert (out.shape, out.dtype) == (image.shape, np.uint8)


@pytest.mark.parametrize('name', CORRUPTIONS)
@pytest.mark.parametrize('value', [0, 255])
def test_black_white_and_grey_images_survive(name: str, value: int) -> None:
    grey = np.full((20, 30), value, np.uint8)
    out = Corruption(name, 5).start_video().apply(grey, 0)
    assert (out.shape, out.dtype) == (grey.shape, np.uint8)


@pytest.mark.parametrize('name', CORRUPTIONS)
def test_the_image_is_read_only_in_any_layout(name: str) -> None:
    image = picture()
    image.setflags(write=False)
    mirrored = image[:, ::-1]
    out = Corruption(name, 3).start_video('drive').apply(mirrored, 0)
    expected = Corruption(name, 3).start_video('drive').apply(mirrored.copy(), 0)
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(image, picture())


@pytest.mark.parametrize('name', CORRUPTIONS)
def test_a_video_may_change_its_size(name: str) -> None:
    video = Corruption(name, 3).start_video('drive')
    first = video.apply(picture(), 0)
    assert video.apply(picture((40, 50)), 0).shape == (40, 50, 3)
    np.testing.assert_array_equal(video.apply(picture(), 0), first)


def grey_frame(value: int) -> Image:
    return np.full((300, 300, 3), value, np.uint8)


@pytest.mark.parametrize(
    ('name', 'value', 'deviation'),
    [
        ('gaussian_noise', 128, 0.08),
        ('speckle_noise', 128, 128 / 255 * 0.15),
        ('shot_noise', 128, (128 / 255 / 60) ** 0.5),
    ],
)
def test_noise_has_the_deviation_of_its_definition(
    name: str, value: int, deviation: float
) -> None:
    noise = Corruption(name, 1).start_video().apply(grey_frame(value), 0) / 255
    assert np.std(noise) == pytest.approx(deviation, rel=0.02)
    assert np.mean(noise) == pytest.approx(value / 255, abs=0.003)


def test_impulses_are_half_black_and_half_white() -> None:
    noise = Corruption('impulse_noise', 5).start_video().apply(grey_frame(128), 0)
    assert np.mean(noise == 0) == pytest.approx(0.135, abs=0.005)
    assert np.mean(noise == 255) == pytest.approx(0.135, abs=0.005)
    assert set(np.unique(noise)) == {0, 128, 255}


def test_black_has_no_shot_noise() -> None:
    assert not Corruption('shot_noise', 5).start_video().apply(grey_frame(0), 0).any()


def test_blur_leaves_a_uniform_image_alone() -> None:
    for name in CORRUPTIONS:
        if name.endswith('blur'):
            out = Corruption(name, 5).start_video().apply(grey_frame(77), 0)
            np.testing.assert_array_equal(out, grey_frame(77))


@pytest.mark.parametrize('seed', range(4))
def test_motion_blur_is_the_correlation_with_its_streak(seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (120, 640, 3), np.uint8)
    corruption = Corruption('motion_blur', 5, seed)
    dot = np.zeros((121, 121, 3), np.uint8)
    dot[60, 60] = 255
    kernel = corruption.start_video().apply(dot, 0)[::-1, ::-1, 0] / 255
    padded = np.pad(image, ((60, 60), (60, 60), (0, 0)), 'reflect')
    expected = sum(
        kernel[row, column] * padded[row : row + 120, column : column + 640]
        for row, column in np.argwhere(kernel).tolist()
    )
    # The kernel is known to half a grey value at each of some forty taps.
    assert np.abs(corruption.start_video().apply(image, 0) - expected).max() < 25


def test_a_streak_runs_one_way_and_sums_to_one() -> None:
    kernel = streak(10, 3.0, 90.0)
    assert kernel.sum() == pytest.approx(1.0)
    rows, columns = np.nonzero(kernel)
    middle = len(kernel) // 2
    assert set(columns) == {middle}
    assert rows.min() == middle
    assert (np.diff(kernel[middle:, middle]) <= 0).all()


def test_brightness_keeps_hue_and_adds_to_the_largest_channel() -> None:
    image = np.full((4, 4, 3), (100, 50, 0), np.uint8)
    out = Corruption('brightness', 2).start_video().apply(image, 0)
    assert out[0, 0].tolist() == [151, 76, 0]


def test_contrast_keeps_the_mean() -> None:
    image = picture()
    out = Corruption('contrast', 1).start_video().apply(image, 0)
    np.testing.assert_allclose(out.mean((0, 1)), image.mean((0, 1)), atol=0.5)
    np.testing.assert_allclose(out.std((0, 1)), 0.4 * image.std((0, 1)), rtol=0.05)


@pytest.mark.parametrize(('severity', 'share'), [(1, 0.3), (2, 0.1)])
def test_saturation_is_scaled(severity: int, share: float) -> None:
    image = np.full((4, 4, 3), (200, 100, 100), np.uint8)
    out = Corruption('saturate', severity).start_video().apply(image, 0)
    assert out[0, 0].tolist() == [200, round(200 - 100 * share), round(200 - 100 * share)]


def test_fractal_noise_fills_its_range_and_is_smooth() -> None:
    noise = fractal_noise(97, 130, 2.0, np.random.default_rng(0))
    assert (noise.shape, noise.min(), noise.max()) == ((97, 130), 0.0, 1.0)
    assert np.abs(np.diff(noise, axis=1)).mean() < 0.05


def test_a_corruption_is_read_from_its_name_and_severity() -> None:
    assert parse_corruption('fog:3', seed=4) == Corruption('fog', 3, 4)
    assert str(Corruption('fog', 3)) == 'fog:3'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('rain:3', r"no corruption 'rain'; there are: motion_blur, .*frost"),
        ('fog:6', 'fog has no severity 6; there are: 1, 2, 3, 4, 5'),
        ('fog:0', 'fog has no severity 0'),
        ('fog', r"'fog' is not of the form NAME:SEVERITY .* names are: motion_blur, .*frost"),
        ('fog:x', "'fog:x' is not of the form"),
        ('', "'' is not of the form"),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(text: str, message: str) -> None:
    with pytest.raises(CorruptionError, match=message):
        parse_corruption(text)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(CorruptionError, match='seed -1 is negative'):
        Corruption('fog', 3, -1)


@pytest.mark.parametrize(
    ('image', 'message'),
    [
        (np.zeros((4, 4, 3), np.float32), r'float32 \[4, 4, 3\]'),
        (np.zeros((4, 4, 4), np.uint8), r'uint8 \[4, 4, 4\]'),
        (np.zeros((4,), np.uint8), r'uint8 \[4\]'),
        (np.zeros((0, 4, 3), np.uint8), r'\[0, 4, 3\] has no pixels'),
    ],
)
def test_what_is_no_image_is_refused(image: Image, message: str) -> None:
    with pytest.raises(CorruptionError, match=message):
        Corruption('fog', 3).start_video().apply(image, 0)
