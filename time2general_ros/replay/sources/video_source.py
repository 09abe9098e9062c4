"""A video file as a source."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.checksum import sha256
from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.limits import check_size
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.sources.names import topic_name
from time2general_ros.replay.sources.source import Picture, is_chosen
from time2general_ros.replay.sources.video_stream import VideoStream, told
from time2general_ros.replay.sources.window import NS_PER_S
from time2general_ros.streaming.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from pathlib import Path

    import av
    import numpy.typing as npt

    from time2general_ros.bags.channel import Channel
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.sources.source import Copied
    from time2general_ros.replay.sources.truth import Truth
    from time2general_ros.replay.sources.window import Window

SUFFIXES = frozenset(
    {'.mp4', '.mkv', '.avi', '.mov', '.webm', '.m4v', '.mpg', '.mpeg', '.ts', '.h264', '.h265'}
)
_USUAL_HZ = 30


class VideoSource:
    """
    The first video stream of a file; see :class:`~.source.Source`.

    Times count from its first frame.

    :raises ReplayError: if the file cannot be read as a video.
    """

    kind = 'video'
    has_clock = True
    note = None
    channels: Sequence[Channel] = ()
    first_ns = 0

    def __init__(self, path: Path, text: str, window: Window) -> None:
        self.name, self.path = path.name, text
        self.topics: Sequence[str] = (topic_name(path.stem),)
        self.truth: Truth | None = None
        self.damage: str | None = None
        self._path = path
        self._window = window
        with self._open() as container:
            self._declared = int(container.streams.video[0].frames)
            # In microseconds.
            self.duration_s = container.duration / 1e6 if container.duration else None

    @property
    def label_set(self) -> LabelSet | None:
        """The classes of the labels."""
        return self.truth.label_set if self.truth else None

    @property
    def total(self) -> int:
        """About how many images will come; 0 if the file does not say."""
        return -(-self._declared // self._window.every)

    @property
    def count(self) -> int:
        """How many images there are; a file that does not declare it is read to its end."""
        if self._declared:
            return self._declared
        with self._open() as container:
            return VideoStream(container, self.path).count()

    def fingerprint(self) -> str:
        """Return the SHA-256 of the file."""
        return sha256(self._path)

    def close(self) -> None:
        """Do nothing: the file is open only while it is read."""

    def items(
        self, skip: int = 0, only: Container[int] | None = None
    ) -> Iterator[Picture | Copied]:
        """Decode the frames."""
        began = perf_counter()
        taken = 0
        for number, (stamp_ns, content) in enumerate(self._images()):
            if self._window.holds(stamp_ns, 0):
                taken += 1
                place, beside = divmod(taken - 1, self._window.every)
                if not beside and is_chosen(place, skip, only):
                    yield self._picture(number, stamp_ns, content, began)
            began = perf_counter()

    def _picture(
        self, number: int, stamp_ns: int, content: av.VideoFrame | BadImageError, began: float
    ) -> Picture:
        topic = self.topics[0]
        try:
            if isinstance(content, BadImageError):
                raise content
            image = _upright(content)
        except BadImageError as error:
            refused = error.reason, str(error)
            return Picture(topic, number, stamp_ns, stamp_ns, None, refused)
        decode_ms = 1e3 * (perf_counter() - began)
        picture = Picture(
            topic,
            number,
            stamp_ns,
            stamp_ns,
            Frame(image, stamp_ns, '', topic),
            decode_ms=decode_ms,
        )
        return replace(picture, labels=self.truth.at(picture)) if self.truth else picture

    def _images(self) -> Iterator[tuple[int, av.VideoFrame | BadImageError]]:
        """Yield images, also lost ones, with their times from the first one on."""
        first_ns: int | None = None
        with self._open() as container:
            stream = container.streams.video[0]
            rate = stream.average_rate or _USUAL_HZ
            video = VideoStream(container, self.path)
            for number, (pts, content) in enumerate(video.shown()):
                time_ns = round(number * NS_PER_S / rate)
                if pts is not None and stream.time_base is not None:
                    time_ns = round(pts * stream.time_base * NS_PER_S)
                first_ns = time_ns if first_ns is None else first_ns
                yield time_ns - first_ns, content
            self.damage = told(self.path, video.flaws)

    def _open(self) -> av.container.InputContainer:
        import av

        try:
            container = av.open(str(self._path))
        except (av.FFmpegError, OSError) as error:
            raise ReplayError(
                f'{self._path} cannot be read as a video: {error}; fetch it again, or convert it '
                'with ffmpeg'
            ) from error
        if not container.streams.video:
            container.close()
            raise ReplayError(f'{self._path} holds no video stream; name another file')
        return container


def _upright(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    """Turn a frame as its file says it is to be shown; RGB, uint8 [H, W, 3]."""
    check_size(frame.width, frame.height)
    image = np.asarray(frame.to_ndarray(format='rgb24'), np.uint8)
    quarters = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarters)) if quarters else image
