"""The textures and bodies of one world, made when first needed."""

from __future__ import annotations

from functools import lru_cache

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
        self._seed = seed
        self._low = low_houses
        rng = random_stream(seed, 'library')
        self._bare = bool(rng.random() < 0.3)
        self.house = lru_cache(maxsize=None)(self._house)
        self.panel = lru_cache(maxsize=None)(self._panel)
        self.single = lru_cache(maxsize=None)(self._single)
        self.walker = lru_cache(maxsize=None)(self._walker)
        self.cyclist = lru_cache(maxsize=None)(self._cyclist)
        self.bike = lru_cache(maxsize=None)(self._bike)
        self.vehicle = lru_cache(maxsize=64)(self._vehicle)

    def _house(self, number: int) -> House:
        rng = random_stream(self._seed, 'house', number % 9)
        return paint_house(rng, self._low)

    def _panel(self, kind: str, number: int) -> tuple[Texture, float]:
        """Return a stretch of wall, hedge, railing... ``LENGTH`` metres long, and its height."""
        rng = random_stream(self._seed, kind, number % 3)
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

    def _single(self, kind: str, number: int) -> Texture:
        """Return a tree, sign, pole, board, traffic light or shadow."""
        rng = random_stream(self._seed, kind, number % 7)
        if kind == 'tree':
            return foliage.paint_tree(rng, self._bare and number % 7 < 5)
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

    def _walker(self, number: int, phase: int, sideways: bool, mirrored: bool) -> Texture:
        if mirrored:
            return self.walker(number, phase, sideways, False).mirrored()
        rng = random_stream(self._seed, 'walker', number % 16)
        return figures.paint_walker(rng, phase, sideways)

    def _cyclist(self, number: int, phase: int, motor: bool, oncoming: bool) -> Texture:
        rng = random_stream(self._seed, 'cyclist', number % 8)
        return figures.paint_cyclist(rng, phase, motor, oncoming)

    def _bike(self, number: int, motor: bool) -> Texture:
        rng = random_stream(self._seed, 'bike', number % 6)
        return figures.paint_bike(rng, motor, rider=False)

    def _vehicle(self, kind: str, number: int) -> tuple[Shape, list[Face]]:
        rng = random_stream(self._seed, 'vehicle ' + kind, number % 8)
        return build_vehicle(rng, kind)
