"""Shapes in the form "CVAT for images 1.1": one XML file for many pictures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.polygons.files import size_of, without_twins
from time2general_ros.data.polygons.run_lengths import expand
from time2general_ros.data.polygons.shapes import Outlines, Shape, box, ellipse, patch, polygon
from time2general_ros.messages.limits import MAX_SIDE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from time2general_ros.data.polygons.shapes import Area

WITHOUT_AREA = ('polyline', 'points', 'cuboid', 'skeleton', 'tag')


def read_cvat(path: Path) -> dict[str, Outlines]:
    """
    Read the shapes of all pictures that a file lists, by their names.

    :raises DataError: if the file is damaged or of another form, or a shape has no area.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except OSError as error:
        raise DataError(f'{path} cannot be read: {error.strerror or error}') from error
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise DataError(f'{path} is no XML: {error}; export it again') from error
    if root.tag != 'annotations' or root.find('track') is not None:
        raise DataError(
            f'{path} names no pictures; export it from CVAT as "CVAT for images 1.1" (not video)'
        )
    named = ((str(image.get('name')), _outlines(path, image)) for image in root.iterfind('image'))
    return without_twins(path, named, 'an image of the name')


def _outlines(path: Path, image: Element) -> Outlines:
    shapes: list[Shape] = []
    left_out: Counter[str] = Counter()
    for entry in image:
        if entry.tag in WITHOUT_AREA:
            left_out[entry.tag] += 1
            continue
        if entry.tag not in _AREAS:
            raise DataError(f'{path} has a shape of the kind {entry.tag!r}, which is not known')
        try:
            area = _AREAS[entry.tag](path, entry)
            z = int(entry.get('z_order', 0))
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(
                f'{path}: {entry.tag} {entry.get("label")!r} on {image.get("name")} cannot be '
                f'read: {error}'
            ) from error
        shapes.append(Shape(str(entry.get('label')), area, z))
    return Outlines(shapes, size_of(path, dict(image.attrib), 'height', 'width'), left_out)


def _polygon(path: Path, entry: Element) -> Area:
    return polygon(path, [float(x) for x in entry.get('points', '').replace(';', ',').split(',')])


def _box(path: Path, entry: Element) -> Area:
    _straight(entry)
    left, top, right, bottom = _numbers(entry, 'xtl', 'ytl', 'xbr', 'ybr')
    return box(path, left, top, right, bottom)


def _ellipse(path: Path, entry: Element) -> Area:
    _straight(entry)
    x, y, rx, ry = _numbers(entry, 'cx', 'cy', 'rx', 'ry')
    return ellipse(path, (x, y), (rx, ry))


def _mask(path: Path, entry: Element) -> Area:
    """Read run lengths along the rows of a box, beginning with what is not covered."""
    del path
    left, top, width, height = (int(x) for x in _numbers(entry, 'left', 'top', 'width', 'height'))
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise ValueError(f'it is {width}x{height}')
    runs = [int(run) for run in entry.get('rle', '').split(',')]
    return patch(expand(runs, height, width), left, top)


def _numbers(entry: Element, *names: str) -> list[float]:
    return [float(entry.get(name, 'nothing')) for name in names]


def _straight(entry: Element) -> None:
    if float(entry.get('rotation', 0)) != 0:
        raise ValueError('it is turned; draw a polygon instead')


_AREAS: dict[str, Callable[[Path, Element], Area]] = {
    'polygon': _polygon,
    'box': _box,
    'ellipse': _ellipse,
    'mask': _mask,
}
