from __future__ import annotations

from array import array
from types import SimpleNamespace
from typing import Any

from golden_encodings import GOLDEN, golden_rgb, stored
import numpy as np
import pytest

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.encodings import ENCODINGS


def message(
    name: str, height: int, width: int, buffer: np.ndarray, **changes: Any
) -> SimpleNamespace:
    fields = {
        'height': height,
        'width': width,
        'encoding': name,
        'is_bigendian': 0,
        'step': buffer.shape[1],
        'data': buffer.tobytes(),
    }
    return SimpleNamespace(**(fields | changes))


def assert_golden(
    name: str, height: int, width: int, padding: int = 0, big: int = 0, **changes: Any
) -> None:
    buffer = stored(name, height, width, padding)
    image = decode(message(name, height, width, buffer, is_bigendian=big, **changes))
    expected = golden_rgb(name, buffer, bool(big), height, width)
    assert image.shape == expected.shape
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert np.abs(image.astype(int) - expected).max() <= GOLDEN[name].slack


def test_every_encoding_has_an_independent_definition():
    assert GOLDEN.keys() == ENCODINGS.keys()


@pytest.mark.parametrize('name', GOLDEN)
class TestEveryEncoding:
    # Vectorised code treats the first many pixels of a row unlike its last few.
    @pytest.mark.parametrize(('height', 'width'), [(6, 8), (4, 130), (20, 34)])
    def test_pixels_are_those_of_its_definition(self, name, height, width):
        assert_golden(name, height, width)

    @pytest.mark.parametrize(('height', 'width'), [(5, 7), (3, 4), (4, 3), (3, 131)])
    def test_odd_sizes(self, name, height, width):
        assert_golden(name, height, width)

    @pytest.mark.parametrize('padding', [1, 2, 3, 64])
    def test_padded_rows(self, name, padding):
        assert_golden(name, 5, 12, padding)
        assert_golden(name, 6, 7, padding)

    def test_big_endian(self, name):
        assert_golden(name, 6, 8, big=1)
        assert_golden(name, 5, 7, padding=3, big=255)

    def test_data_may_go_on_after_the_image(self, name):
        buffer = stored(name, 6, 8)
        longer = message(name, 6, 8, buffer, data=buffer.tobytes() + b'more')
        expected = golden_rgb(name, buffer, False, 6, 8)
        assert np.abs(decode(longer).astype(int) - expected).max() <= GOLDEN[name].slack

    @pytest.mark.parametrize('size', [(6, 8), (5, 7)])
    def test_missing_byte_is_refused(self, name, size):
        data = stored(name, *size).tobytes()[:-1]
        with pytest.raises(BadImageError, match=f'data holds {len(data)} bytes') as error:
            decode(message(name, *size, stored(name, *size), data=data))
        assert error.value.reason == 'short_data'

    def test_step_below_a_row_is_refused(self, name):
        buffer = stored(name, 6, 7)
        step = buffer.shape[1] - 1
        with pytest.raises(BadImageError, match=f'step is {step} .*takes {step + 1};') as error:
            decode(message(name, 6, 7, buffer, step=step))
        assert error.value.reason == 'short_step'

    @pytest.mark.parametrize('size', [(1, 1), (1, 2), (2, 1), (2, 2)])
    def test_tiniest_images(self, name, size):
        if not name.startswith('bayer'):
            assert_golden(name, *size)
            return
        with pytest.raises(BadImageError, match='needs 3 on each side') as error:
            assert_golden(name, *size)
        assert error.value.reason == 'too_small'

    @pytest.mark.parametrize('kind', [bytearray, lambda b: array('B', b), memoryview])
    def test_any_buffer_serves_as_data(self, name, kind):
        buffer = stored(name, 6, 8)
        assert_golden(name, 6, 8, data=kind(buffer.tobytes()))

    def test_buffer_may_begin_at_an_odd_address(self, name):
        shifted = np.frombuffer(b'?' + stored(name, 6, 8).tobytes(), np.uint8)[1:]
        assert_golden(name, 6, 8, data=shifted)


@pytest.mark.parametrize('big', [0, 1])
def test_every_16_bit_grey_is_scaled_exactly(big):
    greys = np.arange(65536, dtype='>u2' if big else '<u2').reshape(256, 256)
    image = decode(message('mono16', 256, 256, greys.view(np.uint8), is_bigendian=big))
    np.testing.assert_array_equal(image[..., 1], np.rint(greys.astype(float) * 255 / 65535))


@pytest.mark.parametrize('name', ['uyvy', 'yuyv', 'nv12', 'nv21', 'nv24'])
@pytest.mark.parametrize(
    ('yuv', 'rgb'),
    [
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (255, 255, 255)),
        ((81, 90, 240), (255, 0, 0)),
        ((145, 54, 34), (0, 255, 0)),
        ((41, 240, 110), (0, 0, 255)),
    ],
)
def test_studio_range_colour_bars(name, yuv, rgb):
    planes = {'uyvy': 'uyvy', 'yuyv': 'yuyv', 'nv12': 'uv', 'nv21': 'vu', 'nv24': 'uv'}
    values = dict(zip('yuv', yuv, strict=True))
    pattern = np.array([values[sample] for sample in planes[name]], np.uint8)
    buffer = stored(name, 4, 8)
    if name.startswith('nv'):
        buffer[:4], buffer[4:] = values['y'], np.resize(pattern, 8)
    else:
        buffer[:] = np.resize(pattern, buffer.shape[1])
    image = decode(message(name, 4, 8, buffer))
    assert np.abs(image.astype(int) - rgb).max() <= 2


DEEP = [name for name in GOLDEN if '16' in name]


@pytest.mark.parametrize('bits', [8, 10, 12, 14])
@pytest.mark.parametrize('name', DEEP)
@pytest.mark.parametrize('big', [0, 1])
def test_low_bits_in_use_become_the_whole_range(name, bits, big):
    """A sample of so many bits is as bright as the same share of all 16."""
    shape = stored(name, 6, 8).shape
    few = np.random.default_rng(1).integers(0, 1 << bits, (shape[0], shape[1] // 2))
    order = '>u2' if big else '<u2'
    image = decode(
        message(name, 6, 8, few.astype(order).view(np.uint8), is_bigendian=big), image_bits=bits
    )
    whole = np.rint(few * (65535 / ((1 << bits) - 1))).astype(order).view(np.uint8)
    expected = golden_rgb(name, whole, bool(big), 6, 8)
    assert np.abs(image.astype(int) - expected).max() <= 1


@pytest.mark.parametrize('bits', [10, 12])
def test_ten_or_twelve_bit_grey_looks_like_its_8_bit_version(bits):
    grey = np.tile(np.linspace(20, 235, 160).astype(np.uint8), (120, 1))
    deep = (grey.astype('<u2') << (bits - 8)).view(np.uint8)
    image = decode(message('mono16', 120, 160, deep), bits)
    assert np.abs(image.astype(int) - decode(message('mono8', 120, 160, grey))).max() <= 1


def test_samples_above_the_bits_in_use_are_white():
    greys = np.array([[1023, 1024, 65535]], '<u2')
    assert (decode(message('mono16', 1, 3, greys.view(np.uint8)), 10) == 255).all()


@pytest.mark.parametrize('name', [name for name in GOLDEN if '16' not in name])
def test_bits_in_use_do_not_touch_samples_of_8_bits(name):
    picture = message(name, 6, 8, stored(name, 6, 8))
    np.testing.assert_array_equal(decode(picture, 10), decode(picture))


@pytest.mark.parametrize(
    ('name', 'meant', 'bits'),
    [
        ('RGB8', 'rgb8', 8),
        ('BGR8', 'bgr8', 8),
        ('Mono8', 'mono8', 8),
        ('8uc3', '8UC3', 8),
        ('16UC3', 'bgr16', 16),
        ('16UC4', 'bgra16', 16),
        ('rgb24', 'rgb8', 8),
        ('YUY2', 'yuyv', 8),
        ('YUYV', 'yuyv', 8),
        ('yuv422_uyvy', 'uyvy', 8),
        ('NV12', 'nv12', 8),
        ('y16', 'mono16', 16),
        ('mono10', 'mono16', 10),
        ('Mono12', 'mono16', 12),
        ('mono14', 'mono16', 14),
        ('bayer_rggb10', 'bayer_rggb16', 10),
        ('bayer_gbrg12', 'bayer_gbrg16', 12),
        ('bayer_bggr14', 'bayer_bggr16', 14),
        ('BayerRG8', 'bayer_rggb8', 8),
        ('BayerGB12', 'bayer_gbrg16', 12),
    ],
)
def test_other_names_of_drivers_are_read(name, meant, bits):
    buffer = stored(meant, 6, 8)
    if bits > 8:
        buffer = (buffer.view('<u2') >> (16 - bits)).view(np.uint8)
    np.testing.assert_array_equal(
        decode(message(name, 6, 8, buffer)), decode(message(meant, 6, 8, buffer), max(bits, 8))
    )


# Every name of sensor_msgs/image_encodings.hpp that is no colour image, and what drivers add.
REFUSED = {
    'measured numbers': [
        *(f'{kind}C{n}' for kind in ('8S', '16S', '32S', '32F', '64F') for n in range(1, 5)),
        'compressedDepth',
        'depth16',
        'Z16',
        'disparity',
    ],
    'names no colours': ['8UC2', '16UC2', '8UC5', '16UC12'],
    'compressed picture': ['mjpeg', 'jpeg', 'jpg', 'MJPG', 'png', 'tiff', 'webp', 'image/jpeg'],
    'video stream': ['h264', 'H.265', 'hevc', 'av1', 'vp9'],
    'share bytes': ['mono10p', 'mono12packed', 'Mono12p', 'BayerRG12p', 'bayer_rggb10_packed'],
    'YUV layout': ['i420', 'I420', 'yuv420', 'yuv420p', 'yv12', 'nv16', 'nv61', 'yuv444', 'p010'],
    'set the camera driver to one of rgb8,': ['', 'bayer_rggb9', 'bayer_xxxx8', 'cmyk', 'rgb565'],
}


@pytest.mark.parametrize(
    ('words', 'name'), [(words, name) for words, names in REFUSED.items() for name in names]
)
def test_what_cannot_be_read_is_refused_by_its_name_with_a_remedy(words, name):
    picture = message(name, 6, 8, np.zeros((6, 128), np.uint8))
    with pytest.raises(BadImageError, match=f"^the image encoding '{name}' is not .*") as error:
        decode(picture)
    assert words in str(error.value)
    assert '; ' in str(error.value)
    assert error.value.reason == 'encoding'
