"""Several models in one process: each camera is segmented by its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from time2general_ros.streaming.frame import Frame, Segmentation
    from time2general_ros.streaming.segmenter import Segmenter


class EngineFacts:
    """What is told of engines that run in turns, as of one; see :class:`Engine`."""

    def __init__(self, segmenters: Sequence[Segmenter]) -> None:
        self._engines = [segmenter.engine for segmenter in segmenters]
        self.name = _joined(engine.name for engine in self._engines)
        self.device = _joined(engine.device for engine in self._engines)
        self.precision = _joined(engine.precision for engine in self._engines)
        self.batch = sum(engine.batch for engine in self._engines)

    def device_memory_mb(self) -> float | None:
        """Tell the most that one says, in MB, since each counts what the process has there."""
        found = [m for engine in self._engines if (m := engine.device_memory_mb()) is not None]
        return max(found, default=None)


class SegmenterPool:
    """
    Segmenters of several models behind the calls of one.

    :param by_camera: The segmenter of each camera; cameras of one model share one.
    """

    def __init__(self, by_camera: Mapping[str, Segmenter]) -> None:
        self._by_camera = dict(by_camera)
        self._members = list({id(member): member for member in by_camera.values()}.values())
        self.engine = EngineFacts(self._members)

    def segment_batch(self, frames: Sequence[Frame]) -> list[Segmentation]:
        """
        Segment frames of different cameras, those of one model at once.

        Errors are those of :meth:`Segmenter.segment_batch`; a frame that is given again after one
        is taken for the same frame.

        :returns: The answers in the same order.
        """
        answers: dict[str, Segmentation] = {}
        for member in self._members:
            own = [frame for frame in frames if self._by_camera[frame.camera] is member]
            if own:
                cameras = [frame.camera for frame in own]
                answers.update(zip(cameras, member.segment_batch(own), strict=True))
        return [answers[frame.camera] for frame in frames]

    def reset(self, camera: str, cause: str = 'request') -> None:
        """Empty the memory of a camera."""
        self._by_camera[camera].reset(camera, cause)

    def close(self) -> None:
        """Close all segmenters."""
        for member in self._members:
            member.close()


def _joined(words: Iterable[str]) -> str:
    return ' and '.join(dict.fromkeys(words))
