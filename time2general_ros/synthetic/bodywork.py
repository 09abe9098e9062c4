"""Painting of the faces of vehicles."""

from __future__ import annotations

import numpy as np

from time2general_ros.synthetic.classes import CAR, TRAIN, TRUCK
from time2general_ros.synthetic.painter import Colour, Painter
from time2general_ros.synthetic.scene import Surface
from time2general_ros.synthetic.vehicle_shapes import Face, Shape

_GLASS: Colour = (38, 44, 50)
_TYRE: Colour = (22, 22, 23)


def _shaded(colour: Colour, factor: float) -> Colour:
    return (
        min(255.0, colour[0] * factor),
        min(255.0, colour[1] * factor),
        min(255.0, colour[2] * factor),
    )


def paint_sides(rng: np.random.Generator, shape: Shape, colour: Colour) -> list[Face]:
    """Paint the flanks: up to the belt line of a car, up to the roof of others."""
    car = shape.label == CAR
    top = shape.belt if car else shape.height
    paint = Painter(shape.length, top, 60 if car else 36)
    low, rear, front = 0.24, 0.06, shape.length - 0.1
    wheels = [0.18 * shape.length, 0.82 * shape.length]
    if not car:
        low, wheels = 0.4, [2.0, shape.length - 1.6, *([3.2] if shape.label == TRUCK else [])]
    nose = shape.nose if car else top
    paint.polygon(
        [
            (rear, low),
            (front, low),
            (shape.length, 0.5),
            (shape.length - 0.05, nose),
            (shape.profile[3] if car else shape.length, top),
            (shape.profile[0], top),
            (0, 0.6),
        ],
        colour,
    )
    paint.polygon(
        [(rear, low), (front, low), (front, low + 0.12), (rear, low + 0.12)], _shaded(colour, 0.45)
    )
    if car:
        paint.box(0.1, top - 0.12, shape.length - 0.6, top - 0.09, _shaded(colour, 1.18))
        for door in (0.36, 0.58, 0.76):
            paint.line(
                (door * shape.length, 0.34),
                (door * shape.length, top),
                0.02,
                _shaded(colour, 0.55),
            )
        for door in (0.4, 0.62):
            paint.box(
                door * shape.length,
                top - 0.2,
                door * shape.length + 0.18,
                top - 0.16,
                _shaded(colour, 0.6),
            )
    else:
        _paint_flank(rng, paint, shape, colour)
    radius = 0.31 if car else 0.48
    if shape.label == TRAIN:
        paint.box(1, 0.05, shape.length - 1, 0.45, (48, 48, 50))
    else:
        for wheel in wheels:
            paint.ellipse((wheel, radius + 0.04), (radius + 0.07, radius + 0.05), (18, 18, 19))
            paint.ellipse((wheel, radius), (radius, radius), _TYRE)
            paint.ellipse((wheel, radius), (radius * 0.6, radius * 0.6), (138, 140, 143))
            paint.ellipse((wheel, radius), (radius * 0.2, radius * 0.2), (70, 70, 72))
    surface = Surface(paint.finish(rng, 0.035), shape.label, solid=True)
    half, length = shape.width / 2, shape.length
    # The texture runs from rear to front, which is left to right on the right-hand flank.
    flipped = Surface(surface.texture.mirrored(), shape.label, solid=True)
    return [
        Face((half, top, -length / 2), (0, 0, length), (0, -top, 0), surface),
        Face((-half, top, length / 2), (0, 0, -length), (0, -top, 0), flipped),
    ]


def _paint_flank(rng: np.random.Generator, paint: Painter, shape: Shape, colour: Colour) -> None:
    length, top = shape.length, shape.height
    if shape.label == TRUCK:
        cab = length - 2.0
        paint.box(cab - 0.25, 0.4, cab, top, (34, 34, 36))
        load: Colour = tuple(float(v) for v in rng.uniform(90, 225, 3))  # type: ignore[assignment]
        paint.box(0, 0.95, cab - 0.25, top, load)
        paint.box(0, 0.75, cab - 0.25, 0.95, (50, 50, 52))
        paint.erase([(0, 0.0), (cab - 2.6, 0.0), (cab - 2.6, 0.75), (0, 0.75)])
        paint.box(0.8, 1.6, cab - 1.5, 2.3, _shaded(load, 0.6))
        paint.box(cab + 0.5, 1.6, length - 0.15, 2.5, _GLASS)
        return
    glow: Colour = (235, 225, 190)
    paint.box(0.3, 1.3, length - 0.2, top - 0.7, _GLASS, glow=_shaded(glow, 0.6))
    for post in np.arange(1.2, length - 0.5, 1.45):
        paint.box(post, 1.2, post + 0.1, top - 0.6, _shaded(colour, 0.5))
    paint.box(0, 0.75, length, 0.85, _shaded(colour, 0.6))
    for door in (0.7 * length, 0.35 * length):
        paint.box(door, 0.45, door + 1.2, top - 0.6, _shaded(_GLASS, 1.4))
        paint.box(door + 0.57, 0.45, door + 0.63, top - 0.6, _shaded(colour, 0.5))


def paint_cabin(rng: np.random.Generator, shape: Shape, colour: Colour) -> list[Face]:
    """Paint what a car has above its belt line: windows and roof."""
    rear, roof_rear, roof_front, front = shape.profile
    half, lean, rise = shape.width / 2 - 0.03, 0.17, shape.height - shape.belt
    span = front - rear
    paint = Painter(span, rise, 60)
    outline = [(0, 0), (span, 0), (roof_front - rear, rise), (roof_rear - rear, rise)]
    paint.polygon(outline, colour)
    low, high = 0.06, rise - 0.1
    slope_rear = (roof_rear - rear) / rise
    slope_front = (front - roof_front) / rise
    paint.polygon(
        [
            (low * slope_rear + 0.12, low),
            (span - low * slope_front - 0.12, low),
            (span - high * slope_front - 0.12, high),
            (high * slope_rear + 0.12, high),
        ],
        _GLASS,
    )
    for post in (0.36, 0.66):
        paint.line((span * post, 0), (span * post, rise), 0.07, colour)
    texture = paint.finish(rng, 0.06)
    flank = Surface(texture, CAR, solid=True)
    flipped = Surface(texture.mirrored(), CAR, solid=True)
    base = rear - shape.length / 2
    faces = [
        Face((half - lean, shape.height, base), (0, 0, span), (lean, -rise, 0), flank),
        Face((-half + lean, shape.height, base + span), (0, 0, -span), (-lean, -rise, 0), flipped),
    ]
    upper, lower = 2 * (half - lean), 2 * half

    def slant(start: float, end: float, ahead: bool) -> Face:
        pane = Painter(lower, rise, 50)
        edge = [(0, 0), (lower, 0), (lower - lean, rise), (lean, rise)]
        pane.polygon(edge, colour)
        pane.polygon(
            [
                (0.1, 0.04),
                (lower - 0.1, 0.04),
                (lower - lean - 0.06, rise - 0.04),
                (lean + 0.06, rise - 0.04),
            ],
            _shaded(_GLASS, 1.25),
        )
        pane.polygon(
            [
                (0.3, rise * 0.45),
                (lower * 0.6, rise * 0.45),
                (lower * 0.5, rise - 0.06),
                (lean + 0.15, rise - 0.06),
            ],
            _shaded(_GLASS, 1.9),
        )
        sign = -1.0 if ahead else 1.0
        surface = Surface(pane.finish(rng, 0.05), CAR, solid=True)
        return Face(
            (-sign * half, shape.height, end - shape.length / 2),
            (sign * lower, 0, 0),
            (0, -rise, start - end),
            surface,
        )

    roof = Painter(upper, 1.0, 30)
    roof.box(0, 0, upper, 1, _shaded(colour, 1.05))
    roof_span = roof_front - roof_rear
    faces += [
        slant(rear, roof_rear, False),
        slant(front, roof_front, True),
        Face(
            (-upper / 2, shape.height, roof_front - shape.length / 2),
            (upper, 0, 0),
            (0, 0, -roof_span),
            Surface(roof.finish(rng, 0.03), CAR, solid=True),
        ),
    ]
    return faces


def paint_ends(rng: np.random.Generator, shape: Shape, colour: Colour) -> list[Face]:
    """Paint front and back, and the bonnet and boot of a car."""
    car = shape.label == CAR
    half, length = shape.width / 2, shape.length
    tail_top = shape.belt if car else shape.height
    nose_top = shape.nose if car else shape.height
    faces = []
    for ahead, top in ((False, tail_top), (True, nose_top)):
        paint = Painter(shape.width, top, 60 if car else 40)
        _paint_end(paint, shape, colour, ahead, top)
        sign = -1.0 if ahead else 1.0
        surface = Surface(paint.finish(rng, 0.03), shape.label, solid=True)
        faces.append(
            Face(
                (-sign * half, top, -sign * length / 2),
                (sign * shape.width, 0, 0),
                (0, -top, 0),
                surface,
            )
        )
    if car:
        sheet = Painter(shape.width, 1.0, 30)
        sheet.box(0, 0, shape.width, 1, _shaded(colour, 1.05))
        surface = Surface(sheet.finish(rng, 0.04), CAR, solid=True)
        bonnet = length - shape.profile[3]
        drop = shape.belt - shape.nose
        faces.append(
            Face(
                (half, shape.belt, shape.profile[3] - length / 2),
                (-shape.width, 0, 0),
                (0, -drop, bonnet),
                surface,
            )
        )
        if shape.profile[0] > 0:
            faces.append(
                Face(
                    (-half, shape.belt, shape.profile[0] - length / 2),
                    (shape.width, 0, 0),
                    (0, 0, -shape.profile[0]),
                    surface,
                )
            )
    return faces


def _paint_end(paint: Painter, shape: Shape, colour: Colour, ahead: bool, top: float) -> None:
    width = shape.width
    for left in (0.05, width - 0.28):
        paint.box(left, 0, left + 0.23, 0.5, _TYRE)
    paint.box(0, 0.28, width, top, _shaded(colour, 0.96))
    paint.box(0.02, 0.26, width - 0.02, 0.42, _shaded(colour, 0.5))
    paint.box(width / 2 - 0.26, 0.44, width / 2 + 0.26, 0.56, (215, 215, 190))
    if shape.label != CAR:
        paint.box(0.15, shape.belt + 0.2, width - 0.15, shape.height - 0.5, _GLASS)
        if shape.label == TRUCK and not ahead:
            paint.box(0.08, 1.0, width - 0.08, top - 0.05, _shaded(colour, 0.85))
            paint.box(width / 2 - 0.02, 1.0, width / 2 + 0.02, top, _shaded(colour, 0.5))
    level = min(top - 0.14, 0.72 if shape.label == CAR else 0.9)
    lamp: Colour = (238, 238, 228) if ahead else (168, 24, 22)
    glow: Colour = (255, 250, 225) if ahead else (150, 14, 10)
    for left in (0.06, width - 0.36):
        paint.box(left, level - 0.1, left + 0.3, level + 0.08, lamp, glow=glow)
    if ahead:
        paint.box(width / 2 - 0.4, level - 0.1, width / 2 + 0.4, level + 0.04, (30, 30, 32))
