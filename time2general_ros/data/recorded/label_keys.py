"""Which label images of a bag belong to which images: those of the same time."""

from __future__ import annotations

from itertools import chain, groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

Label = TypeVar('Label')
# A stamp and 0, or 0 and a log time: the two are often of one clock, and must not meet.
Key = tuple[int, int]


def keyed_labels(labels: Iterable[tuple[int, int, Label]]) -> Iterator[tuple[Key, int, Label]]:
    """
    Tell by which time the label images of a topic are found.

    That is their stamp, or their log time if the stamp is zero or that of a neighbour. Reads one
    label image ahead.

    :param labels: Stamps and log times, with what stands for a label image; in order.
    :returns: The key in place of the stamp.
    """
    for stamp_ns, equal in groupby(labels, key=itemgetter(0)):
        head = [*islice(equal, 2)]
        is_told = stamp_ns != 0 and len(head) == 1
        for _, log_time_ns, label in chain(head, equal):
            yield (stamp_ns, 0) if is_told else (0, log_time_ns), log_time_ns, label


def key_of_image(stamp_ns: int, log_time_ns: int, keys: Container[Key]) -> Key | None:
    """
    Tell by which time an image finds its labels.

    :param keys: Those of :func:`keyed_labels`.
    :returns: None if it has no labels.
    """
    # Labels made for an image without a stamp may be stamped with its log time.
    tried = ((stamp_ns or log_time_ns, 0), (0, log_time_ns))
    return next((key for key in tried if key in keys), None)
