"""
Blur of the lens and of motion, the same through a video.

Definitions and parameters: Hendrycks and Dietterich, ICLR 2019. Lengths are in pixels whatever the
size of the image, as in Michaelis et al. 2019, from whom Cityscapes-C is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.corruptions.effect import Effect, Stateless, VideoRandom

if TYPE_CHECKING:
    import numpy.typing as npt

GAUSSIAN_DEVIATION = (1, 2, 3, 4, 6)
# Radius of the disk, deviation of the blur that softens its border.
DEFOCUS = ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))
# Length, deviation of the weights along it.
MOTION = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))
LARGEST_TILT = 45.0


def gaussian_blur(severity: int, random: VideoRandom) -> Effect:
    """Blur with a Gaussian."""
    del random
    return Stateless(partial(blur, deviation=GAUSSIAN_DEVIATION[severity - 1]))


def defocus_blur(severity: int, random: VideoRandom) -> Effect:
    """Blur with a disk: out of focus."""
    del random
    return Stateless(partial(_filter, kernel=disk(*DEFOCUS[severity - 1])))


def motion_blur(severity: int, random: VideoRandom) -> Effect:
    """Blur along a line, whose direction is drawn for each video: a camera that turns."""
    length, deviation = MOTION[severity - 1]
    angle = random.of_video().uniform(-LARGEST_TILT, LARGEST_TILT)
    return Stateless(partial(_filter_one_sided, kernel=streak(length, deviation, angle)))


def blur(image: npt.NDArray[np.uint8], deviation: float) -> npt.NDArray[np.uint8]:
    """Blur an image of any number of channels with a Gaussian."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), deviation), np.uint8)


def disk(radius: int, softness: float) -> npt.NDArray[np.float32]:
    """
    Make the kernel of a lens out of focus.

    :returns: float32 [N, N], N odd; the sum is 1.
    """
    reach = radius + 2
    axis = np.arange(-reach, reach + 1)
    inside = (axis**2 + axis[:, None] ** 2 <= radius**2).astype(np.float32)
    kernel = cv2.GaussianBlur(inside, (5, 5), softness, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(kernel / kernel.sum(), np.float32)


def streak(length: int, deviation: float, angle: float) -> npt.NDArray[np.float32]:
    """
    Make the kernel of a motion that was fast at first: half a Gaussian along a line.

    :param length: Half of the number of steps, as ImageMagick counts.
    :param angle: Degrees from the x axis towards the y axis, which points down.
    :returns: float32 [N, N], N odd; the sum is 1.
    """
    steps = np.arange(2 * length + 1)
    weights = np.exp(-0.5 * (steps / deviation) ** 2)
    radians = np.radians(angle)
    # Weights past three deviations are next to nothing and would make the kernel large.
    steps, weights = steps[steps <= 3 * deviation], weights[steps <= 3 * deviation]
    reach = int(steps[-1])
    columns = np.rint(steps * np.cos(radians)).astype(np.intp) + reach
    rows = np.rint(steps * np.sin(radians)).astype(np.intp) + reach
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    np.add.at(kernel, (rows, columns), weights / weights.sum())
    return kernel


def _filter(
    image: npt.NDArray[np.uint8], kernel: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.filter2D(image, -1, kernel), np.uint8)


def _filter_one_sided(
    image: npt.NDArray[np.uint8], kernel: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    """Filter with a kernel most of whose rows and columns are empty."""
    height, width = image.shape[:2]
    reach = len(kernel) // 2
    rows, columns = (np.flatnonzero(kernel.any(axis=axis)) for axis in (1, 0))
    top, bottom, left, right = rows[0], rows[-1], columns[0], columns[-1]
    padded = cv2.copyMakeBorder(image, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
    seen = np.asarray(padded, np.uint8)[top : bottom + height, left : right + width]
    # OpenCV 5.0 is wrong in the last rows of large images where the anchor is not the centre.
    filtered = _filter(seen, kernel[top : bottom + 1, left : right + 1])
    row, column = (bottom + 1 - top) // 2, (right + 1 - left) // 2
    return np.ascontiguousarray(filtered[row : row + height, column : column + width])
