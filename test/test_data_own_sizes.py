"""The sizes of pictures as they are shown, in every form that is read."""

from __future__ import annotations

import io
from itertools import product
from pathlib import Path
import zlib

import cv2
import numpy as np
import pytest

from time2general_ros.data.label_maps import read_image
from time2general_ros.data.own import sizes
from time2general_ros.data.own.sizes import shown_size

SIZE = (20, 31)
ENDINGS = ('jpg', 'png', 'bmp', 'webp', 'tif')


def encoded(ending: str, *options: int) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), np.uint8)
    done, data = cv2.imencode(f'.{ending}', pixels, list(options))
    assert done
    return data.tobytes()


def exif_of(order: str, orientation: int) -> bytes:
    """Make a directory of two numbers, of which one is the orientation."""
    endian = 'little' if order == 'II' else 'big'

    def short(*values: int) -> bytes:
        return b''.join(value.to_bytes(2, endian) for value in values)

    def long(value: int) -> bytes:
        return value.to_bytes(4, endian)

    entries = short(256, 4) + long(1) + long(77)
    entries += short(274, 3) + long(1) + short(orientation, 0)
    return order.encode() + short(42) + long(8) + short(2) + entries + long(0)


def with_exif(data: bytes, *orientations: int) -> bytes:
    """Put segments with these orientations at the beginning of a JPEG."""
    segments = b''
    for orientation in orientations:
        exif = b'Exif\0\0' + exif_of('II', orientation)
        segments += b'\xff\xe1' + (len(exif) + 2).to_bytes(2, 'big') + exif
    return data[:2] + segments + data[2:]


@pytest.mark.parametrize('orientations', [(6, 1), (1, 6), (9,)])
def test_odd_orientations_count_as_they_are_read(
    tmp_path: Path, orientations: tuple[int, ...]
) -> None:
    path = tmp_path / 'a.jpg'
    path.write_bytes(with_exif(encoded('jpg'), *orientations))
    height, width, _ = read_image(path).shape
    assert shown_size(path) == (width, height)


def test_an_orientation_behind_the_pixels_counts(tmp_path: Path) -> None:
    data, path = encoded('png'), tmp_path / 'a.png'
    exif = exif_of('II', 6)
    chunk = len(exif).to_bytes(4, 'big') + b'eXIf' + exif
    chunk += zlib.crc32(b'eXIf' + exif).to_bytes(4, 'big')
    end = data.index(b'IEND') - 4
    path.write_bytes(data[:end] + chunk + data[end:])
    height, width, _ = read_image(path).shape
    assert shown_size(path) == (width, height)


def test_jpegs_are_turned_as_they_are_read(tmp_path: Path) -> None:
    data, path = encoded('jpg'), tmp_path / 'a.jpg'
    for order, orientation in product(('II', 'MM'), range(1, 9)):
        exif = b'Exif\0\0' + exif_of(order, orientation)
        path.write_bytes(
            data[:2] + b'\xff\xe1' + (len(exif) + 2).to_bytes(2, 'big') + exif + data[2:]
        )
        height, width, _ = read_image(path).shape
        assert shown_size(path) == (width, height)
        assert (height > width) == (orientation >= 5)


FORMS = {
    **{ending: encoded(ending) for ending in ENDINGS},
    'lossy webp': encoded('webp', cv2.IMWRITE_WEBP_QUALITY, 80),
    'webp without loss': encoded('webp', cv2.IMWRITE_WEBP_QUALITY, 101),
}


@pytest.mark.parametrize('form', FORMS)
def test_the_header_of_every_form_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = tmp_path / 'a.any'
    path.write_bytes(FORMS[form])
    monkeypatch.setattr(sizes, 'read_image', None)
    assert shown_size(path) == SIZE[::-1]


@pytest.mark.parametrize('form', ['PNG', 'WEBP', 'TIFF', 'BMP', 'JPEG'])
@pytest.mark.parametrize('orientation', [1, 6])
def test_what_another_library_writes_is_as_it_is_read(
    tmp_path: Path, form: str, orientation: int
) -> None:
    image = pytest.importorskip('PIL.Image', reason='Pillow is not installed')
    stored = io.BytesIO()
    exif = image.Exif()
    exif[274] = orientation
    image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(stored, form, exif=exif)
    path = tmp_path / 'a.any'
    path.write_bytes(stored.getvalue())
    height, width, _ = read_image(path).shape
    assert shown_size(path) == (width, height)


@pytest.mark.parametrize('form', FORMS)
def test_a_cut_header_has_no_size_or_the_right_one(tmp_path: Path, form: str) -> None:
    path = tmp_path / 'a.any'
    for length in range(48):
        path.write_bytes(FORMS[form][:length])
        assert shown_size(path) in (None, SIZE[::-1])
    assert shown_size(tmp_path / 'gone.png') is None
