"""Proportions of vehicles and the faces that they are made of."""

from __future__ import annotations

from dataclasses import dataclass

from time2general_ros.synthetic.classes import BUS, CAR, TRAIN, TRUCK
from time2general_ros.synthetic.scene import Surface

_Place = tuple[float, float, float]


@dataclass(frozen=True)
class Shape:
    """
    Proportions of a kind of vehicle, in metres.

    The profile runs along the length from the rear bumper: where the rear window starts and
    ends, where the windscreen starts (at the roof) and ends (at the bonnet).
    """

    label: int
    length: float
    width: float
    height: float
    belt: float
    profile: tuple[float, float, float, float]
    nose: float = 0.7


SHAPES = {
    'hatch': Shape(CAR, 3.9, 1.72, 1.48, 0.92, (0.0, 0.45, 2.3, 3.0)),
    'saloon': Shape(CAR, 4.6, 1.8, 1.44, 0.92, (0.7, 1.4, 2.7, 3.45)),
    'estate': Shape(CAR, 4.7, 1.8, 1.5, 0.93, (0.0, 0.5, 2.8, 3.5)),
    'off-road': Shape(CAR, 4.5, 1.9, 1.75, 1.08, (0.0, 0.3, 2.6, 3.2), 0.95),
    'van': Shape(CAR, 5.0, 1.95, 2.1, 1.15, (0.0, 0.08, 3.6, 4.5), 0.95),
    'truck': Shape(TRUCK, 8.0, 2.5, 3.4, 1.4, (0.0, 0.02, 7.7, 7.98), 1.3),
    'bus': Shape(BUS, 11.5, 2.5, 3.1, 1.2, (0.0, 0.05, 11.3, 11.48), 1.15),
    'tram': Shape(TRAIN, 22.0, 2.45, 3.4, 1.25, (0.0, 0.4, 21.4, 21.9), 1.2),
}


@dataclass(frozen=True)
class Face:
    """One face: top left corner, edge right, edge down, in the body's frame (x right, z ahead)."""

    origin: _Place
    right: _Place
    down: _Place
    surface: Surface
