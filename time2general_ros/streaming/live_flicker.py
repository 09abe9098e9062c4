"""Flicker of one camera's masks while they are made, without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from time2general_ros.streaming.frame import Frame, Segmentation


class LiveFlicker:
    """One camera's estimate of the share of steady pixels whose class changes."""

    def update(self, segmentation: Segmentation, frame: Frame) -> float | None:
        """
        Compare an answer with the one before it.

        :returns: The share, 0 to 1; None if there is nothing to compare with.
        """
        return None
