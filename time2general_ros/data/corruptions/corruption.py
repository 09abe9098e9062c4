"""A corruption by name and severity, and what it makes of a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.corruptions.blur import defocus_blur, gaussian_blur, motion_blur
from time2general_ros.data.corruptions.digital import (
    brightness,
    contrast,
    jpeg_compression,
    saturate,
)
from time2general_ros.data.corruptions.effect import VideoRandom
from time2general_ros.data.corruptions.fog import Fog
from time2general_ros.data.corruptions.frost import Frost
from time2general_ros.data.corruptions.glass import GlassBlur
from time2general_ros.data.corruptions.noise import (
    gaussian_noise,
    impulse_noise,
    shot_noise,
    speckle_noise,
)
from time2general_ros.data.corruptions.snow import Snow
from time2general_ros.data.corruptions.spatter import Spatter
from time2general_ros.errors import Time2GeneralError

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.corruptions.effect import Effect, EffectMaker

# In the order of the protocol: blur, noise, digital, weather (Ding et al., HGFormer, CVPR 2023).
CORRUPTIONS: dict[str, EffectMaker] = {
    'motion_blur': motion_blur,
    'defocus_blur': defocus_blur,
    'glass_blur': GlassBlur,
    'gaussian_blur': gaussian_blur,
    'gaussian_noise': gaussian_noise,
    'impulse_noise': impulse_noise,
    'shot_noise': shot_noise,
    'speckle_noise': speckle_noise,
    'brightness': brightness,
    'contrast': contrast,
    'saturate': saturate,
    'jpeg_compression': jpeg_compression,
    'snow': Snow,
    'spatter': Spatter,
    'fog': Fog,
    'frost': Frost,
}
SEVERITIES = (1, 2, 3, 4, 5)


class CorruptionError(Time2GeneralError):
    """There is no such corruption, or it cannot be applied to such an image."""


@dataclass(frozen=True)
class Corruption:
    """
    One corruption at one severity, the same through every video.

    :param name: One of :data:`CORRUPTIONS`.
    :param severity: One of :data:`SEVERITIES`.
    :param seed: Not negative; with the name of the video it decides all that is random.
    :raises CorruptionError: if there is no such corruption.
    """

    name: str
    severity: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.name not in CORRUPTIONS:
            known = ', '.join(CORRUPTIONS)
            raise CorruptionError(f'there is no corruption {self.name!r}; there are: {known}')
        if self.severity not in SEVERITIES:
            known = ', '.join(map(str, SEVERITIES))
            raise CorruptionError(
                f'{self.name} has no severity {self.severity!r}; there are: {known}'
            )
        if self.seed < 0:
            raise CorruptionError(f'seed {self.seed} is negative; give a whole number from 0')

    def __str__(self) -> str:
        return f'{self.name}:{self.severity}'

    def start_video(self, name: str = '') -> CorruptedVideo:
        """Begin a video; its name decides what is random in it."""
        return CorruptedVideo(
            CORRUPTIONS[self.name](self.severity, VideoRandom(self.seed, self.name, name))
        )


def parse_corruption(text: str, seed: int = 0) -> Corruption:
    """
    Read a corruption such as ``fog:3``.

    :raises CorruptionError: if there is no such corruption.
    """
    name, _, severity = text.partition(':')
    if severity.isdecimal():
        return Corruption(name, int(severity), seed)
    known = ', '.join(CORRUPTIONS)
    raise CorruptionError(
        f'{text!r} is not of the form NAME:SEVERITY with a severity from 1 to 5; '
        f'names are: {known}'
    )


class CorruptedVideo:
    """What a corruption makes of the frames of one video."""

    def __init__(self, effect: Effect) -> None:
        self._effect = effect

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """
        Corrupt a frame; the same image and number give the same pixels in any order of calls.

        :param image: RGB or grey, uint8 [H, W, 3] or [H, W]; not changed.
        :param index: Number of the frame in its video, from 0.
        :returns: uint8 of the same shape.
        :raises CorruptionError: if it is no such image.
        """
        if image.dtype != np.uint8 or image.ndim < 2 or image.shape[2:] not in ((), (3,)):
            raise CorruptionError(
                f'cannot corrupt an image of {image.dtype} {list(image.shape)}; '
                f'give uint8 [H, W, 3] or [H, W]'
            )
        if not image.size:
            raise CorruptionError(f'an image of size {list(image.shape)} has no pixels')
        if image.ndim == 2:
            rgb = self._effect.apply(np.stack([image] * 3, axis=-1), index)
            return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        return self._effect.apply(np.ascontiguousarray(image), index)
