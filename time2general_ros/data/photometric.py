"""Change of style and sensor: constant over a clip, with a small jitter from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True)
class Style:
    """
    One look of a camera.

    :param tone: Lookup tables per channel, uint8 [256, 3].
    :param saturation: 0 is grey, 1 leaves colours as they are.
    :param blur: Standard deviation in pixels, 0 for none.
    :param noise: Standard deviation in grey values.
    :param haze: Share of ``haze_colour`` mixed in at the horizon, fading downwards.
    """

    tone: npt.NDArray[np.uint8]
    saturation: float
    blur: float
    noise: float
    haze: float
    haze_colour: float

    def apply(
        self, image: npt.NDArray[np.uint8], rng: np.random.Generator
    ) -> npt.NDArray[np.uint8]:
        """Develop one frame [H, W, 3]; the generator draws its own jitter and noise."""
        gain = np.clip(np.arange(256) * rng.normal(1, 0.02) + rng.normal(0, 2), 0, 255)
        out = cv2.LUT(image, self.tone[gain.astype(np.uint8)][None])
        if self.saturation != 1:
            grey = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            out = cv2.addWeighted(out, self.saturation, grey, 1 - self.saturation, 0)
        if self.haze:
            fade = np.linspace(self.haze, self.haze * 0.2, out.shape[0])[:, None, None]
            out = (out * (1 - fade) + self.haze_colour * fade).astype(np.uint8)
        if self.blur:
            out = cv2.GaussianBlur(out, (0, 0), self.blur)
        if self.noise:
            field = np.empty(out.shape, np.int16)
            cv2.setRNGSeed(int(rng.integers(2**31)))
            cv2.randn(field, np.zeros(3), np.full(3, self.noise))
            out = cv2.add(out, field, dtype=cv2.CV_8U)
        return np.asarray(out, np.uint8)


def draw_style(rng: np.random.Generator, strength: float = 1.0) -> Style:
    """
    Draw a look.

    :param strength: 0 changes next to nothing, 1 is the range used for training.
    """
    levels = np.linspace(0, 1, 256)[:, None]
    gamma = np.exp(rng.normal(0, 0.3 * strength))
    contrast = np.exp(rng.normal(0, 0.25 * strength))
    shift = rng.normal(0, 0.08 * strength)
    tint = np.exp(rng.normal(0, 0.08 * strength, 3))
    curve = ((levels**gamma - 0.5) * contrast + 0.5 + shift) * tint
    return Style(
        tone=(np.clip(curve, 0, 1) * 255).astype(np.uint8),
        saturation=float(np.clip(rng.normal(1, 0.35 * strength), 0, 1.8)),
        blur=float(rng.uniform(0.4, 1.4)) if rng.random() < 0.2 * strength else 0.0,
        noise=float(rng.exponential(5 * strength)) if rng.random() < 0.5 * strength else 0.0,
        haze=float(rng.uniform(0.1, 0.6)) if rng.random() < 0.12 * strength else 0.0,
        haze_colour=float(rng.uniform(120, 250)),
    )
