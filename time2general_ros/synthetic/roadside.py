"""Placing of things along the road."""

from __future__ import annotations

import math

from time2general_ros.synthetic.classes import BUILDING, VEGETATION
from time2general_ros.synthetic.facades import House
from time2general_ros.synthetic.library import LENGTH, POLE_WIDTH, Library
from time2general_ros.synthetic.light import Light
from time2general_ros.synthetic.motion import Centreline
from time2general_ros.synthetic.scene import Scene, Surface, Vector
from time2general_ros.synthetic.texture import Texture
from time2general_ros.synthetic.vehicles import place_vehicle

_HOUSE_DEPTH = 9.0


class Roadside:
    """
    Adds things to a scene at a distance along the road and an offset from its centreline.

    :param light: Decides where shadows fall.
    """

    def __init__(self, centreline: Centreline, library: Library, light: Light) -> None:
        self.centreline = centreline
        self.library = library
        self._light = light

    def point(self, along: float, offset: float, height: float = 0.0) -> Vector:
        """Return a place in the world."""
        return self.centreline.lateral(along) + offset, height, along

    def row(
        self, scene: Scene, span: tuple[float, float], offset: float, kind: str, label: int
    ) -> None:
        """Add panels end to end; ``offset`` is negative on the left."""
        start, end = span
        count = max(1, round((end - start) / LENGTH))
        step = (end - start) / count
        for piece in range(count):
            near = start + piece * step
            texture, height = self.library.panel(kind, round(near / LENGTH))
            quad = self._upright((near, near + step), offset, 0, height)
            scene.add_quad(*quad, Surface(texture, label))

    def house(
        self, scene: Scene, house: House, span: tuple[float, float], offset: float, tint: float
    ) -> None:
        """Add a building whose front is at ``offset``."""
        side = 1 if offset > 0 else -1
        front = self._upright(span, offset, 0, house.height)
        scene.add_quad(*front, Surface(house.front, BUILDING, solid=True, tint=tint))
        x, _, z = self.point(span[0], offset)
        top = house.height + house.ridge
        left = x if side > 0 else x - _HOUSE_DEPTH
        scene.add_quad(
            (left, top, z),
            (_HOUSE_DEPTH, 0, 0),
            (0, -top, 0),
            Surface(house.side, BUILDING, solid=True, tint=tint),
        )
        if house.ridge:
            (ox, oy, oz), right, _ = front
            back = side * _HOUSE_DEPTH / 2
            scene.add_quad(
                (ox + back, oy + house.ridge, oz),
                right,
                (-back, -house.ridge, 0),
                Surface(house.roof, BUILDING, tint=tint),
            )
        self._cast(scene, span, offset, house.height)

    def tree(self, scene: Scene, place: Vector, height: float, number: int) -> None:
        """Add a tree."""
        texture = self.library.single('tree', number)
        scene.add_board(place, height / 1.3, height, Surface(texture, VEGETATION))
        step_x, step_z = self._light.shadow_step
        self.blob(
            scene,
            (place[0] + 0.6 * height * step_x, 0, place[2] + 0.6 * height * step_z),
            (height * 0.36, height * 0.36),
        )

    def post(self, scene: Scene, place: Vector, height: float, label: int, width: float) -> None:
        """Add a post."""
        texture = self.library.single('pole', 0)
        surface = Surface(texture, label, thin=True)
        scene.add_board(place, width or POLE_WIDTH, height, surface)

    def vehicle(
        self, scene: Scene, kind: str, number: int, along: float, offset: float, turned: bool
    ) -> None:
        """Add a vehicle that points along the road, or against it."""
        shape, faces = self.library.vehicle(kind, number)
        heading = self.centreline.heading(along)
        place = self.point(along, offset)
        place_vehicle(scene, shape, faces, place, heading + (math.pi if turned else 0.0))
        size = (shape.width / 2 + 0.25, shape.length / 2 + 0.3)
        self.blob(scene, place, size, 'sharp shadow')
        step_x, step_z = self._light.shadow_step
        cast = (place[0] + step_x * shape.height / 2, 0, place[2] + step_z * shape.height / 2)
        self.blob(scene, cast, size, 'sharp shadow')
        ahead = 1 if not turned else -1
        glow = (255.0, 244, 215)
        for x in (-0.32, 0.32):
            if turned:
                lamp = self.point(along + ahead * shape.length / 2, offset + x * shape.width)
                scene.add_lamp((lamp[0], 0.7, lamp[2] - 0.05), glow, 0.5)
            else:
                lamp = self.point(along - shape.length / 2, offset + x * shape.width)
                scene.add_lamp((lamp[0], 0.75, lamp[2] - 0.05), (220.0, 20, 12), 0.22)

    def blob(
        self,
        scene: Scene,
        place: Vector,
        radii: tuple[float, float],
        kind: str = 'soft shadow',
    ) -> None:
        """Add a round shadow on the ground."""
        half_x, half_z = radii
        scene.add_shadow(
            (place[0] - half_x, 0, place[2] + half_z),
            (2 * half_x, 0, 0),
            (0, 0, -2 * half_z),
            self.library.single(kind, 0),
        )

    def board(
        self, scene: Scene, place: Vector, size: tuple[float, float], texture: Texture, label: int
    ) -> None:
        """Add something that faces the camera."""
        scene.add_board(place, size[0], size[1], Surface(texture, label))

    def _upright(
        self, span: tuple[float, float], offset: float, bottom: float, top: float
    ) -> tuple[Vector, Vector, Vector]:
        """Return the quad of a face along the road that looks towards it."""
        near, far = (self.point(along, offset, top) for along in span)
        start, end = (far, near) if offset > 0 else (near, far)
        right = (end[0] - start[0], 0.0, end[2] - start[2])
        return start, right, (0.0, bottom - top, 0.0)

    def _cast(self, scene: Scene, span: tuple[float, float], offset: float, height: float) -> None:
        step_x, step_z = self._light.shadow_step
        if step_x * offset >= 0:
            return
        reach = min(height, 22 / max(abs(step_x), 0.05))
        near, far = (self.point(along, offset) for along in span)
        scene.add_shadow(
            near,
            (far[0] - near[0], 0.0, far[2] - near[2]),
            (reach * step_x, 0.0, reach * step_z),
            self.library.single('building shadow', 0),
        )
