"""The masks of single frames, out of the recording that a replay wrote."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.bags.images import BagFrame, TopicImages
from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from time2general_ros.bags.reader import BagReader

    Ids = npt.NDArray[np.uint8]

# What topics of compressed masks end in.
PACKED = '/compressed'


def mask_name(topic: Mapping[str, Any], mode: str | None = None) -> str:
    """
    Name the masks of a topic of ``results.json``, without the ending of compressed ones.

    :param mode: The memory mode; None for the main one.
    """
    name: str = topic['mask_topic'].removesuffix(PACKED)
    return name if mode is None else f'{name}_memory_{mode}'


def packed_name(reader: BagReader, name: str) -> str:
    """Name the topic in which masks lie: with the ending, if they are compressed there."""
    return name + PACKED if name + PACKED in reader.topics else name


def read_masks(
    reader: BagReader, name: str, places: Sequence[int], wanted: Container[int]
) -> Iterator[Ids]:
    """
    Read some of the masks of one camera in one memory mode, in order.

    :param reader: Of ``masks.mcap``.
    :param name: Their topic, without the ending of compressed ones.
    :param places: Of all frames that have a mask, in order.
    :param wanted: Those of them that are read.
    :returns: Class ids, uint8 [H, W] each.
    :raises Time2GeneralError: if they are not all there.
    """
    images = TopicImages()
    raws = reader.raw_messages(packed_name(reader, name))
    for place, raw in zip_longest(places, raws):
        if place is None or raw is None:
            raise _damaged(reader, name)
        for item in images.take(raw, wanted=place in wanted):
            if not isinstance(item, BagFrame):
                raise _damaged(reader, name)
            yield np.ascontiguousarray(item.image[..., 0])


def _damaged(reader: BagReader, name: str) -> ReplayError:
    return ReplayError(
        f'{reader.path} does not hold all masks of {name}: replay again with another --out, or '
        f'remove {reader.path.parent}'
    )
