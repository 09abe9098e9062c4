from __future__ import annotations

from pathlib import Path

import cv2
from golden_encodings import GOLDEN, golden_rgb, stored
import numpy as np
from rosbags.typesys.stores.ros2_jazzy import builtin_interfaces__msg__Time as Time
from rosbags.typesys.stores.ros2_jazzy import sensor_msgs__msg__Image as Image
from rosbags.typesys.stores.ros2_jazzy import std_msgs__msg__Header as Header

from time2general_ros.bags.image_messages import compressed_message
from time2general_ros.bags.images import BadFrame, BagFrame, read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter

HEIGHT, WIDTH, PADDING = 9, 11, 3
RAW, COMPRESSED = '/camera/image_raw', '/camera/image_raw/compressed'


def raw(name: str, index: int, big: bool) -> Image:
    buffer = stored(name, HEIGHT, WIDTH, PADDING)
    return Image(
        header=Header(stamp=Time(sec=index, nanosec=5), frame_id='front'),
        height=HEIGHT,
        width=WIDTH,
        encoding=name,
        is_bigendian=int(big),
        step=buffer.shape[1],
        data=buffer.ravel(),
    )


def test_every_encoding_is_read_from_a_bag(tmp_path: Path) -> None:
    cases = [(name, big) for name in GOLDEN for big in (False, True)]
    with BagWriter(tmp_path / 'bag') as writer:
        for index, (name, big) in enumerate(cases):
            writer.write(RAW, 'sensor_msgs/msg/Image', index, raw(name, index, big))
    with BagReader(tmp_path / 'bag') as reader:
        frames = list(read_frames(reader, RAW))
    assert len(frames) == len(cases)
    for item, (name, big) in zip(frames, cases, strict=True):
        assert isinstance(item, BagFrame)
        buffer = stored(name, HEIGHT, WIDTH, PADDING)
        expected = golden_rgb(name, buffer, big, HEIGHT, WIDTH)
        assert np.abs(item.image.astype(int) - expected).max() <= GOLDEN[name].slack


def test_compressed_formats_are_read_from_a_bag(tmp_path: Path) -> None:
    mosaic = stored('bayer_grbg8', HEIGHT, WIDTH)
    png = cv2.imencode('.png', mosaic)[1].tobytes()
    forms = ['bayer_grbg8; png compressed ', 'mono8; png compressed ', '16UC1; compressedDepth']
    with BagWriter(tmp_path / 'bag') as writer:
        for index, form in enumerate(forms):
            message = compressed_message(png, form, index, 'front')
            writer.write(COMPRESSED, 'sensor_msgs/msg/CompressedImage', index, message)
    with BagReader(tmp_path / 'bag') as reader:
        colour, grey, depth = read_frames(reader, COMPRESSED)
    assert isinstance(colour, BagFrame)
    assert isinstance(grey, BagFrame)
    assert isinstance(depth, BadFrame)
    expected = golden_rgb('bayer_grbg8', mosaic, False, HEIGHT, WIDTH)
    np.testing.assert_array_equal(colour.image, expected)
    np.testing.assert_array_equal(grey.image[..., 0], mosaic)
    assert depth.reason == 'encoding'
