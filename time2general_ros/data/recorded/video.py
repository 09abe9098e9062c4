"""Videos out of a bag; see :class:`~time2general_ros.data.labelled_video.IndexedVideo`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.bags.deserialize import CorruptMessageError, deserialize, deserialize_image
from time2general_ros.bags.frame_clock import FrameClock
from time2general_ros.data.file_video import unbroken_runs
from time2general_ros.data.labelled_video import DataError, LabelledFrame
from time2general_ros.data.recorded.class_ids import decode_ids
from time2general_ros.data.recorded.label_keys import key_of_image, keyed_labels
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.stamps import stamp_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from time2general_ros.bags.storages.storage import RawMessage
    from time2general_ros.data.raw_labels import IdReader
    from time2general_ros.data.recorded.label_keys import Key
    from time2general_ros.data.recorded.spool import Spool
    from time2general_ros.labels.label_set import LabelSet


@dataclass(frozen=True)
class Recorded:
    """
    A frame that was recorded.

    :param image: Number of its message.
    :param labels: Number of the message of its labels; None if it has none.
    :param stamp_ns: When it was taken.
    """

    image: int
    labels: int | None
    stamp_ns: int


@dataclass(frozen=True)
class BagVideos:
    """
    Recordings as a data set; see :class:`~time2general_ros.data.labelled_video.LabelledVideos`.

    :param notes: Messages that could not be used, by what was wrong.
    """

    label_set: LabelSet
    videos: Sequence[BagVideo]
    notes: Counter[str] = field(default_factory=Counter, compare=False)


class BagVideo:
    """
    Consecutive frames of a camera in a bag.

    :param name: Of the recording.
    :param frames: At least one, in order of time.
    :param ids: How label images are read.
    :param files: Of the bag, and of that of the labels.
    """

    def __init__(
        self,
        name: str,
        drive: str,
        frames: Sequence[Recorded],
        spool: Spool,
        ids: IdReader,
        files: Sequence[Path] = (),
    ) -> None:
        self.name = name
        self.drive = drive
        self.files = files
        self.labelled = [i for i, frame in enumerate(frames) if frame.labels is not None]
        self._frames = frames
        self._spool = spool
        self._ids = ids

    def __len__(self) -> int:
        return len(self._frames)

    def stamp_ns(self, index: int) -> int:
        """Return the acquisition time of a frame in nanoseconds."""
        return self._frames[index].stamp_ns

    def frame(self, index: int) -> LabelledFrame:
        """
        Read one frame.

        :raises DataError: if its image or its labels are damaged, or do not belong together.
        """
        frame = self._frames[index]
        name = f'{self.name}_{frame.stamp_ns}'
        try:
            image = decode(deserialize(self._spool.get(frame.image)))
            labels = self._labels(frame, name, image.shape[:2])
        except (BadImageError, CorruptMessageError) as error:
            raise DataError(f'{name}: {error}') from error
        return LabelledFrame(name, image, labels, frame.stamp_ns)

    def _labels(self, frame: Recorded, name: str, size: tuple[int, ...]) -> npt.NDArray[np.uint8]:
        if frame.labels is None:
            return np.full(size, UNLABELLED, np.uint8)
        raw = decode_ids(deserialize(self._spool.get(frame.labels)))
        if raw.shape != size:
            raise DataError(
                f'the labels of {name} are {raw.shape[1]}x{raw.shape[0]} but its image is '
                f'{size[1]}x{size[0]}; both must have the same size'
            )
        return self._ids.look_up(Path(name), raw)


def record_images(
    messages: Iterable[RawMessage],
    labels: Mapping[Key, int],
    spool: Spool,
    notes: Counter[str],
) -> list[list[Recorded]]:
    """
    Keep the images of a topic and join them to their labels, in runs without holes.

    :param labels: Numbers of messages by their time; see :func:`record_labels`.
    :param notes: Where messages that cannot be used are counted.
    """
    clock = FrameClock()
    frames = []
    for raw in messages:
        stamp = _stamp(raw, notes)
        if stamp is None:
            continue
        key = key_of_image(stamp, raw.log_time_ns, labels)
        own = None if key is None else labels[key]
        frames.append(Recorded(spool.add(raw), own, clock.time_ns(stamp, raw.log_time_ns)))
    if clock.missing:
        notes['images without a stamp of their own; the log time served'] += clock.missing
    return unbroken_runs(frames)


def record_labels(
    messages: Iterable[RawMessage], spool: Spool, notes: Counter[str]
) -> dict[Key, int]:
    """Keep label images; they go by their stamps, see :mod:`.label_keys`."""
    stamped = (
        (stamp, raw.log_time_ns, spool.add(raw))
        for raw in messages
        if (stamp := _stamp(raw, notes)) is not None
    )
    return {key: number for key, _, number in keyed_labels(stamped)}


def _stamp(raw: RawMessage, notes: Counter[str]) -> int | None:
    try:
        return stamp_ns(deserialize_image(raw).header)
    except (BadImageError, CorruptMessageError) as error:
        reason = error.reason if isinstance(error, BadImageError) else 'corrupt'
        notes[f'messages of {raw.topic} that cannot be used ({reason})'] += 1
        return None
