"""
Frosted glass before the lens: pixels change places with their neighbours.

Definition and parameters: Hendrycks and Dietterich, ICLR 2019. There pixels are swapped one after
the other; here each fetches a neighbour, all at once, so that a frame costs one look-up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.corruptions.blur import blur

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.corruptions.effect import VideoRandom

# Deviation of the blur before and after, largest step to each side, number of rounds.
GLASS = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))


class GlassBlur:
    """One pane through a whole video; see :class:`~.effect.Effect`."""

    def __init__(self, severity: int, random: VideoRandom) -> None:
        self._deviation, self._reach, self._rounds = GLASS[severity - 1]
        self._random = random
        self._sources = lru_cache(maxsize=1)(self._draw_sources)

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """Corrupt a frame."""
        del index
        sources = self._sources(*image.shape[:2])
        softened = blur(image, self._deviation)
        # Maps of whole pixels have no second part.
        moved = cv2.remap(softened, sources, None, cv2.INTER_NEAREST)  # type: ignore[call-overload]
        return blur(np.asarray(moved, np.uint8), self._deviation)

    def _draw_sources(self, height: int, width: int) -> npt.NDArray[np.int16]:
        """Draw the column and row that each pixel is fetched from, int16 [H, W, 2]."""
        random = self._random.of_video()
        rows, columns = np.indices((height, width))
        y, x = rows, columns
        for _ in range(self._rounds):
            steps = random.integers(-self._reach, self._reach + 1, (2, height, width))
            near_rows = np.clip(rows + steps[0], 0, height - 1)
            near_columns = np.clip(columns + steps[1], 0, width - 1)
            y, x = y[near_rows, near_columns], x[near_rows, near_columns]
        return np.stack([x, y], axis=-1).astype(np.int16)
