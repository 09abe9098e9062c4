"""Shapes in the form of labelme: a JSON file for each picture."""

from __future__ import annotations

from base64 import b64decode
import binascii
from collections import Counter
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.polygons.files import listed, read_json, size_of
from time2general_ros.data.polygons.shapes import (
    Outlines,
    Shape,
    box,
    corners,
    ellipse,
    patch,
    polygon,
)

if TYPE_CHECKING:
    from time2general_ros.data.polygons.shapes import Area

WITHOUT_AREA = ('point', 'points', 'line', 'linestrip')


def read_labelme(path: Path) -> tuple[str, Outlines]:
    """
    Read the name of a picture and its shapes.

    :returns: The name without folder and ending, and the shapes.
    :raises DataError: if the file is damaged, or a shape is of a kind that is not known.
    """
    content = read_json(path)
    shapes: list[Shape] = []
    left_out: Counter[str] = Counter()
    for entry in listed(path, content, 'shapes'):
        kind = entry.get('shape_type') or 'polygon'
        if kind in WITHOUT_AREA:
            left_out[kind] += 1
            continue
        shapes.append(Shape(str(entry.get('label')), _area(path, kind, entry)))
    # Written on Windows, it may hold its separators.
    name = PureWindowsPath(str(content.get('imagePath') or path.name)).stem
    return name, Outlines(shapes, size_of(path, content, 'imageHeight', 'imageWidth'), left_out)


def _area(path: Path, kind: str, entry: dict[str, Any]) -> Area:
    points = entry.get('points')
    if kind in ('polygon', 'oriented_rectangle') or (kind == 'rectangle' and _count(points) == 4):
        return polygon(path, _flat(path, points))
    if kind not in ('rectangle', 'circle', 'mask'):
        raise DataError(f'{path} has a shape of the kind {kind!r}, which is not known')
    # Twice the first, to be checked as the corners of a polygon are.
    (ax, ay), (bx, by), _ = corners(path, [*_flat(path, points), *_flat(path, points)][:6])
    if kind == 'circle':
        radius = float(np.hypot(bx - ax, by - ay))
        return ellipse(path, (ax, ay), (radius, radius))
    if kind == 'mask':
        return patch(_mask(path, entry.get('mask')), round(ax), round(ay))
    return box(path, min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


def _mask(path: Path, text: object) -> Any:
    try:
        data = np.frombuffer(b64decode(str(text), validate=True), np.uint8)
        pixels = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    except (binascii.Error, cv2.error):
        pixels = None
    if pixels is None:
        raise DataError(f'{path} has a mask that is no PNG')
    return pixels > 0


def _count(points: object) -> int:
    return len(points) if isinstance(points, list) else 0


def _flat(path: Path, points: object) -> list[float]:
    if not isinstance(points, list) or not all(_count(point) == 2 for point in points):
        raise DataError(f'{path} has a shape without a list of points')
    return [side for point in points for side in point]
