from __future__ import annotations

import struct
from types import SimpleNamespace
from zlib import compress, crc32

import cv2
from golden_encodings import golden_rgb, stored
import numpy as np
import pytest

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode

RGB = cv2.resize(np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8), (64, 48))
FORMATS = [
    'jpeg',
    'png',
    '',
    'rgb8; jpeg compressed bgr8',
    'bgr8; png compressed ',
    'bgr8; jpeg compressed bgr8',
    'rgba8; png compressed bgr8',
    'yuv422; jpeg compressed bgr8',
    'rgb16; png compressed bgr16',
]


def message(data: bytes, form: str = 'jpeg') -> SimpleNamespace:
    return SimpleNamespace(format=form, data=data)


def packed(extension: str, image: np.ndarray, *options: int) -> bytes:
    done, data = cv2.imencode(extension, image, options)
    assert done
    return data.tobytes()


@pytest.mark.parametrize('form', FORMATS)
def test_png_is_exact_whatever_the_format_says(form):
    data = packed('.png', RGB[..., ::-1])
    np.testing.assert_array_equal(decode(message(data, form)), RGB)


@pytest.mark.parametrize('form', FORMATS)
@pytest.mark.parametrize('progressive', [0, 1])
def test_jpeg_is_close_whatever_the_format_says(form, progressive):
    data = packed('.jpg', RGB[..., ::-1], cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    image = decode(message(data, form))
    assert image.flags.c_contiguous
    assert np.abs(image.astype(int) - RGB).mean() < 6


@pytest.mark.parametrize('form', ['mono8; jpeg compressed ', 'mono8; png compressed ', 'png', ''])
def test_grey_becomes_three_equal_channels(form):
    image = decode(message(packed('.png', RGB[..., 0]), form))
    np.testing.assert_array_equal(image, np.repeat(RGB[..., :1], 3, 2))


def test_alpha_is_dropped():
    data = packed('.png', np.dstack([RGB[..., ::-1], RGB[..., 0]]))
    np.testing.assert_array_equal(decode(message(data, 'rgba8; png compressed ')), RGB)


@pytest.mark.parametrize('name', ['mono16', 'bgr16', 'bayer_gbrg16', 'bayer_rggb8', 'bayer_bggr8'])
def test_png_of_an_encoding_gives_the_pixels_of_the_raw_image(name):
    buffer = stored(name, 9, 12)
    dtype = '<u2' if name.endswith('16') else np.uint8
    pixels = buffer.view(dtype).reshape(9, 12, -1)
    data = packed('.png', pixels)
    image = decode(message(data, f'{name}; png compressed '))
    np.testing.assert_array_equal(image, golden_rgb(name, buffer, False, 9, 12))


def test_bayer_image_that_was_converted_before_compression_is_left_alone():
    data = packed('.png', RGB[..., ::-1])
    np.testing.assert_array_equal(decode(message(data, 'bayer_rggb8; png compressed bgr8')), RGB)


def test_unknown_mosaic_stays_grey():
    image = decode(message(packed('.png', RGB[..., 0]), 'bayer_xxxx8; png compressed '))
    np.testing.assert_array_equal(image[..., 2], RGB[..., 0])


@pytest.mark.parametrize(
    ('colour', 'depth'),
    [(0, 1), (0, 8), (0, 16), (2, 8), (2, 16), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)],
)
def test_every_kind_of_png_decodes(colour, depth):
    """Colour types of ISO/IEC 15948: grey, colour, palette, grey and colour with alpha."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', crc32(kind + body))

    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = b'\x00' + bytes([0, *[255] * 63])[: 8 * channels * depth // 8]
    data = b'\x89PNG\r\n\x1a\n' + chunk(
        b'IHDR', struct.pack('>IIBBBBB', 8, 2, depth, colour, 0, 0, 0)
    )
    data += chunk(b'PLTE', bytes(range(48)) * 16) if colour == 3 else b''
    data += chunk(b'IDAT', compress(2 * row)) + chunk(b'IEND', b'')
    assert decode(message(data, 'png')).shape == (2, 8, 3)


@pytest.mark.parametrize(
    'form',
    [
        '16UC1; compressedDepth png',
        '32FC1; compressedDepth',
        '16UC1; compressedDepth rvl',
        'compresseddepth',
    ],
)
def test_depth_is_refused_by_name(form):
    with pytest.raises(BadImageError, match=r'is a depth image; subscribe to the colour') as error:
        decode(message(bytes(12) + packed('.png', RGB), form))
    assert error.value.reason == 'encoding'


@pytest.mark.parametrize('form', ['', 'jpeg', 'bgr8; jpeg compressed bgr8', 'tiff'])
@pytest.mark.parametrize(
    ('data', 'kind'),
    [
        (b'RIFF\x24\x00\x00\x00WEBPVP8 ' + bytes(90), 'a WebP picture'),
        (packed('.tiff', RGB), 'a TIFF picture'),
        (packed('.bmp', RGB), 'a BMP picture'),
        (packed('.pgm', RGB[..., 0]), 'a PNM picture'),
        (b'\x00\x00\x00\x0cjP  \r\n\x87\n' + bytes(90), 'a JPEG 2000 picture'),
        (b'MM\x00*\x00\x00\x00\x08' + bytes(90), 'a TIFF picture'),
        (b'\x00\x00\x00\x20ftypavif' + bytes(90), 'an AVIF picture'),
        (b'\x00\x00\x00\x18ftypheic' + bytes(90), 'an HEIC picture'),
        (b'\x00\x00\x00\x0cJXL \r\n\x87\n' + bytes(90), 'a JPEG XL picture'),
        (b'qoif' + bytes(90), 'a QOI picture'),
        (b'GIF89a' + bytes(90), 'a GIF picture'),
        (b'\x28\xb5\x2f\xfd' + bytes(90), 'an image packed with zstd'),
    ],
)
def test_other_pictures_are_told_from_their_bytes_and_refused_by_name(data, kind, form):
    with pytest.raises(BadImageError, match=f"format '{form}' is {kind}.*jpeg or png") as error:
        decode(message(data, form))
    assert error.value.reason == 'encoding'


@pytest.mark.parametrize('form', ['bgr8; tiff compressed bgr8', 'image/webp', 'QOI', 'zstd'])
def test_formats_that_are_not_read_are_refused_by_name(form):
    with pytest.raises(BadImageError, match=f"format '{form}' is an.*set the format") as error:
        decode(message(bytes(90), form))
    assert error.value.reason == 'encoding'


@pytest.mark.parametrize('form', ['webp', 'tiff', 'h264', 'mjpeg', 'image/jpeg', 'JPG', 'MONO12'])
@pytest.mark.parametrize('extension', ['.jpg', '.png'])
def test_jpeg_and_png_are_read_under_any_name(form, extension):
    image = decode(message(packed(extension, RGB[..., ::-1]), form))
    assert np.abs(image.astype(int) - RGB).mean() < 6


@pytest.mark.parametrize(
    ('data', 'form'),
    [
        (b'\x00\x00\x00\x01\x67' + bytes(100), 'h264'),
        (b'\x00\x00\x01\x40' + bytes(100), ''),
        (b'\x12\x00\x0a\x0a' + bytes(100), 'av1'),
        (b'no start code', 'bgr8; hevc'),
        (b'', 'H.265'),
    ],
)
def test_video_stream_is_refused(data, form):
    with pytest.raises(BadImageError, match=r'is a video stream.*decode it to images first'):
        decode(message(data, form))


@pytest.mark.parametrize('form', ['jpeg', 'png', '', 'bgr8; jpeg compressed bgr8', 'é'])
def test_data_of_no_kind_is_not_a_picture(form):
    with pytest.raises(BadImageError, match='not a complete JPEG or PNG') as error:
        decode(message(b'?' * 90, form))
    assert error.value.reason == 'decode'


@pytest.mark.parametrize(
    ('form', 'image_bits'),
    [('mono16; png compressed ', 10), ('mono10; png compressed ', 16), ('png', 10)],
)
def test_grey_png_with_few_bits_in_use_is_scaled(form, image_bits):
    grey = np.arange(1024, dtype=np.uint16).reshape(32, 32)
    image = decode(message(packed('.png', grey), form), image_bits)
    np.testing.assert_array_equal(image[..., 1], np.rint(grey * (255 / 1023)))


def test_jpeg_that_claims_more_pixels_than_a_camera_has_is_not_decoded():
    data = packed('.jpg', RGB)
    start = data.index(b'\xff\xc0') + 5
    huge = data[:start] + b'\xff\xff\xff\xff' + data[start + 4 :]
    with pytest.raises(BadImageError, match='65535x65535') as error:
        decode(message(huge))
    assert error.value.reason == 'too_large'


@pytest.mark.parametrize('extension', ['.jpg', '.png'])
def test_size_that_so_few_bytes_cannot_hold_is_not_decoded(extension, monkeypatch):
    data = packed(extension, RGB)
    start = data.index(b'\xff\xc0') + 5 if extension == '.jpg' else data.index(b'IHDR') + 4
    width = 2 if extension == '.jpg' else 4
    side = (8000).to_bytes(width, 'big')
    monkeypatch.setattr(cv2, 'imdecode', lambda *_: pytest.fail('decoded'))
    with pytest.raises(BadImageError, match='not a complete JPEG or PNG') as error:
        decode(message(data[:start] + 2 * side + data[start + 2 * width :]))
    assert error.value.reason == 'decode'


@pytest.mark.parametrize('extension', ['.jpg', '.png'])
@pytest.mark.parametrize('channels', [1, 3])
def test_image_of_one_colour_is_not_too_short(extension, channels):
    data = packed(extension, np.zeros((2160, 3840, channels), np.uint8))
    assert decode(message(data)).shape == (2160, 3840, 3)


@pytest.mark.parametrize('small_first', [False, True])
def test_second_png_header_does_not_hide_the_size_of_the_first(small_first):
    data = packed('.png', RGB)
    header = data[8:33]
    huge = header[:8] + b'\x00\x00\xff\xff\x00\x00\xff\xff' + header[16:]
    headers = header + huge if small_first else huge + header
    with pytest.raises(BadImageError) as error:
        decode(message(data[:8] + headers + data[33:]))
    assert error.value.reason == ('decode' if small_first else 'too_large')


def test_second_jpeg_frame_header_is_refused():
    data = packed('.jpg', RGB)
    start = data.index(b'\xff\xc0')
    header = data[start : start + 2 + int.from_bytes(data[start + 2 : start + 4], 'big')]
    with pytest.raises(BadImageError, match='not a complete JPEG'):
        decode(message(data[:start] + header + data[start:]))


def test_jpeg_with_a_flood_of_scans_is_refused():
    data = packed('.jpg', RGB, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    start = data.rindex(b'\xff\xda')
    flood = data[:start] + 200 * data[start:-2] + data[-2:]
    with pytest.raises(BadImageError) as error:
        decode(message(flood))
    assert error.value.reason == 'decode'
