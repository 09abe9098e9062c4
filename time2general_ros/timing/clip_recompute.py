"""What streaming saves: all frames of a clip through the network again, for every answer."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.streaming.engines.engine import EMPTY, new_images
from time2general_ros.timing.camera import FRAME_NS
from time2general_ros.timing.frame_path import RoundTimes

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.streaming.engines.engine import Engine

# The clip of Time2General (arXiv 2602.09648).
CLIP = 5


def noise_images(engine: Engine) -> npt.NDArray[np.float32]:
    """Draw the images of a clip: float32 [CLIP, 3, H, W]."""
    images = new_images(engine, CLIP)
    images[:] = np.random.default_rng(0).standard_normal(images.shape, np.float32)
    return images


class ClipOneByOne:
    """
    Five steps for one answer, from an empty memory, each reading what the ones before left.

    The last gives what streaming would have given. Images count as prepared already.

    :param cameras: How many answers one run gives, one after the other.
    """

    how = 'five steps one after the other'

    def __init__(self, engine: Engine, cameras: int) -> None:
        self._engine = engine
        self._cameras = cameras
        self._slots = engine.model.slots
        self._bank = engine.new_bank()
        self._images = noise_images(engine)

    def run(self) -> RoundTimes:
        """Give one answer per camera."""
        M = self._slots
        began = perf_counter()
        for _ in range(self._cameras):
            for number in range(CLIP):
                places = [(number - back) % M for back in range(1, min(number, M) + 1)]
                age_s, valid = np.zeros((2, 1, M), np.float32)
                age_s[0, places] = np.arange(1, len(places) + 1) * FRAME_NS / 1e9
                valid[0, places] = 1
                image = self._images[number : number + 1]
                self._engine.step(image, [self._bank], age_s, valid, [number % M])
        return RoundTimes(0.0, 1e3 * (perf_counter() - began), 0.0)


class ClipAtOnce:
    """
    One step over a batch of five frames for one answer, none reading another.

    Less than a decoder of clips has to do, which is to join the five as well.

    :param engine: One that serves five cameras at once.
    :param cameras: How many answers one run gives, one after the other.
    """

    how = 'one batch of five'

    def __init__(self, engine: Engine, cameras: int) -> None:
        self._engine = engine
        self._cameras = cameras
        self._banks = [engine.new_bank() for _ in range(CLIP)]
        self._ages = np.zeros((CLIP, engine.model.slots), np.float32)
        self._images = noise_images(engine)

    def run(self) -> RoundTimes:
        """Give one answer per camera."""
        began = perf_counter()
        for _ in range(self._cameras):
            self._engine.step(self._images, self._banks, self._ages, self._ages, [EMPTY] * CLIP)
        return RoundTimes(0.0, 1e3 * (perf_counter() - began), 0.0)
