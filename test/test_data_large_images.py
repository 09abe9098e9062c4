from __future__ import annotations

from pathlib import Path
import struct
import zlib

import cv2
import numpy as np
import pytest

from time2general_ros.data.label_maps import read_image
from time2general_ros.data.labelled_video import DataError


def test_a_file_longer_than_any_camera_is_refused(tmp_path: Path) -> None:
    file = tmp_path / 'long.png'
    cv2.imwrite(str(file), np.zeros((1, 16385, 3), np.uint8))
    with pytest.raises(DataError, match='16385x1; images have up to 16384 pixels on a side'):
        read_image(file)
    cv2.imwrite(str(file), np.zeros((16384, 1, 3), np.uint8))
    assert read_image(file).shape == (16384, 1, 3)


def test_a_file_that_claims_more_than_can_be_read_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        )

    header = struct.pack('>IIBBBBB', 1 << 20, 1 << 20, 8, 2, 0, 0, 0)
    data = chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(bytes(99))) + chunk(b'IEND', b'')
    file = tmp_path / 'bomb.png'
    file.write_bytes(b'\x89PNG\r\n\x1a\n' + data)
    with pytest.raises(DataError, match='cannot be read as an image'):
        read_image(file)
