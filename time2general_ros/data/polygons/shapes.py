"""Shapes on a picture, and the map that they make."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.polygons.fill import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    # Finds the pixels that are covered on a picture of a height and width, [H, W].
    Area = Callable[[tuple[int, int]], npt.NDArray[np.bool_]]

FEWEST_CORNERS = 3
# Beyond any picture, and near enough to reckon with.
FARTHEST = 1e9


@dataclass(frozen=True)
class Shape:
    """
    One labelled area.

    :param label: The name of its class.
    :param area: Which pixels it covers.
    :param z: Higher ones are drawn later.
    """

    label: str
    area: Area
    z: int = 0


@dataclass(frozen=True)
class Outlines:
    """
    All shapes of one picture.

    :param shapes: In the order of the file.
    :param size: Height and width of the picture as the file has it; None if it does not say.
    :param left_out: Shapes that cover no area, such as points and lines, by their kind.
    """

    shapes: Sequence[Shape]
    size: tuple[int, int] | None = None
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Drawn:
    """
    A map made of shapes.

    :param ids: uint8 [H, W].
    :param contested: Pixels that shapes of different classes cover.
    """

    ids: npt.NDArray[np.uint8]
    contested: int


def polygon(file: Path, *rings: Sequence[float] | npt.NDArray[np.float64]) -> Area:
    """
    Make the area of some rings of one shape.

    :param file: For messages.
    :param rings: Each x, y, x, y, … in pixels.
    :raises DataError: if one has less than three corners, half a corner, or one that is nowhere.
    """
    return partial(fill, [corners(file, ring) for ring in rings])


def corners(
    file: Path, ring: Sequence[float] | npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return x, y, x, y, … as [N, 2]; see :func:`polygon`."""
    try:
        points = np.asarray(ring, np.float64).reshape(-1)
    except (TypeError, ValueError):
        points = np.full(1, np.nan)
    if len(points) % 2 or len(points) < 2 * FEWEST_CORNERS or not (abs(points) < FARTHEST).all():
        raise DataError(
            f'{file} has a polygon that is none: it needs x and y of {FEWEST_CORNERS} corners or '
            f'more, not {_short(ring)}'
        )
    return points.reshape(-1, 2)


def patch(pixels: npt.NDArray[np.bool_], left: int, top: int) -> Area:
    """Make the area of a small map that lies somewhere on the picture."""

    def area(size: tuple[int, int]) -> npt.NDArray[np.bool_]:
        covered = np.zeros(size, np.bool_)
        rows = slice(max(top, 0), min(top + pixels.shape[0], size[0]))
        columns = slice(max(left, 0), min(left + pixels.shape[1], size[1]))
        part = pixels[rows.start - top : max(rows.stop, 0) - top]
        covered[rows, columns] = part[:, columns.start - left : max(columns.stop, 0) - left]
        return covered

    return area


def ellipse(file: Path, centre: tuple[float, float], radii: tuple[float, float]) -> Area:
    """Make the area of an ellipse that lies straight; its edge has 360 corners."""
    turn = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return polygon(file, (around * radii + centre).ravel())


def box(file: Path, left: float, top: float, right: float, bottom: float) -> Area:
    """Make the area of a box."""
    return polygon(file, (left, top, right, top, right, bottom, left, bottom))


def draw(
    shapes: Iterable[Shape], ids: Mapping[str, int], background: int, size: tuple[int, int]
) -> Drawn:
    """
    Draw shapes one over the other: by their z, and in the order of the file where that is equal.

    :param ids: The id of every label that occurs.
    :param background: The id of pixels that nothing covers.
    :param size: Height and width.
    """
    pixels = np.full(size, background, np.uint8)
    covered = np.zeros(size, np.bool_)
    contested = np.zeros(size, np.bool_)
    for shape in sorted(shapes, key=lambda shape: shape.z):
        area = shape.area(size)
        contested |= area & covered & (pixels != ids[shape.label])
        pixels[area] = ids[shape.label]
        covered |= area
    return Drawn(pixels, int(contested.sum()))


def _short(value: object) -> str:
    text = str(value.tolist() if isinstance(value, np.ndarray) else value)
    return text if len(text) <= 60 else f'{text[:57]}...'
