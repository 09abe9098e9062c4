from __future__ import annotations

import cv2
import numpy as np
import pytest

from time2general_ros.data.normalise import MEAN, STD
from time2general_ros.streaming.preprocess import Preprocessor, enlarge

SIZE = (64, 128)


def grey_values(prepared: np.ndarray) -> np.ndarray:
    """Undo the normalisation: [H, W, 3] in grey values."""
    return prepared[0].transpose(1, 2, 0) * np.array(STD) + np.array(MEAN)


def test_image_of_the_right_size_is_only_normalised() -> None:
    image = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    prepared = Preprocessor(SIZE)(image)
    assert (prepared.dtype, prepared.shape) == (np.float32, (1, 3, *SIZE))
    expected = (image.transpose(2, 0, 1)[None] - np.array(MEAN)[:, None, None]) / np.array(STD)[
        :, None, None
    ]
    np.testing.assert_allclose(prepared, expected, atol=1e-5)


def test_buffer_holds_nothing_of_the_frame_before() -> None:
    images = np.random.default_rng(1).integers(0, 256, (2, 30, 50, 3), np.uint8)
    used, fresh = Preprocessor(SIZE), Preprocessor(SIZE)
    used(images[0])
    assert np.array_equal(used(images[1]), fresh(images[1]))


@pytest.mark.parametrize(
    ('shape', 'lines'),
    [
        ((256, 512), 'checkerboard'),
        ((1024, 384), 'checkerboard'),
        ((48, 512), 'columns'),
        ((512, 96), 'rows'),
    ],
)
def test_texture_finer_than_a_pixel_becomes_flat_grey(shape: tuple[int, int], lines: str) -> None:
    rows, columns = np.indices(shape)
    pattern = {'checkerboard': rows + columns, 'columns': columns, 'rows': rows}[lines] % 2 * 255
    image = np.repeat(pattern.astype(np.uint8)[..., None], 3, axis=2)
    np.testing.assert_allclose(grey_values(Preprocessor(SIZE)(image)), 127.5, atol=1)


def test_much_larger_image_is_averaged_over_all_of_its_pixels() -> None:
    image = np.random.default_rng(3).integers(0, 256, (256, 512, 3), np.uint8)
    means = image.reshape(64, 4, 128, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(grey_values(Preprocessor(SIZE)(image)), means, atol=1)


def test_normalised_values_are_exact_to_a_millionth() -> None:
    image = np.random.default_rng(4).integers(0, 256, (*SIZE, 3), np.uint8)
    expected = ((image - np.array(MEAN)) / np.array(STD)).transpose(2, 0, 1)
    np.testing.assert_allclose(Preprocessor(SIZE)(image)[0], expected, rtol=0, atol=1e-6)


def test_image_can_be_written_into_its_row_of_a_batch() -> None:
    images = np.random.default_rng(5).integers(0, 256, (3, 200, 300, 3), np.uint8)
    batch = np.full((3, 3, *SIZE), np.nan, np.float32)
    prepare = Preprocessor(SIZE)
    for image, row in zip(images, batch, strict=True):
        prepare.write(image, row)
    for image, row in zip(images, batch, strict=True):
        assert np.array_equal(Preprocessor(SIZE)(image)[0], row)


def test_image_can_be_written_with_its_channels_last_in_memory() -> None:
    images = np.random.default_rng(5).integers(0, 256, (3, 200, 300, 3), np.uint8)
    batch = np.full((3, *SIZE, 3), np.nan, np.float32)
    prepare = Preprocessor(SIZE)
    for image, row in zip(images, batch, strict=True):
        prepare.write(image, row.transpose(2, 0, 1))
    for image, row in zip(images, batch, strict=True):
        assert np.array_equal(Preprocessor(SIZE)(image)[0].transpose(1, 2, 0), row)


def test_image_is_left_as_it_was() -> None:
    for shape in ((*SIZE, 3), (256, 512, 3), (300, 500, 3)):
        image = np.random.default_rng(6).integers(0, 256, shape, np.uint8)
        before = image.copy()
        Preprocessor(SIZE)(image)
        assert np.array_equal(image, before)


@pytest.mark.parametrize('shape', [(180, 320), (270, 480), (181, 321)])
def test_halving_first_is_close_to_averaging_at_once(shape: tuple[int, int]) -> None:
    coarse = np.random.default_rng(7).integers(0, 256, (9, 16, 3), np.uint8)
    image = np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)
    at_once = cv2.resize(image.astype(np.float32), SIZE[::-1], interpolation=cv2.INTER_AREA)
    difference = np.abs(grey_values(Preprocessor(SIZE)(image)) - at_once)
    assert difference.mean() < 1
    assert difference.max() < 12


def test_content_keeps_its_place() -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[50:, :100] = 200
    grey = grey_values(Preprocessor(SIZE)(image)).mean(axis=2)
    np.testing.assert_allclose(grey[33:, :63], 200, atol=1)
    np.testing.assert_allclose(grey[:31], 0, atol=1)
    np.testing.assert_allclose(grey[:, 65:], 0, atol=1)


@pytest.mark.parametrize('size', [(53, 97), (64, 80), (7, 9), (3, 4), (1, 1), (240, 135)])
def test_each_pixel_takes_the_cell_under_its_centre(size: tuple[int, int]) -> None:
    small = np.random.default_rng(2).integers(0, 256, (7, 9), np.uint8)
    height, width = size
    rows = ((np.arange(height) + 0.5) * 7 / height).astype(int)
    columns = ((np.arange(width) + 0.5) * 9 / width).astype(int)
    large = enlarge(small, size)
    assert large.dtype == np.uint8
    assert np.array_equal(large, small[rows][:, columns])


def test_enlarging_is_symmetric() -> None:
    small = np.arange(63, dtype=np.uint8).reshape(7, 9)
    turned = enlarge(small[::-1, ::-1].copy(), (53, 97))
    assert np.array_equal(turned, enlarge(small, (53, 97))[::-1, ::-1])
    assert np.array_equal(enlarge(small, (28, 36)), np.kron(small, np.ones((4, 4), np.uint8)))


def test_map_of_the_same_size_is_a_copy() -> None:
    small = np.arange(63, dtype=np.uint8).reshape(7, 9)
    large = enlarge(small, (7, 9))
    small[:] = 0
    assert large.max() == 62
