"""How pixel values are scaled for the network: the statistics of ImageNet, in grey values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


def normalised(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Scale RGB images, uint8 [..., 3], for the network: float32 of the same shape."""
    scaled = (images - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return np.asarray(scaled, np.float32)
