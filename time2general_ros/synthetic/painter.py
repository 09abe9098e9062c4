"""Drawing of textures in metres."""

from __future__ import annotations

from collections.abc import Sequence
import itertools

import cv2
import numpy as np

from time2general_ros.synthetic.texture import Image, Texture, bleed_colour, surface_noise

Colour = tuple[float, float, float]
Point = tuple[float, float]
_SHIFT = 4


class Painter:
    """
    A sheet with its origin at the bottom left, in metres, painted at twice its final resolution.

    :param width: Width in metres.
    :param height: Height in metres.
    :param density: Texels per metre of the finished texture.
    """

    def __init__(self, width: float, height: float, density: float) -> None:
        self._scale = 2 * density
        self._size = (
            2 * max(2, round(width * density)),
            2 * max(2, round(height * density)),
        )
        self.colour = np.zeros((self._size[1], self._size[0], 3), np.uint8)
        self.alpha = np.zeros(self.colour.shape[:2], np.uint8)
        self._labels: Image | None = None
        self._glow: Image | None = None

    def polygon(
        self,
        points: Sequence[Point],
        colour: Colour,
        label: int | None = None,
        glow: Colour | None = None,
    ) -> None:
        """Fill a polygon; a label or glow applies to the covered texels."""
        corners = np.asarray([self._texel(point) for point in points], np.int32)
        for plane, value in self._planes(colour, label, glow):
            cv2.fillPoly(plane, [corners], value, shift=_SHIFT)

    def box(
        self,
        left: float,
        bottom: float,
        right: float,
        top: float,
        colour: Colour,
        label: int | None = None,
        glow: Colour | None = None,
    ) -> None:
        """Fill a rectangle."""
        points = [(left, bottom), (right, bottom), (right, top), (left, top)]
        self.polygon(points, colour, label, glow)

    def line(
        self, start: Point, end: Point, width: float, colour: Colour, label: int | None = None
    ) -> None:
        """Draw a stroke with round ends, ``width`` metres thick."""
        thickness = max(1, round(width * self._scale))
        for plane, value in self._planes(colour, label, None):
            cv2.line(plane, self._texel(start), self._texel(end), value, thickness, shift=_SHIFT)

    def ellipse(
        self,
        centre: Point,
        radii: Point,
        colour: Colour,
        label: int | None = None,
        glow: Colour | None = None,
    ) -> None:
        """Fill an upright ellipse."""
        points = [
            (centre[0] + radii[0] * np.cos(turn), centre[1] + radii[1] * np.sin(turn))
            for turn in np.linspace(0, 2 * np.pi, 25)[:-1]
        ]
        self.polygon(points, colour, label, glow)

    def ring(
        self, centre: Point, radii: Point, width: float, colour: Colour, label: int | None = None
    ) -> None:
        """Draw the outline of an upright ellipse."""
        turns = np.linspace(0, 2 * np.pi, 25)
        points = [
            (
                centre[0] + radii[0] * float(np.cos(turn)),
                centre[1] + radii[1] * float(np.sin(turn)),
            )
            for turn in turns
        ]
        for start, end in itertools.pairwise(points):
            self.line(start, end, width, colour, label)

    def erase(self, points: Sequence[Point]) -> None:
        """Make a polygon transparent again."""
        corners = np.asarray([self._texel(point) for point in points], np.int32)
        cv2.fillPoly(self.alpha, [corners], 0, shift=_SHIFT)

    def finish(self, rng: np.random.Generator, grain: float = 0.05) -> Texture:
        """
        Make the texture.

        :param grain: Strength of the unevenness of its colours.
        """
        size = (self._size[0] // 2, self._size[1] // 2)
        alpha = cv2.resize(self.alpha, size, interpolation=cv2.INTER_AREA)
        covered = cv2.copyTo(self.colour, self.alpha)
        mixed = cv2.resize(covered, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        mixed *= (255 / np.maximum(alpha, 1).astype(np.float32))[..., None]
        filled = np.where(alpha > 0, 255, 0).astype(np.uint8)
        colour = bleed_colour(np.clip(mixed, 0, 255), filled).astype(np.float32)
        colour *= (1 + grain * surface_noise(rng, (size[1], size[0])))[..., None]
        labels, glow = self._labels, self._glow
        if labels is not None:
            labels = np.ascontiguousarray(labels[1::2, 1::2])
        if glow is not None:
            glow = cv2.resize(glow, size, interpolation=cv2.INTER_AREA)
        return Texture(np.clip(colour, 0, 255).astype(np.uint8), alpha, labels, glow)

    def _texel(self, point: Point) -> tuple[int, int]:
        one = 1 << _SHIFT
        column = round((point[0] * self._scale - 0.5) * one)
        return column, round((self._size[1] - point[1] * self._scale - 0.5) * one)

    def _planes(
        self, colour: Colour, label: int | None, glow: Colour | None
    ) -> list[tuple[Image, tuple[float, ...]]]:
        planes: list[tuple[Image, tuple[float, ...]]] = [
            (self.colour, colour),
            (self.alpha, (255,)),
        ]
        if label is not None:
            if self._labels is None:
                self._labels = np.full(self.alpha.shape, label, np.uint8)
            planes.append((self._labels, (label,)))
        if glow is not None and self._glow is None:
            self._glow = np.zeros_like(self.colour)
        if self._glow is not None:
            planes.append((self._glow, glow or (0, 0, 0)))
        return planes
