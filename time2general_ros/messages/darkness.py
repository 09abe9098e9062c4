"""Images that show next to nothing, most likely because their samples were read too dark."""

from __future__ import annotations

import numpy as np

from time2general_ros.messages.picture import RgbImage

# White of a camera that fills 12 of 16 bits is 16 of 255.
BLACK = 16
# Fewer brighter pixels may be faults of the sensor.
BRIGHT_SHARE = 0.01
# So many pixels of a side tell enough.
_GRID = 64
REMEDY = (
    'if the camera fills only the low 10 or 12 bits of 16-bit samples, say so with {option}; else '
    'check its exposure and lens'
)


def is_nearly_black(image: RgbImage) -> bool:
    """
    Tell whether at most 1 % of the pixels of an image are brighter than 16 of 255.

    :param image: RGB, uint8 [H, W, 3]; only a grid of at most 128x128 of its pixels is looked at.
    """
    height, width, _ = image.shape
    grid = image[:: max(1, height // _GRID), :: max(1, width // _GRID)]
    return float(np.mean(grid.max(axis=2) > BLACK)) <= BRIGHT_SHARE
