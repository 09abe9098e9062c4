"""Ground truth on a topic of the bag itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.bags.deserialize import CorruptMessageError, deserialize_image
from time2general_ros.bags.reader import BagReader
from time2general_ros.data.palette_png import read_indices
from time2general_ros.data.recorded.label_keys import key_of_image, keyed_labels
from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.stamps import NS_PER_S, stamp_ns
from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.recorded.label_keys import Key
    from time2general_ros.replay.sources.source import Picture
    from time2general_ros.replay.sources.truth import Ids, Labels

# How far apart the log times of an image and its labels may lie.
REACH_NS = 10 * NS_PER_S


class TopicTruth:
    """
    Labels on a topic of the bag itself, with the stamps of their images.

    :raises BagError: if there is no such topic, or it carries no images.
    """

    def __init__(self, path: Path, topic: str, ids: Ids) -> None:
        self._topic = topic
        self.label_set = ids.label_set
        self._ids = ids
        self._reader = BagReader(path)
        self._reader.image_topic(topic)
        self._labels = keyed_labels(self._messages())
        self._ahead: dict[Key, tuple[int, Any]] = {}
        self._last: Key | None = None
        self._oldest_ns = self._newest_ns = -1
        self._is_over = False

    def at(self, picture: Picture) -> Labels | None:
        """Find the labels of an image by its stamp, or its log time where that does not tell."""
        assert picture.frame
        stamp, log_time_ns = picture.frame.stamp_ns, picture.log_time_ns
        self._oldest_ns = log_time_ns - REACH_NS
        for old in [key for key, (log_ns, _) in self._ahead.items() if log_ns < self._oldest_ns]:
            del self._ahead[old]
        key = self._find(stamp, log_time_ns)
        # Those of the last image serve once more where its stamp is repeated.
        if self._last not in (None, key):
            self._ahead.pop(self._last, None)
        self._last = key
        if key is None:
            return None
        name = f'{self._topic} at {stamp or log_time_ns} ns'
        return self._ids.check(name, _indices(name, self._ahead[key][1]), picture.frame.size)

    def _find(self, stamp: int, log_time_ns: int) -> Key | None:
        while (key := key_of_image(stamp, log_time_ns, self._ahead)) is None:
            if self._is_over or self._newest_ns > log_time_ns + REACH_NS:
                break
            self._read()
        return key

    def _read(self) -> None:
        label = next(self._labels, None)
        if label is None:
            self._is_over = True
            return
        key, log_time_ns, message = label
        self._ahead[key] = log_time_ns, message

    def _messages(self) -> Iterator[tuple[int, int, Any]]:
        """Yield the messages that an image may still ask for, with their stamps and log times."""
        for raw in self._reader.raw_messages(self._topic):
            self._newest_ns = raw.log_time_ns
            if raw.log_time_ns < self._oldest_ns:
                continue
            try:
                message = deserialize_image(raw)
                yield stamp_ns(message.header), raw.log_time_ns, message
            except (CorruptMessageError, BadImageError):
                continue  # its image has no labels, and is counted as such


def _indices(name: str, message: Any) -> npt.NDArray[Any]:
    """Read what the pixels of a label image hold: of a palette, the numbers of its colours."""
    if hasattr(message, 'format'):
        indices = read_indices(message.data.tobytes())
        if indices is not None:
            return indices
    try:
        image = decode(message)
    except BadImageError as error:
        raise ReplayError(f'the labels {name} cannot be read: {error}') from error
    if (image != image[..., :1]).any():
        raise ReplayError(
            f'the labels {name} are colours, not class ids; record them as mono8, or as png of '
            'one channel'
        )
    return image[..., 0]
