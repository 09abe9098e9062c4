"""Cars, vans, trucks, buses and trams as bodies with painted faces."""

from __future__ import annotations

import math

import numpy as np

from time2general_ros.synthetic.bodywork import paint_cabin, paint_ends, paint_sides
from time2general_ros.synthetic.classes import CAR
from time2general_ros.synthetic.painter import Colour
from time2general_ros.synthetic.scene import Scene, Vector
from time2general_ros.synthetic.vehicle_shapes import SHAPES, Face, Shape

_PAINTS = (
    (205, 207, 208),
    (168, 172, 176),
    (60, 62, 66),
    (30, 31, 34),
    (150, 28, 30),
    (34, 58, 112),
    (88, 120, 152),
    (228, 228, 224),
    (52, 84, 62),
    (128, 118, 96),
    (96, 98, 102),
    (120, 22, 26),
)


def build_vehicle(rng: np.random.Generator, kind: str) -> tuple[Shape, list[Face]]:
    """Make the faces of a vehicle of a kind of ``SHAPES``, standing at the origin."""
    shape = SHAPES[kind]
    red, green, blue = np.array(_PAINTS[rng.integers(len(_PAINTS))]) * rng.uniform(0.85, 1.1)
    if shape.label != CAR and rng.random() < 0.7:
        grey = rng.uniform(60, 220)
        red, green, blue = grey + 0.6 * (rng.uniform(40, 230, 3) - grey)
    colour: Colour = (float(red), float(green), float(blue))
    faces = paint_sides(rng, shape, colour)
    if shape.label == CAR:
        faces += paint_cabin(rng, shape, colour)
    faces += paint_ends(rng, shape, colour)
    return shape, [_overlapping(face) for face in faces]


def _overlapping(face: Face) -> Face:
    """Let a face reach a little over its edges, so that nothing shines through the joints."""
    origin, right, down = (np.asarray(part) for part in (face.origin, face.right, face.down))
    beside = 0.012 * right / np.linalg.norm(right)
    below = 0.012 * down / np.linalg.norm(down)
    parts = (origin - beside - below, right + 2 * beside, down + 2 * below)
    grown = [(float(part[0]), float(part[1]), float(part[2])) for part in parts]
    return Face(grown[0], grown[1], grown[2], face.surface)


def place_vehicle(
    scene: Scene, shape: Shape, faces: list[Face], place: Vector, heading: float
) -> None:
    """
    Add a vehicle to a scene.

    :param place: Middle of its footprint.
    :param heading: Radians from the z axis, positive to the right.
    """
    sine, cosine = math.sin(heading), math.cos(heading)

    def turn(vector: Vector) -> Vector:
        x, y, z = vector
        return x * cosine + z * sine, y, z * cosine - x * sine

    for face in faces:
        x, y, z = turn(face.origin)
        origin = (place[0] + x, place[1] + y, place[2] + z)
        scene.add_quad(origin, turn(face.right), turn(face.down), face.surface)
