"""Textures with prefiltered levels, and the noise that they are made of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.synthetic.random_streams import random_stream

Image = npt.NDArray[Any]


class Texture:
    """
    A picture for a surface, with coarser copies in each direction for distant or slanted views.

    The copies are halved separately in width and height ("ripmaps": McReynolds and Blythe,
    *Advanced Graphics Programming Using OpenGL*, 2005, section 14.6), so that a facade seen
    along the street neither shimmers nor loses its floors.

    :param colour: RGB, uint8 [h, w, 3].
    :param alpha: Coverage, uint8 [h, w]; a pixel is drawn where it exceeds one half.
    :param labels: Class ids, uint8 [h, w], of a texture with several classes.
    :param glow: Light that it gives off, RGB, uint8 [h, w, 3].
    """

    def __init__(
        self,
        colour: Image,
        alpha: Image | None = None,
        labels: Image | None = None,
        glow: Image | None = None,
    ) -> None:
        self.alpha = np.full(colour.shape[:2], 255, np.uint8) if alpha is None else alpha
        self.colour = colour
        self.labels = labels
        self.glow = glow
        self.size = (colour.shape[1], colour.shape[0])
        self._levels: dict[tuple[int, int], Texture] = {}

    def level(self, across: int, down: int) -> Texture:
        """
        Return the copy that is halved so many times in width and in height.

        Halving stops at one texel.
        """
        across = min(across, self.size[0].bit_length() - 1)
        down = min(down, self.size[1].bit_length() - 1)
        if across == 0 and down == 0:
            return self
        found = self._levels.get((across, down))
        if found is None:
            # Halving the next finer copy reads far fewer texels than starting from the whole.
            finer = self.level(across, down - 1) if down else self.level(across - 1, 0)
            found = finer._shrink(max(1, self.size[0] >> across), max(1, self.size[1] >> down))
            self._levels[across, down] = found
        return found

    def mirrored(self) -> Texture:
        """Return the texture with left and right exchanged."""

        def flip(plane: Image | None) -> Image | None:
            return None if plane is None else np.ascontiguousarray(plane[:, ::-1])

        colour = np.ascontiguousarray(self.colour[:, ::-1])
        return Texture(colour, flip(self.alpha), flip(self.labels), flip(self.glow))

    def _shrink(self, width: int, height: int) -> Texture:
        def area(plane: Image) -> Image:
            return cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)

        labels = self.labels
        if labels is not None:
            labels = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
        glow = None if self.glow is None else area(self.glow)
        return Texture(area(self.colour), area(self.alpha), labels, glow)


def bleed_colour(colour: Image, alpha: Image) -> Image:
    """
    Carry the colour of covered texels into the uncovered ones, so that no edge turns dark.

    :param colour: 0 to 255, [h, w, 3].
    :param alpha: uint8 [h, w].
    :returns: uint8 [h, w, 3].
    """
    if alpha.all():
        return colour.astype(np.uint8)
    weight = alpha.astype(np.float32)[..., None] / 255
    filled = colour * weight
    for size in (5, 31):
        spread = cv2.blur(weight, (size, size))[..., None]
        near = cv2.blur(filled, (size, size)) / np.maximum(spread, 1e-4)
        filled = filled + (1 - weight) * near * (spread > 1e-3)
        weight = np.maximum(weight, (spread > 1e-3).astype(np.float32))
    return np.clip(filled, 0, 255).astype(np.uint8)


def fractal_noise(
    rng: np.random.Generator,
    size: tuple[int, int],
    coarsest: int = 4,
    octaves: int = 5,
    decay: float = 0.65,
) -> Image:
    """
    Make tileable noise with structure at several scales.

    :param size: Height and width.
    :param coarsest: Number of cells of the coarsest octave along the longer side.
    :param decay: Amplitude of an octave as a share of that of the next coarser one.
    :returns: float32 [h, w], mean about 0, standard deviation 1.
    """
    height, width = size
    total = np.zeros(size, np.float32)
    longest = max(size)
    for octave in range(octaves):
        cells = coarsest << octave
        if cells > longest:
            break
        rows, columns = (max(1, round(cells * side / longest)) for side in size)
        grid = rng.standard_normal((rows, columns)).astype(np.float32)
        pad = 2
        grid = np.pad(grid, pad, mode='wrap')
        scaled_size = (
            round(width * (columns + 2 * pad) / columns),
            round(height * (rows + 2 * pad) / rows),
        )
        scaled = cv2.resize(grid, scaled_size, interpolation=cv2.INTER_CUBIC)
        top = round(height * pad / rows)
        left = round(width * pad / columns)
        total += scaled[top : top + height, left : left + width] * decay**octave
    deviation = float(total.std())
    scaled_noise: Image = (total - total.mean()) / max(deviation, 1e-6)
    return scaled_noise


def surface_noise(rng: np.random.Generator, size: tuple[int, int], grain: float = 0.5) -> Image:
    """
    Cut noise out of a sheet that all surfaces share, which is much faster than making it.

    :param size: Height and width, each at most 1024 to look irregular.
    :param grain: Amplitude of the part that differs from texel to texel.
    :returns: float32 [h, w], mean about 0, standard deviation about 1.
    """
    smooth, rough = _noise_sheets()
    side = smooth.shape[0]
    top, left = (int(rng.integers(max(1, side - count))) for count in size)
    rows, columns = (
        slice(start, start + count) for start, count in ((top, size[0]), (left, size[1]))
    )
    noise: Image = smooth[rows, columns] + np.float32(grain) * rough[rows, columns]
    if noise.shape != size:
        noise = np.pad(
            noise,
            [(0, full - part) for full, part in zip(size, noise.shape, strict=True)],
            mode='wrap',
        )
    return noise


@lru_cache(maxsize=1)
def _noise_sheets() -> tuple[Image, Image]:
    rng = random_stream(0, 'noise sheets')
    smooth = fractal_noise(rng, (1024, 1024), 14, octaves=7)
    return smooth, rng.standard_normal(smooth.shape).astype(np.float32)
