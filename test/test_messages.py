from __future__ import annotations

from array import array
from types import SimpleNamespace
from typing import Any

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.encode import mono8_fields, rgb8_fields
from time2general_ros.messages.encodings import ENCODINGS
from time2general_ros.messages.stamps import split_stamp, stamp_ns

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
GREY = RGB[..., 0]


def raw(**changes: Any) -> SimpleNamespace:
    fields = {
        'height': 5,
        'width': 7,
        'encoding': 'rgb8',
        'is_bigendian': 0,
        'step': 21,
        'data': RGB.tobytes(),
    }
    return SimpleNamespace(**(fields | changes))


def compressed(data: bytes, name: str = 'jpeg') -> SimpleNamespace:
    return SimpleNamespace(format=name, data=data)


def picture(extension: str, size: tuple[int, int] = (48, 64)) -> tuple[np.ndarray, bytes]:
    image = cv2.resize(RGB, size[::-1])
    done, data = cv2.imencode(extension, image[..., ::-1])
    assert done
    return image, data.tobytes()


@pytest.mark.parametrize(
    ('changes', 'reason', 'words'),
    [
        ({'encoding': 'bayer_rggb42'}, 'encoding', "'bayer_rggb42'.*rgb8, bgr8.*image_proc"),
        ({'width': 0}, 'zero_size', '0x5'),
        ({'height': 0, 'data': b''}, 'zero_size', '7x0'),
        ({'data': b''}, 'short_data', '0 bytes'),
        ({'data': bytes(5 * 21 - 1)}, 'short_data', '104 bytes.*105'),
        ({'step': 20}, 'short_step', '20 bytes.*takes 21'),
        ({'width': 1 << 31, 'step': 1 << 31}, 'too_large', '2147483648x5'),
        ({'width': 16384, 'height': 16384, 'step': 49152}, 'too_large', '16384x16384'),
    ],
)
def test_bad_raw_image_is_refused_with_its_reason(changes, reason, words):
    with pytest.raises(BadImageError, match=words) as error:
        decode(raw(**changes))
    assert error.value.reason == reason


@given(
    encoding=st.sampled_from([*ENCODINGS, 'yuv9', '']),
    width=st.integers(0, 40) | st.integers(0, (1 << 32) - 1),
    height=st.integers(0, 40) | st.integers(0, (1 << 32) - 1),
    step=st.integers(0, 200) | st.integers(0, (1 << 32) - 1),
    bigendian=st.integers(0, 255),
    data=st.binary(max_size=5000),
)
def test_any_raw_message_decodes_or_is_refused(encoding, width, height, step, bigendian, data):
    message = SimpleNamespace(
        height=height, width=width, encoding=encoding, step=step, is_bigendian=bigendian, data=data
    )
    try:
        image = decode(message)
    except BadImageError:
        return
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert len(data) >= step * height
    assert step >= ENCODINGS[encoding].row_bytes(width)


def test_jpeg_channels_are_in_rgb_order():
    image = np.full((16, 16, 3), (200, 40, 10), np.uint8)
    _, data = cv2.imencode('.jpg', image[..., ::-1])
    assert np.abs(decode(compressed(data.tobytes())).astype(int) - image).max() < 12


def test_exif_orientation_does_not_turn_the_image():
    _, data = picture('.jpg')
    tiff = b'MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00'
    exif = b'Exif\x00\x00' + tiff + bytes(4)
    segment = b'\xff\xe1' + (len(exif) + 2).to_bytes(2, 'big') + exif
    assert decode(compressed(data[:2] + segment + data[2:])).shape == (48, 64, 3)


@pytest.mark.parametrize('extension', ['.jpg', '.png'])
@pytest.mark.parametrize('share', [0.0, 0.1, 0.5, 0.99])
def test_cut_off_compressed_image_is_refused(extension, share):
    _, data = picture(extension)
    with pytest.raises(BadImageError, match='complete JPEG or PNG') as error:
        decode(compressed(data[: int(len(data) * share)]))
    assert error.value.reason == 'decode'


def test_damaged_png_is_refused():
    _, data = picture('.png')
    damaged = data[:200] + bytes(40) + data[240:]
    with pytest.raises(BadImageError, match=r'64x48.*does not decode'):
        decode(compressed(damaged))


@pytest.mark.parametrize(
    ('size', 'reason'), [((0, 8), 'zero_size'), ((1 << 30, 1 << 30), 'too_large')]
)
def test_png_with_an_impossible_size_is_not_decoded(size, reason):
    _, data = picture('.png')
    width, height = (side.to_bytes(4, 'big') for side in size)
    with pytest.raises(BadImageError) as error:
        decode(compressed(data[:16] + width + height + data[24:]))
    assert error.value.reason == reason


@settings(max_examples=200)
@given(
    extension=st.sampled_from(['.jpg', '.png']),
    edits=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=8),
    cut=st.integers(0, 3000),
)
def test_any_damage_to_a_compressed_image_decodes_or_is_refused(extension, edits, cut):
    _, data = picture(extension, (16, 16))
    damaged = bytearray(data)
    for offset, value in edits:
        damaged[offset % len(damaged)] = value
    try:
        image = decode(compressed(bytes(damaged[:cut])))
    except BadImageError:
        return
    assert image.ndim == 3
    assert image.shape[2] == 3


def test_encoded_masks_and_colours_decode_to_themselves():
    grey = decode(SimpleNamespace(**mono8_fields(GREY)))
    colour = decode(SimpleNamespace(**rgb8_fields(RGB[:, ::-1])))
    np.testing.assert_array_equal(grey[..., 1], GREY)
    np.testing.assert_array_equal(colour, RGB[:, ::-1])
    assert mono8_fields(GREY)['step'] == 7
    assert isinstance(mono8_fields(GREY)['data'], array)


def header(sec: int, nanosec: int) -> SimpleNamespace:
    return SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=nanosec))


@given(st.integers(0, (1 << 31) * 10**9 - 1))
def test_stamps_split_and_join(ns):
    assert stamp_ns(header(*split_stamp(ns))) == ns


@pytest.mark.parametrize(('sec', 'nanosec'), [(-1, 0), (0, 10**9), (0, -1), (1 << 31, 0)])
def test_impossible_stamp_is_refused(sec, nanosec):
    with pytest.raises(BadImageError, match=f'sec={sec}, nanosec={nanosec}') as error:
        stamp_ns(header(sec, nanosec))
    assert error.value.reason == 'stamp'
