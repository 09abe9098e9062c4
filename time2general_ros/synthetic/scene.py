"""What stands in the world: flat pieces, pieces that face the camera, shadows and lamps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from time2general_ros.synthetic.texture import Image, Texture

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Surface:
    """
    What a piece looks like.

    :param label: Class id of the piece, unless its texture has labels of its own.
    :param solid: Whether it is seen from its front only.
    :param thin: Whether it is kept one pixel wide at a distance and then left out.
    """

    texture: Texture
    label: int
    solid: bool = False
    thin: bool = False
    tint: float = 1.0


@dataclass
class Scene:
    """
    A collection of pieces.

    A flat piece is its top left corner, its edge to the right and its edge down, as seen from
    its front. A board always faces the camera: foot, width and height.
    """

    quads: list[tuple[Vector, Vector, Vector]] = field(default_factory=list)
    quad_surfaces: list[Surface] = field(default_factory=list)
    boards: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    board_surfaces: list[Surface] = field(default_factory=list)
    shadows: list[tuple[Vector, Vector, Vector]] = field(default_factory=list)
    shadow_textures: list[Texture] = field(default_factory=list)
    lamps: list[tuple[Vector, Vector, float]] = field(default_factory=list)

    def add_quad(self, origin: Vector, right: Vector, down: Vector, surface: Surface) -> None:
        """Add a flat piece."""
        self.quads.append((origin, right, down))
        self.quad_surfaces.append(surface)

    def add_board(self, foot: Vector, width: float, height: float, surface: Surface) -> None:
        """Add a piece that faces the camera."""
        self.boards.append((*foot, width, height))
        self.board_surfaces.append(surface)

    def add_shadow(self, origin: Vector, right: Vector, down: Vector, texture: Texture) -> None:
        """Darken the ground where the coverage of a texture falls on it."""
        self.shadows.append((origin, right, down))
        self.shadow_textures.append(texture)

    def add_lamp(self, place: Vector, colour: Vector, radius: float) -> None:
        """Add a light that is seen glowing in the dark, ``radius`` metres wide."""
        self.lamps.append((place, colour, radius))

    def extend(self, scenes: Iterable[Scene]) -> None:
        """Take over the pieces of other scenes."""
        for other in scenes:
            self.quads += other.quads
            self.quad_surfaces += other.quad_surfaces
            self.boards += other.boards
            self.board_surfaces += other.board_surfaces
            self.shadows += other.shadows
            self.shadow_textures += other.shadow_textures
            self.lamps += other.lamps

    def quad_array(self) -> Image:
        """Return the flat pieces, float64 [N, 3 (origin, right, down), 3 (x, y, z)]."""
        return np.asarray(self.quads, np.float64).reshape(-1, 3, 3)

    def shadow_array(self) -> Image:
        """Return the shadows in the form of :meth:`quad_array`."""
        return np.asarray(self.shadows, np.float64).reshape(-1, 3, 3)
