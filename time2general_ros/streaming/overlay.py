"""The camera image tinted with the colours of its classes."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.pixels import translate


def blend_overlay(
    image: npt.NDArray[np.uint8],
    class_ids: npt.NDArray[np.uint8],
    colours: npt.NDArray[np.uint8],
    alpha: float,
) -> npt.NDArray[np.uint8]:
    """
    Tint an image by class; unlabelled pixels keep the colour they have.

    :param image: RGB, uint8 [H, W, 3].
    :param class_ids: uint8 [H, W]; 255 is unlabelled.
    :param colours: RGB, uint8 [256, 3], by class id.
    :param alpha: Share of the class colour, 0 to 1.
    :returns: RGB, uint8 [H, W, 3].
    """
    # Channel by channel: a table of three channels is several times as slow.
    tint = cv2.merge([translate(class_ids, np.ascontiguousarray(table)) for table in colours.T])
    tinted = cv2.addWeighted(tint, alpha, image, 1.0 - alpha, 0.0)
    cv2.copyTo(image, (class_ids == UNLABELLED).view(np.uint8), tinted)
    return np.asarray(tinted, np.uint8)
