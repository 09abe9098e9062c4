"""What every source of a replay offers, whatever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.bags.channel import Channel
    from time2general_ros.bags.storages.storage import RawMessage
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.streaming.frame import Frame


@dataclass(frozen=True)
class Picture:
    """
    One image of a source, or what became of it.

    :param topic: The image topic, which is the camera's key too.
    :param message: Number within the topic of the whole recording, from 0.
    :param stamp_ns: Header stamp; None if it could not be read.
    :param frame: None if the image is refused.
    :param refused: Why, as a short key to count by, and in words.
    :param labels: Ids of the source's label set, uint8 [H, W], 255 = void; None without any.
    :param video: Number of the video within the topic; memory is empty at the start of each.
    :param name: Of its file, if it is one.
    """

    topic: str
    message: int
    log_time_ns: int
    stamp_ns: int | None
    frame: Frame | None
    refused: tuple[str, str] | None = None
    labels: npt.NDArray[np.uint8] | None = None
    video: int = 0
    name: str | None = None
    decode_ms: float = 0.0


@dataclass(frozen=True)
class Copied:
    """
    A message that goes into the output as it is.

    :param topic: Where it goes.
    """

    topic: str
    raw: RawMessage


def is_chosen(number: int, skip: int, only: Container[int] | None) -> bool:
    """Tell whether :meth:`Source.items` gives an image."""
    return number >= skip and (only is None or number in only)


class Source(Protocol):
    """A recording that is open for reading; a context manager."""

    name: str
    path: str
    topics: Sequence[str]

    @property
    def kind(self) -> str:
        """What it is: ``bag``, ``video``, ``images`` or ``data``."""

    @property
    def note(self) -> str | None:
        """What must be known beside any figure on it."""

    @property
    def channels(self) -> Sequence[Channel]:
        """What :class:`Copied` messages are."""

    @property
    def label_set(self) -> LabelSet | None:
        """The classes of the labels; None if there are no labels."""

    @property
    def total(self) -> int:
        """About how many images will come."""

    @property
    def duration_s(self) -> float | None:
        """How long the recording is, whatever part of it is read; None if it does not say."""

    @property
    def has_clock(self) -> bool:
        """Whether stamps are right by themselves; else log times serve where they are missing."""

    @property
    def first_ns(self) -> int:
        """Log time of the beginning of the recording."""

    @property
    def damage(self) -> str | None:
        """What is wrong with the recording; complete once all items have been taken."""

    def fingerprint(self) -> str:
        """Return the SHA-256 of all that the images come from."""

    def items(
        self, skip: int = 0, only: Container[int] | None = None
    ) -> Iterator[Picture | Copied]:
        """
        Read the images in order of time.

        :param skip: How many images are left out, with all that comes before them.
        :param only: Numbers of the images that are wanted, in this order from 0, and no copies.
        """

    def close(self) -> None:
        """Release the files."""
