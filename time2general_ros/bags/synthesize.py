"""Rendering a synthetic drive to a bag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.bags.image_messages import compressed_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.synthetic.drive import Drive
from time2general_ros.workers import worker_pool

IMAGE_TOPIC = '/camera/image_raw/compressed'
TRUTH_TOPIC = '/camera/truth'
FRAME_ID = 'camera'
JPEG_QUALITY = 90

_COMPRESSED = 'sensor_msgs/msg/CompressedImage'


@dataclass(frozen=True)
class DriveOptions:
    """
    What to render.

    :param size: Height and width in pixels.
    :param weather: Weather and light of the whole drive.
    """

    seconds: float = 20.0
    rate_hz: float = 30.0
    size: tuple[int, int] = (480, 640)
    seed: int = 0
    weather: str = 'clear'

    @property
    def frames(self) -> int:
        """Number of frames."""
        return max(1, round(self.seconds * self.rate_hz))


@dataclass(frozen=True)
class _EncodedFrame:
    stamp_ns: int
    jpeg: bytes
    png: bytes


def synthesize(
    options: DriveOptions,
    out: Path,
    jobs: int = 1,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
    *,
    overwrite: bool = False,
) -> None:
    """
    Render a drive to a bag: JPEG images and, on a topic of its own, the true classes as PNG.

    The same options give the same file, whatever the number of processes.

    :param out: The bag to write, see :class:`BagWriter`.
    :param jobs: Number of processes that render.
    :param overwrite: Whether ``out`` may exist; it is replaced at the end.
    :param on_frame: Called after each frame with the number done and the number in all.
    :raises BagError: if the output is unusable; none is left then.
    """
    with BagWriter(out, overwrite=overwrite) as writer:
        for done, frame in enumerate(_render(options, jobs), 1):
            for topic, kind, data in (
                (IMAGE_TOPIC, 'jpeg', frame.jpeg),
                (TRUTH_TOPIC, 'png', frame.png),
            ):
                message = compressed_message(data, kind, frame.stamp_ns, FRAME_ID)
                writer.write(topic, _COMPRESSED, frame.stamp_ns, message)
            on_frame(done, options.frames)


def _render(options: DriveOptions, jobs: int) -> Iterator[_EncodedFrame]:
    times = [index / options.rate_hz for index in range(options.frames)]
    if jobs == 1:
        renderer = _Renderer(options)
        yield from map(renderer.render, times)
        return
    with worker_pool(jobs, _start_worker, (options,)) as pool:
        yield from pool.map(_render_in_worker, times, chunksize=4)


class _Renderer:
    def __init__(self, options: DriveOptions) -> None:
        self._drive = Drive(
            options.seed, options.size, weather=options.weather, rate_hz=options.rate_hz
        )

    def render(self, time_s: float) -> _EncodedFrame:
        frame = self._drive.render(time_s)
        bgr = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
        jpeg = _encode('.jpg', np.asarray(bgr, np.uint8), cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY)
        png = _encode('.png', frame.labels, cv2.IMWRITE_PNG_COMPRESSION, 6)
        return _EncodedFrame(frame.stamp_ns, jpeg, png)


def _encode(extension: str, image: npt.NDArray[np.uint8], parameter: int, value: int) -> bytes:
    _, data = cv2.imencode(extension, image, [parameter, value])
    return data.tobytes()


_worker: _Renderer


def _start_worker(options: DriveOptions) -> None:
    global _worker
    cv2.setNumThreads(1)
    _worker = _Renderer(options)


def _render_in_worker(time_s: float) -> _EncodedFrame:
    return _worker.render(time_s)
