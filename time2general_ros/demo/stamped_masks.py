"""Masks of a bag, looked up by the stamp of their frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from time2general_ros.bags.images import usable_frames
from time2general_ros.bags.reader import BagReader


class StampedMasks:
    """
    Step through a topic of single-channel images in the order of their stamps.

    :raises BagError: if the topic does not exist.
    """

    def __init__(self, bag: BagReader, topic: str) -> None:
        self._frames = usable_frames(bag, topic)
        self._next = next(self._frames, None)

    def at(self, stamp_ns: int) -> npt.NDArray[np.uint8] | None:
        """
        Find the image of a stamp; stamps have to be asked for in ascending order.

        :returns: uint8 [H, W]; None if there is no image of that stamp.
        """
        while self._next is not None and self._next.stamp_ns < stamp_ns:
            self._next = next(self._frames, None)
        if self._next is None or self._next.stamp_ns != stamp_ns:
            return None
        return np.ascontiguousarray(self._next.image[..., 0])
