"""A bag as a source: images of several topics, with labels and copies, in order of time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.deserialize import deserialize, is_image
from time2general_ros.bags.images import usable_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.storages.zstd import MAGIC as ZSTD
from time2general_ros.bags.storages.zstd import ZstdError, unzstd_bytes
from time2general_ros.bags.topic_names import is_segmentation_topic, segmentation_topic
from time2general_ros.checksum import files_of, sha256
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE, is_measured
from time2general_ros.messages.stamps import NS_PER_S
from time2general_ros.replay.sources.copies import Copies
from time2general_ros.replay.sources.file_names import shown
from time2general_ros.replay.sources.source import Copied, Picture, is_chosen
from time2general_ros.replay.sources.topic_pictures import TopicPictures

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from time2general_ros.bags.channel import Channel
    from time2general_ros.bags.storages.storage import RawMessage
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.sources.truth import Truth
    from time2general_ros.replay.sources.window import Window

# What no camera takes: true classes of a rendered drive, and depth in a wrapping of its own.
_NO_CAMERA = ('/truth', '/compressedDepth')
# The images of a camera once more.
_PACKED = '/compressed'


@dataclass(frozen=True)
class BagOptions:
    """
    What of a bag is read.

    :param topics: Image topics; all of cameras if there are none.
    :param one_camera: Whether a bag of several cameras is refused where no topics are named.
    :param copies: Topics to copy; ``all`` for every one.
    :param reserved: Topics that are not copied, as the replay writes them itself, beside those of
        its cameras.
    :param with_calibration: Whether the calibration of each camera is copied beside its masks.
    :param labels: The topic of labels, which is none of a camera.
    :param image_bits: In use of each 16-bit sample.
    """

    topics: tuple[str, ...] = ()
    one_camera: bool = False
    copies: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    with_calibration: bool = True
    labels: str | None = None
    image_bits: int = WHOLE_SAMPLE


class BagSource:
    """
    A bag that is open for reading; see :class:`~.source.Source`.

    :attr:`truth` tells where labels come from, :attr:`unchosen` which cameras are left out, by the
    one whose masks would have the same name.

    :raises BagError: if the bag or a topic is unusable.
    """

    kind = 'bag'
    has_clock = False
    note = None

    def __init__(self, path: Path, window: Window, options: BagOptions) -> None:
        self.name, self.path = path.name, str(path)
        self._window = window
        self._options = options
        self.truth: Truth | None = None
        self.unchosen: dict[str, list[str]] = {}
        self._reader = BagReader(path)
        try:
            self.topics: Sequence[str] = tuple(options.topics) or self._cameras()
            for topic in self.topics:
                self._reader.image_topic(topic)
            self._copies = Copies(self._reader, self.topics, options.reserved)
            if options.with_calibration:
                self._copies.add_calibration()
            self._copies.add(options.copies)
            first = next(self._reader.raw_messages(), None)
            self.first_ns = first.log_time_ns if first else 0
        except BaseException:
            self.close()
            raise

    @property
    def channels(self) -> Sequence[Channel]:
        """What :class:`Copied` messages are."""
        return self._copies.channels

    @property
    def left_out(self) -> Sequence[str]:
        """Topics that ``all`` does not copy, as the replay writes them itself."""
        return self._copies.left_out

    @property
    def label_set(self) -> LabelSet | None:
        """The classes of the labels."""
        return self.truth.label_set if self.truth else None

    @property
    def total(self) -> int:
        """About how many images will come."""
        counts = (self._reader.topics[topic].count for topic in self.topics)
        return sum(-(-count // self._window.every) for count in counts)

    @property
    def duration_s(self) -> float | None:
        """How long the bag is, by log time."""
        span_ns = self._reader.span_ns
        return None if span_ns is None else (span_ns[1] - span_ns[0]) / NS_PER_S

    def count(self, topic: str) -> int:
        """Return how many messages a topic has."""
        return self._reader.topics[topic].count

    def first_stamp_ns(self, topic: str) -> int:
        """Return the stamp of the first image of a topic; 0 if it has none."""
        return next((frame.stamp_ns for frame in usable_frames(self._reader, topic)), 0)

    @property
    def damage(self) -> str | None:
        """What is wrong with the bag, as it can be written: names of its parts are not checked."""
        damage = self._reader.damage
        return None if damage is None else shown(damage)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the files of the bag, in order of their names."""
        return sha256(*files_of(Path(self.path)))

    def close(self) -> None:
        """Release the files."""
        self._reader.leave(failed=False)

    def items(
        self, skip: int = 0, only: Container[int] | None = None
    ) -> Iterator[Picture | Copied]:
        """Read the images and copies in order of log time."""
        pictures = {topic: TopicPictures(topic, self._options.image_bits) for topic in self.topics}
        wanted = Counter[str]()
        number = 0
        for raw in self._reader.raw_messages(*{*self.topics, *self._copies.topics}):
            is_inside = self._window.holds(raw.log_time_ns, self.first_ns)
            if is_inside and number >= skip and only is None:
                targets = self._copies.targets(raw.topic)
                yield from (Copied(name, _unpacked(raw)) for name in targets)
            if raw.topic not in pictures:
                continue
            is_wanted = is_inside and wanted[raw.topic] % self._window.every == 0
            wanted[raw.topic] += is_inside
            is_skipped = not is_chosen(number, skip, only)
            for picture in pictures[raw.topic].take(raw, is_wanted, is_skipped=is_skipped):
                if is_chosen(number, skip, only):
                    yield self._with_labels(picture)
                number += 1
        for topic in self.topics:
            for picture in pictures[topic].rest():
                if is_chosen(number, skip, only):
                    yield self._with_labels(picture)
                number += 1

    def _with_labels(self, picture: Picture | None) -> Picture:
        assert picture
        if self.truth is None or picture.frame is None:
            return picture
        return replace(picture, labels=self.truth.at(picture))

    def _cameras(self) -> tuple[str, ...]:
        """Choose the topics of cameras; of one camera's raw and compressed images the first."""
        if self._options.one_camera:
            return (self._reader.image_topic(),)
        names = [
            name
            for name, info in sorted(self._reader.topics.items())
            if is_image(info)
            and name != self._options.labels
            and not name.endswith(_NO_CAMERA)
            and not is_segmentation_topic(name)
        ]
        if len(names) > 1:
            names = [name for name in names if not self._is_measured(name)] or names
        chosen: dict[str, str] = {}
        for name in names:
            first = chosen.setdefault(segmentation_topic(name, 'mask'), name)
            if name.removesuffix(_PACKED) != first.removesuffix(_PACKED):
                self.unchosen.setdefault(first, []).append(name)
        if not chosen:
            # Says what there is.
            return (self._reader.image_topic(),)
        return tuple(chosen.values())

    def _is_measured(self, topic: str) -> bool:
        """Tell whether the first message of a topic holds depth or the like."""
        raw = next(self._reader.raw_messages(topic), None)
        if raw is None:
            return False
        try:
            return is_measured(str(getattr(deserialize(raw), 'encoding', '')))
        except BagError:
            return False


def _unpacked(raw: RawMessage) -> RawMessage:
    """Undo the compression of single messages, which the file of the copy would not declare."""
    try:
        return replace(raw, data=unzstd_bytes(raw.data)) if raw.data.startswith(ZSTD) else raw
    except ZstdError as error:
        raise BagError(
            f'a message of {raw.topic} at {raw.log_time_ns} ns cannot be copied: {error}; leave '
            'its topic out of --copy'
        ) from error
