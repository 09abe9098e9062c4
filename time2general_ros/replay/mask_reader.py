"""The masks of single frames, out of the recording that a replay wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.bags.images import BagFrame, TopicImages

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    import numpy.typing as npt

    from time2general_ros.bags.reader import BagReader

    Ids = npt.NDArray[np.uint8]


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
    """
    packed = f'{name}/compressed'
    images = TopicImages()
    for place, raw in zip(
        places, reader.raw_messages(packed if packed in reader.topics else name), strict=True
    ):
        for item in images.take(raw, wanted=place in wanted):
            assert isinstance(item, BagFrame)
            yield np.ascontiguousarray(item.frame.image[..., 0])
