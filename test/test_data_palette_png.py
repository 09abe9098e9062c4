from __future__ import annotations

from pathlib import Path
import struct
from zlib import compress, crc32

import cv2
from data_trees import SIZE, write_image, write_text
import numpy as np
import pytest

from time2general_ros.data.label_maps import read_first_channel, read_map
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.palette_png import read_indices
from time2general_ros.data.sets import camvid, cityscapes
from time2general_ros.data.specs import open_data

# Colours that repeat, so that no number can be told from its colour.
PALETTE = bytes(value % 251 // 60 for value in range(3 * 256))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', crc32(kind + body))


def palette_png(
    ids: np.ndarray, depth: int = 8, palette: bytes = PALETTE, opacity: bytes = b''
) -> bytes:
    """
    Write a PNG of so many bits a pixel (ISO/IEC 15948).

    It is of palette mode (colour type 3); of grey (0) without a palette.
    """
    height, width = ids.shape
    bits = np.unpackbits(ids[..., None], axis=2)[..., 8 - depth :].reshape(height, -1)
    rows = np.packbits(bits, axis=1)
    data = b''.join(b'\x00' + row.tobytes() for row in rows)
    header = struct.pack('>IIBBBBB', width, height, depth, 3 if palette else 0, 0, 0, 0)
    return b''.join(
        (
            b'\x89PNG\r\n\x1a\n',
            chunk(b'IHDR', header),
            chunk(b'PLTE', palette[: 3 << depth]) if palette else b'',
            chunk(b'tRNS', opacity) if opacity else b'',
            chunk(b'tEXt', b'Software\x00a label tool'),
            chunk(b'IDAT', compress(data)),
            chunk(b'IEND', b''),
        )
    )


@pytest.mark.parametrize('opacity', [b'', b'\x00', b'\xff\x00\x80'])
@pytest.mark.parametrize('depth', [1, 2, 4, 8])
@pytest.mark.parametrize('size', [(1, 1), (4, 6), (5, 7), (3, 17), (120, 160)])
def test_the_numbers_of_the_colours_are_read(size, depth, opacity):
    ids = np.random.default_rng(0).integers(0, 1 << depth, size, np.uint8)
    found = read_indices(palette_png(ids, depth, opacity=opacity[: 1 << depth]))
    np.testing.assert_array_equal(found, ids)
    assert found is not None
    assert found.dtype == np.uint8


@pytest.mark.parametrize('opacity', [b'', b'\x00\x01'])
@pytest.mark.parametrize('depth', [1, 2, 4, 8])
def test_greys_are_read_as_the_numbers_that_they_are(depth, opacity):
    ids = np.random.default_rng(0).integers(0, 1 << depth, (5, 7), np.uint8)
    found = read_indices(palette_png(ids, depth, palette=b'', opacity=opacity))
    np.testing.assert_array_equal(found, ids)


def test_what_is_no_map_of_numbers_is_left_to_others():
    wide = cv2.imencode('.png', np.zeros(SIZE, np.uint16))[1].tobytes()
    colour = cv2.imencode('.png', np.zeros((*SIZE, 3), np.uint8))[1].tobytes()
    for data in (b'', b'\x89PNG\r\n\x1a\n', b'\xff\xd8\xff', wide, colour):
        assert read_indices(data) is None


def test_damaged_palette_maps_are_refused_by_name(tmp_path):
    whole = palette_png(np.full(SIZE, 7, np.uint8))
    path = tmp_path / 'a.png'
    for cut in (20, 30, 40, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError, match=r'a\.png cannot be read as an image'):
            read_map(path, SIZE)


def test_a_palette_map_is_the_grey_map_of_the_same_ids(tmp_path):
    ids = np.array([[7, 8, 11, 23, 26, 255]] * 4, np.uint8)
    cv2.imwrite(str(tmp_path / 'grey.png'), ids)
    (tmp_path / 'palette.png').write_bytes(palette_png(ids))
    read = cityscapes.label_id_reader()
    grey, palette = (read(tmp_path / f'{name}.png', SIZE) for name in ('grey', 'palette'))
    np.testing.assert_array_equal(palette, grey)
    with pytest.raises(DataError, match='but its image is 8x8'):
        read(tmp_path / 'palette.png', (8, 8))
    for name in ('grey', 'palette'):
        with pytest.raises(DataError, match='not three channels'):
            read_first_channel(tmp_path / f'{name}.png', SIZE)


def test_unknown_ids_of_a_palette_map_are_named(tmp_path):
    (tmp_path / 'a.png').write_bytes(palette_png(np.full(SIZE, 34, np.uint8)))
    with pytest.raises(DataError, match='unknown label ids: 34'):
        cityscapes.label_id_reader()(tmp_path / 'a.png', SIZE)


@pytest.mark.parametrize('opacity', [b'', b'\xff\xff'])
def test_a_map_of_colours_may_have_a_palette(tmp_path, opacity):
    road, sky = (128, 64, 128), (128, 128, 128)
    ids = np.array([[1, 0]] * 4, np.uint8)
    path = tmp_path / 'a_L.png'
    path.write_bytes(palette_png(ids, 1, bytes((*sky, *road)), opacity))
    labels = camvid.label_reader()(path, (4, 2))
    assert labels.tolist() == [[3, 0]] * 4


def test_a_folder_may_hold_palette_maps(tmp_path: Path):
    write_text(tmp_path / 'dataset.json', '{"rate_hz": 10}')
    write_image(tmp_path / 'val' / 'images' / 'a_1.jpg')
    (tmp_path / 'val' / 'labels').mkdir()
    ids = np.array([[0, 1, 2, 3, 13, 15]] * 4, np.uint8)
    (tmp_path / 'val' / 'labels' / 'a_1.png').write_bytes(palette_png(ids, 4))
    frame = open_data(f'folder:{tmp_path}', 'val').videos[0].frame(0)
    np.testing.assert_array_equal(frame.labels, ids)
