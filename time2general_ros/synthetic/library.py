"""The textures and bodies of one world, made when first needed."""

from __future__ import annotations

from functools import lru_cache, partial

from time2general_ros.synthetic import figures, foliage, furniture
from time2general_ros.synthetic.facades import House, paint_house, paint_wall
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.texture import Texture
from time2general_ros.synthetic.vehicle_shapes import Face, Shape
from time2general_ros.synthetic.vehicles import build_vehicle

LENGTH = 12.8
POLE_WIDTH = 0.14


@lru_cache(maxsize=2)
def open_library(seed: int, low_houses: bool) -> Library:
    """Return the library of a world; drives of one seed in several weathers share it."""
    return Library(seed, low_houses)


class Library:
    """
    Things to furnish a world with; each is asked for by number and made once.

    Numbers wrap round, so that any integer may be given.
    """

    def __init__(self, seed: int, low_houses: bool) -> None:
        bare = bool(random_stream(seed, 'library').random() < 0.3)
        # The caches hold functions of the seed rather than methods: a library that referred to
        # itself would keep its hundred megabytes until the next garbage collection.
        self._house = lru_cache(maxsize=None)(partial(_make_house, seed, low_houses))
        self._panel = lru_cache(maxsize=None)(partial(_make_panel, seed))
        self._single = lru_cache(maxsize=None)(partial(_make_single, seed, bare))
        self._walker = lru_cache(maxsize=None)(partial(_make_walker, seed))
        self._cyclist = lru_cache(maxsize=None)(partial(_make_cyclist, seed))
        self._bike = lru_cache(maxsize=None)(partial(_make_bike, seed))
        self._vehicle = lru_cache(maxsize=None)(partial(_make_vehicle, seed))

    def house(self, number: int) -> House:
        """Return a building."""
        return self._house(number % 9)

    def panel(self, kind: str, number: int) -> tuple[Texture, float]:
        """
        Return a stretch of wall, hedge or fence, ``LENGTH`` metres long, and its height.

        :param kind: hedge, bank, railing, guard rail, wall or noise wall.
        """
        return self._panel(kind, number % 3)

    def single(self, kind: str, number: int = 0) -> Texture:
        """
        Return something that stands alone, or a shadow.

        :param kind: tree, sign, board, traffic light, pole, or a soft, sharp or building shadow.
        """
        return self._single(kind, number % 7)

    def walker(self, number: int, phase: int, sideways: bool, mirrored: bool) -> Texture:
        """Return a person at a phase of a step."""
        return self._walker(number % 16, phase, sideways, mirrored)

    def cyclist(self, number: int, phase: int, motor: bool, oncoming: bool) -> Texture:
        """Return somebody on a bicycle or motorcycle, from behind or from the front."""
        return self._cyclist(number % 8, phase, motor, oncoming)

    def bike(self, number: int, motor: bool) -> Texture:
        """Return a parked bicycle or motorcycle from the side."""
        return self._bike(number % 6, motor)

    def vehicle(self, kind: str, number: int) -> tuple[Shape, list[Face]]:
        """Return a vehicle of a kind of ``SHAPES``."""
        return self._vehicle(kind, number % 8)


def _make_house(seed: int, low: bool, number: int) -> House:
    return paint_house(random_stream(seed, 'house', number), low)


def _make_panel(seed: int, kind: str, number: int) -> tuple[Texture, float]:
    rng = random_stream(seed, kind, number)
    if kind == 'hedge':
        height = float(rng.uniform(1.0, 2.0))
        return foliage.paint_hedge(rng, LENGTH, height), height
    if kind == 'bank':
        height = float(rng.uniform(4.0, 7.5))
        return foliage.paint_hedge(rng, LENGTH, height), height
    if kind == 'railing':
        height = float(rng.uniform(0.9, 1.7))
        return furniture.paint_railing(rng, LENGTH, height), height
    if kind == 'guard rail':
        return furniture.paint_guard_rail(rng, LENGTH, 0.8), 0.8
    height = float(rng.uniform(2.4, 4.0) if kind == 'noise wall' else rng.uniform(1.1, 2.4))
    return paint_wall(rng, LENGTH, height), height


def _make_single(seed: int, bare: bool, kind: str, number: int) -> Texture:
    rng = random_stream(seed, kind, number)
    if kind == 'tree':
        return foliage.paint_tree(rng, bare and number < 5)
    if kind == 'sign':
        return furniture.paint_sign(rng)
    if kind == 'board':
        return furniture.paint_board(rng, 5.0, 2.2)
    if kind == 'traffic light':
        return furniture.paint_traffic_light(rng, number)
    if kind == 'pole':
        return furniture.paint_pole(rng, POLE_WIDTH, 2.0)
    if kind == 'building shadow':
        return furniture.paint_shade()
    return furniture.paint_billow(0.15 if kind == 'sharp shadow' else 0.6)


def _make_walker(seed: int, number: int, phase: int, sideways: bool, mirrored: bool) -> Texture:
    rng = random_stream(seed, 'walker', number)
    texture = figures.paint_walker(rng, phase, sideways)
    return texture.mirrored() if mirrored else texture


def _make_cyclist(seed: int, number: int, phase: int, motor: bool, oncoming: bool) -> Texture:
    rng = random_stream(seed, 'cyclist', number)
    return figures.paint_cyclist(rng, phase, motor, oncoming)


def _make_bike(seed: int, number: int, motor: bool) -> Texture:
    return figures.paint_bike(random_stream(seed, 'bike', number), motor, rider=False)


def _make_vehicle(seed: int, kind: str, number: int) -> tuple[Shape, list[Face]]:
    return build_vehicle(random_stream(seed, 'vehicle ' + kind, number), kind)
