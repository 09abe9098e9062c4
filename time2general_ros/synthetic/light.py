"""Sun and sky, and how bright they make each surface."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.texture import Image


@dataclass(frozen=True)
class Light:
    """
    The light of a scene.

    :param sun: Unit vector towards the sun, float64 [3].
    :param ambient: Brightness of a surface in shade.
    :param direct: What the sun adds to a surface that faces it.
    """

    sun: Image
    ambient: float
    direct: float

    def shade(self, normals: Image) -> Image:
        """
        Return the brightness of surfaces.

        :param normals: Unit vectors, float64 [N, 3].
        :returns: float64 [N].
        """
        facing = np.maximum(normals @ self.sun, 0)
        brightness: Image = self.ambient * (0.85 + 0.15 * normals[:, 1]) + self.direct * facing
        return brightness

    @property
    def shadow_strength(self) -> float:
        """How much of the ground's brightness a full shadow takes away."""
        ground = self.direct * float(self.sun[1])
        return ground / (self.ambient + ground)

    @property
    def shadow_step(self) -> tuple[float, float]:
        """Where the shadow of a point 1 m high falls: metres in x and z."""
        return -float(self.sun[0] / self.sun[1]), -float(self.sun[2] / self.sun[1])


def plan_light(seed: int, overcast: bool, low: bool) -> Light:
    """
    Place the sun of a seed.

    :param overcast: Whether clouds take the direct light away.
    :param low: Whether the sun is near the horizon.
    """
    rng = random_stream(seed, 'sun')
    azimuth = float(rng.uniform(-math.pi, math.pi))
    height = float(rng.uniform(0.45, 1.1))
    haze = float(rng.uniform(0, 1))
    height = 0.3 if low else height
    sun = np.array(
        [
            math.cos(height) * math.sin(azimuth),
            math.sin(height),
            math.cos(height) * math.cos(azimuth),
        ]
    )
    if overcast:
        return Light(sun, 0.95, 0.12)
    ambient = 0.5 + 0.38 * haze**2
    return Light(sun, ambient, (1.16 - ambient) / max(float(sun[1]), 0.55))
