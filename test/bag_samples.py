"""Small bags for the tests of the bag room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.bags.image_messages import compressed_message, mono8_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.labels.files import load_label_set
from time2general_ros.streaming.frame import Frame, Segmentation

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
STEP_NS = 100_000_000
START_NS = 1_700_000_000_123_456_789


class ThresholdSegmenter:
    """Stands in for the network: the class is the red channel's, memory is a running count."""

    def __init__(self) -> None:
        self.seen = 0
        self.labels = load_label_set('cityscapes19')

    def segment(self, frame: Frame) -> Segmentation:
        self.seen += 1
        ids = (frame.image[..., 0] // 16).astype(np.uint8)
        reset = 'gap' if self.seen == 3 else None
        return Segmentation(ids, np.full_like(ids, self.seen % 256), self.seen, reset)


def noise(index: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(index).integers(0, 256, (48, 64), np.uint8)


def stamp(index: int) -> int:
    return START_NS + index * STEP_NS


def write_images(
    path: Path, count: int = 12, topic: str = '/camera/front/image_raw', frame_id: str = 'front'
) -> Path:
    """Write raw images; the log times lag behind the stamps by 5 ms."""
    with BagWriter(path, overwrite=True) as writer:
        for index in range(count):
            message = mono8_message(noise(index), stamp(index), frame_id)
            writer.write(topic, IMAGE, stamp(index) + 5_000_000, message)
    return path


def write_deep(path: Path, bits: int, count: int = 4) -> Path:
    """Write mono16 images that use only some low bits."""
    with BagWriter(path) as writer:
        for index in range(count):
            grey = noise(index).astype('<u2') << (bits - 8)
            message = replace(
                mono8_message(grey.view(np.uint8), stamp(index), 'front'),
                width=grey.shape[1],
                encoding='mono16',
            )
            writer.write('/camera/front/image_raw', IMAGE, stamp(index), message)
    return path


def write_jpegs(path: Path, topics: Iterable[str], count: int = 5) -> Path:
    with BagWriter(path) as writer:
        for index in range(count):
            picture = cv2.resize(noise(index)[:6, :8], (64, 48))
            data = cv2.imencode('.jpg', picture)[1].tobytes()
            for topic in topics:
                message = compressed_message(data, 'jpeg', stamp(index), 'front')
                writer.write(topic, COMPRESSED, stamp(index), message)
    return path
