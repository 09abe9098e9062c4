"""Small recordings for the tests of replays, and the tiny network to run on them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from tiny_model import noise_frame, tiny_engine, tiny_folder

from time2general_ros.bags.image_messages import compressed_message, mono8_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli import replay
from time2general_ros.cli.main import main
from time2general_ros.streaming.segmenter import Segmenter

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
TOPIC = '/camera/front/image_raw/compressed'
LABELS = '/camera/front/labels'
MASK = '/camera/front/segmentation/mask'
STEP_NS = 100_000_000
SIZE = (48, 80)


def stamp(index: int) -> int:
    return 1_700_000_000 * 10**9 + index * STEP_NS


def picture(index: int, size: tuple[int, int] = SIZE) -> npt.NDArray[np.uint8]:
    """Make an image that moves a little from one to the next."""
    return np.roll(noise_frame(index // 8, size=size).image, index % 8, axis=1)


def truth(index: int) -> npt.NDArray[np.uint8]:
    """Make ids of 19 classes, with void, that mostly stand still."""
    ids = np.full(SIZE, 255, np.uint8)
    ids[4:, :] = 10
    ids[20:, index % 4 : 60] = 0
    ids[30:40, 10:30] = index % 19
    return ids


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    return cv2.imencode('.png', pixels)[1].tobytes()


def png_message(index: int, pixels: npt.NDArray[np.uint8], frame_id: str = 'front') -> Any:
    return compressed_message(png(pixels), 'png', stamp(index), frame_id)


def rgb_message(index: int, size: tuple[int, int] = SIZE) -> Any:
    return png_message(index, picture(index, size)[..., ::-1])


def write_drive(
    path: Path, count: int = 24, topics: Sequence[str] = (TOPIC,), *, with_labels: bool = False
) -> Path:
    """Write images without loss, so that files of the same pictures give the same masks."""
    with BagWriter(path, overwrite=True) as writer:
        for index in range(count):
            for offset, topic in enumerate(topics):
                message = rgb_message(index + offset)
                writer.write(topic, COMPRESSED, stamp(index) + 5_000_000, message)
            if with_labels:
                labels = mono8_message(truth(index), stamp(index), 'front')
                writer.write(LABELS, IMAGE, stamp(index) + 7_000_000, labels)
    return path


def write_folder(root: Path, indices: Iterable[int] = range(24), split: str = 'val') -> Path:
    """Write the same pictures and labels as a data set of kind ``folder``."""
    for name in ('images', 'labels'):
        (root / split / name).mkdir(parents=True)
    (root / 'dataset.json').write_text('{"rate_hz": 1e9}')
    for index in indices:
        name = f'drive_{stamp(index)}.png'
        (root / split / 'images' / name).write_bytes(png(picture(index)[..., ::-1]))
        (root / split / 'labels' / name).write_bytes(png(truth(index)))
    return root


def call(*arguments: object) -> int:
    """Run ``time2general replay`` with the tiny network, which is loaded once."""
    run = replay.run

    def open_tiny(args: argparse.Namespace, cameras: int) -> Segmenter:
        use_memory = args.memory != 'off'
        return Segmenter(tiny_engine(), max_gap_s=args.max_gap, use_memory=use_memory)

    with patch.object(replay, 'run', lambda args: run(args, open_tiny)):
        return main(['replay', '--model', str(tiny_folder().path), *map(str, arguments)])


def results(out: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((out / 'results.json').read_text())
    return read


def rows(out: Path) -> list[dict[str, Any]]:
    """Read the frames without what differs from run to run."""
    table = pq.read_table(out / 'frames.parquet')
    kept = [name for name in table.column_names if not name.endswith('_ms')]
    listed: list[dict[str, Any]] = table.select(kept).to_pylist()
    return listed


def lasting(out: Path) -> dict[str, Any]:
    """Read the results without what differs from run to run."""
    read = results(out)
    del read['timing']
    return read
