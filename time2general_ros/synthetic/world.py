"""Everything that stands still beside and on the road."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from time2general_ros.synthetic.classes import (
    BICYCLE,
    FENCE,
    MOTORCYCLE,
    POLE,
    TRAFFIC_SIGN,
    VEGETATION,
    WALL,
)
from time2general_ros.synthetic.figures import BIKE_SIZE
from time2general_ros.synthetic.furniture import SIGN_SIZE
from time2general_ros.synthetic.layout import PARKING, Layout
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.roadside import Roadside
from time2general_ros.synthetic.scene import Scene, Surface
from time2general_ros.synthetic.zones import CHUNK_LENGTH, Zone, Zones

_CARS = ('hatch', 'saloon', 'estate', 'off-road', 'van')


class World:
    """The standing part of a world, made in chunks on demand."""

    def __init__(self, seed: int, layout: Layout, zones: Zones, roadside: Roadside) -> None:
        self._seed = seed
        self._layout = layout
        self._zones = zones
        self._roadside = roadside
        self._chunks: OrderedDict[int, Scene] = OrderedDict()

    def chunk(self, index: int) -> Scene:
        """Return what stands in a chunk."""
        found = self._chunks.get(index)
        if found is None:
            found = self._make(index)
            self._chunks[index] = found
            if len(self._chunks) > 40:
                self._chunks.popitem(last=False)
        return found

    def _make(self, index: int) -> Scene:
        scene = Scene()
        start = index * CHUNK_LENGTH
        for side in (-1, 1):
            rng = random_stream(self._seed, 'roadside', index, side)
            zone = self._zones.zone(index, side)
            spans = [(start, start + CHUNK_LENGTH)]
            if zone.opening:
                low, high = zone.opening
                spans = [(start, start + low), (start + high, start + CHUNK_LENGTH)]
                self._close_opening(scene, (start + low, start + high), side)
            for span in spans:
                self._build(scene, rng, zone, span, side)
            self._furnish(scene, rng, zone, start, side)
            self._park(scene, rng, zone, start, side)
        self._divide(scene, index)
        return scene

    def _build(
        self,
        scene: Scene,
        rng: np.random.Generator,
        zone: Zone,
        span: tuple[float, float],
        side: int,
    ) -> None:
        line = self._layout.building_line(side)
        if span[1] - span[0] < 3:
            return
        if zone.kind == 'buildings':
            self._houses(scene, rng, span, side)
            return
        fence = {
            'park': str(rng.choice(['hedge', 'railing', 'none'])),
            'wall': 'noise wall' if self._layout.kind == 'highway' else 'wall',
            'fence': 'railing',
        }[zone.kind]
        gap = 1.5 if self._layout.kind == 'highway' else 0.15
        labels = {'hedge': VEGETATION, 'railing': FENCE, 'wall': WALL, 'noise wall': WALL}
        if fence != 'none':
            self._roadside.row(scene, span, side * (line + gap), fence, labels[fence])
        if rng.random() < 0.45:
            self._roadside.row(scene, span, side * (line + gap + 1.2), 'hedge', VEGETATION)
        depth = line + float(rng.uniform(9, 18))
        self._roadside.row(scene, span, side * depth, 'bank', VEGETATION)
        for _ in range(int(rng.poisson(3 * self._layout.tree_rate + 1))):
            along, away = float(rng.uniform(*span)), float(rng.uniform(2.5, 11))
            place = self._roadside.point(along, side * (line + away))
            self._roadside.tree(scene, place, float(rng.uniform(6, 14)), int(rng.integers(7)))

    def _houses(
        self, scene: Scene, rng: np.random.Generator, span: tuple[float, float], side: int
    ) -> None:
        plan = self._layout
        line = plan.building_line(side)
        chosen = []
        total = 0.0
        while total < (span[1] - span[0]) * 0.8:
            house = self._roadside.library.house(int(rng.integers(9)))
            gap = float(rng.uniform(1, 4)) if plan.setback else 0.0
            chosen.append((house, gap))
            total += house.width + gap
        stretch = (span[1] - span[0]) / total
        position = span[0]
        for house, gap in chosen:
            end = position + house.width * stretch
            away = line + plan.setback + float(rng.uniform(0, 0.5))
            tint = float(rng.uniform(0.8, 1.12))
            self._roadside.house(scene, house, (position, end), side * away, tint)
            position = end + gap * stretch
        if plan.setback:
            kind, label = [('hedge', VEGETATION), ('wall', WALL), ('railing', FENCE)][
                int(rng.integers(3))
            ]
            self._roadside.row(scene, span, side * (line + 0.1), kind, label)
            if rng.random() < 0.7:
                place = self._roadside.point(float(rng.uniform(*span)), side * (line + 1.6))
                self._roadside.tree(scene, place, float(rng.uniform(4, 7)), int(rng.integers(7)))

    def _close_opening(self, scene: Scene, span: tuple[float, float], side: int) -> None:
        line = self._layout.building_line(side)
        house = self._roadside.library.house(round(span[0]))
        wide = (span[0] - 4, span[1] + 12)
        self._roadside.house(scene, house, wide, side * (line + 26), 0.9)

    def _furnish(
        self, scene: Scene, rng: np.random.Generator, zone: Zone, start: float, side: int
    ) -> None:
        plan, place = self._layout, self._roadside.point
        kerb = plan.kerb(side)
        post = side * (kerb + 0.5)
        clear = (zone.opening[1] if zone.opening else 0.0) + 1.0
        if plan.kind == 'highway':
            self._roadside.row(
                scene, (start, start + CHUNK_LENGTH), side * (kerb + 0.7), 'guard rail', FENCE
            )
        if rng.random() < 0.75:
            along = start + float(rng.uniform(clear, CHUNK_LENGTH))
            self._street_lamp(scene, along, side)
        for _ in range(int(rng.poisson(0.2 if plan.kind == 'highway' else 0.7))):
            along = start + float(rng.uniform(clear, CHUNK_LENGTH))
            self._sign(scene, rng, along, post + side * float(rng.uniform(0, 0.5)))
        if plan.kind == 'highway' and rng.random() < 0.07:
            self._gantry(scene, rng, start + 10, side)
        if plan.pavement:
            for _ in range(int(rng.poisson(plan.tree_rate))):
                along = start + float(rng.uniform(clear, CHUNK_LENGTH))
                at = place(along, side * (kerb + 0.8 + plan.verge / 2))
                self._roadside.tree(scene, at, float(rng.uniform(5, 9)), int(rng.integers(7)))
            if rng.random() < 0.4:
                self._bikes(scene, rng, start + float(rng.uniform(clear, CHUNK_LENGTH - 2)), side)

    def _gantry(self, scene: Scene, rng: np.random.Generator, along: float, side: int) -> None:
        height, place = 5.4, self._roadside.point
        ends = sorted([side * 0.3, side * (self._layout.kerb(side) + 1.2)])
        for end in ends:
            self._roadside.post(scene, place(along, end), height, POLE, 0.3)
        beam = Surface(self._roadside.library.single('pole'), POLE)
        span = (ends[1] - ends[0], 0.0, 0.0)
        scene.add_quad(place(along, ends[0], height), span, (0, -0.3, 0), beam)
        texture = self._roadside.library.single('board', int(rng.integers(7)))
        x, y, z = place(along, side * self._layout.kerb(side) * 0.55, height - 1.9)
        self._roadside.board(scene, (x, y, z - 0.2), (5.0, 2.2), texture, TRAFFIC_SIGN)

    def _street_lamp(self, scene: Scene, along: float, side: int) -> None:
        offset = side * (self._layout.kerb(side) + 0.45)
        height = 7.5
        self._roadside.post(scene, self._roadside.point(along, offset), height, POLE, 0.15)
        x, y, z = self._roadside.point(along, offset, height)
        texture = self._roadside.library.single('pole', 0)
        scene.add_quad(
            (min(x, x - side * 1.7), y, z), (1.7, 0, 0), (0, -0.13, 0), Surface(texture, POLE)
        )
        scene.add_lamp((x - side * 1.6, y - 0.15, z), (255.0, 196, 120), 1.0)

    def _sign(self, scene: Scene, rng: np.random.Generator, along: float, offset: float) -> None:
        height = float(rng.uniform(2.1, 2.7))
        point = self._roadside.point
        self._roadside.post(scene, point(along, offset), height + 0.3, POLE, 0.08)
        for plate in range(1 + int(rng.random() < 0.3)):
            texture = self._roadside.library.single('sign', int(rng.integers(7)))
            x, y, z = point(along, offset, height - plate * 0.8)
            size = (SIGN_SIZE, SIGN_SIZE)
            self._roadside.board(scene, (x, y, z - 0.06), size, texture, TRAFFIC_SIGN)

    def _bikes(self, scene: Scene, rng: np.random.Generator, along: float, side: int) -> None:
        offset = side * (self._layout.building_line(side) - 0.5)
        for number in range(int(rng.integers(1, 6))):
            motor = bool(rng.random() < 0.25)
            texture = self._roadside.library.bike(int(rng.integers(6)), motor)
            start = self._roadside.point(along + number * 0.5, offset - 0.12 * number * side)
            origin = (start[0], BIKE_SIZE[1], start[2])
            surface = Surface(texture, MOTORCYCLE if motor else BICYCLE)
            scene.add_quad(origin, (0.25, 0, BIKE_SIZE[0]), (0, -BIKE_SIZE[1], 0), surface)

    def _park(
        self, scene: Scene, rng: np.random.Generator, zone: Zone, start: float, side: int
    ) -> None:
        plan = self._layout
        if not plan.parking[(side + 1) // 2]:
            return
        offset = side * (plan.kerb(side) - PARKING / 2)
        for slot in np.arange(3.0, CHUNK_LENGTH - 2.8, 5.7):
            blocked = zone.opening and zone.opening[0] - 3 < slot < zone.opening[1] + 3
            if blocked or rng.random() > 0.62:
                continue
            kind = str(rng.choice(_CARS))
            along = start + float(slot) + float(rng.uniform(-0.3, 0.3))
            turned = (side * plan.keep < 0) != bool(rng.random() < 0.15)
            self._roadside.vehicle(scene, kind, int(rng.integers(8)), along, offset, turned)

    def _divide(self, scene: Scene, index: int) -> None:
        if not self._layout.median:
            return
        span = (index * CHUNK_LENGTH, (index + 1) * CHUNK_LENGTH)
        for offset in (-0.3, 0.3):
            self._roadside.row(scene, span, offset, 'guard rail', FENCE)
        if self._layout.median > 3 and index % 2:
            self._roadside.row(scene, span, 0.01, 'hedge', VEGETATION)
