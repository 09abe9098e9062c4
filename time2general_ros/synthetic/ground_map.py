"""A map of the ground, seen from above and laid out along the road."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

import cv2
import numpy as np

from time2general_ros.synthetic.classes import ROAD, SIDEWALK, TERRAIN
from time2general_ros.synthetic.layout import KERB, PARKING, Layout
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.texture import Image, Texture, fractal_noise
from time2general_ros.synthetic.zones import CHUNK_LENGTH, Zones

ACROSS_CELL = 0.04
ALONG_CELL = 0.05
CHUNK_CELLS = round(CHUNK_LENGTH / ALONG_CELL)
_HALF_WIDTH = 22.0

ASPHALT, PATCH, PAINT, YELLOW, KERBSTONE, SLAB, SLAB_DARK, JOINT, GRASS, EARTH, RAIL, WORN, TAR = (
    range(13)
)
_LABELS = (
    ROAD,
    ROAD,
    ROAD,
    ROAD,
    SIDEWALK,
    SIDEWALK,
    SIDEWALK,
    SIDEWALK,
    TERRAIN,
    TERRAIN,
    ROAD,
    ROAD,
    ROAD,
)
_ROUGHNESS = (9, 10, 6, 6, 8, 7, 7, 8, 22, 18, 8, 8, 8)


class _Fill(Protocol):
    """Fills a band beside the road from its near to its far edge."""

    def __call__(
        self, near: float, far: float, material: int, start: float = 0, end: float = 1e3
    ) -> None: ...


class Window:
    """
    The map of a stretch of road with coarser copies of its colours.

    :param materials: Material ids, uint8 [rows along, cells across].
    :param halved: RGB at half the rows, uint8 [rows / 2, cells, 3].
    """

    def __init__(self, materials: Image, halved: Image) -> None:
        self.materials = materials
        self._levels = {(1, 0): halved}

    def colour(self, along: int, across: int) -> Image:
        """Return the colours, halved so many times along (at least once) and across."""
        found = self._levels.get((along, across))
        if found is None:
            finer = self.colour(along - 1, across) if along > 1 else self.colour(1, across - 1)
            rows, columns = finer.shape[0], finer.shape[1]
            size = (columns, rows // 2) if along > 1 else (columns // 2, rows)
            found = cv2.resize(finer, size, interpolation=cv2.INTER_AREA)
            self._levels[along, across] = found
        return found


class GroundMap:
    """
    Makes the map in chunks, on demand.

    :param zones: What stands beside the road decides what the ground there is made of.
    """

    cells = round(2 * _HALF_WIDTH / ACROSS_CELL)

    def __init__(self, seed: int, layout: Layout, zones: Zones) -> None:
        self._seed = seed
        self._layout = layout
        self._zones = zones
        rng = random_stream(seed, 'ground')
        self.label_table = np.full(256, 255, np.uint8)
        self.label_table[: len(_LABELS)] = _LABELS
        self.rough_table = np.zeros(256, np.uint8)
        self.rough_table[: len(_ROUGHNESS)] = _ROUGHNESS
        self.colour_table = np.zeros((1, 256, 3), np.uint8)
        self.colour_table[0, : len(_LABELS)] = _palette(rng)
        self.fine_noise = _noise_sheet(rng, 0.97)
        self.coarse_noise = _noise_sheet(rng, 0.72)
        self._dash = tuple(float(value) for value in rng.choice([(2, 6), (3, 9), (4, 8)]))
        self._edge = int(rng.choice([PAINT, YELLOW, ASPHALT]))
        self._centre = int(rng.choice([PAINT, PAINT, YELLOW]))
        self._slab = float(rng.choice([0.4, 0.6, 0.8]))
        self._chunks: OrderedDict[int, tuple[Image, Image]] = OrderedDict()
        self._windows: OrderedDict[tuple[int, int], Window] = OrderedDict()

    def window(self, first: int, count: int) -> Window:
        """Return the map of ``count`` chunks from chunk ``first`` on."""
        found = self._windows.get((first, count))
        if found is None:
            chunks = [self._chunk(first + step) for step in range(count)]
            found = Window(
                np.concatenate([materials for materials, _ in chunks]),
                np.concatenate([halved for _, halved in chunks]),
            )
            self._windows[first, count] = found
            if len(self._windows) > 2:
                self._windows.popitem(last=False)
        return found

    def _chunk(self, index: int) -> tuple[Image, Image]:
        found = self._chunks.get(index)
        if found is None:
            materials = self._make_chunk(index)
            colours = cv2.LUT(cv2.cvtColor(materials, cv2.COLOR_GRAY2RGB), self.colour_table)
            size = (self.cells, CHUNK_CELLS // 2)
            found = materials, cv2.resize(colours, size, interpolation=cv2.INTER_AREA)
            self._chunks[index] = found
            if len(self._chunks) > 24:
                self._chunks.popitem(last=False)
        return found

    def _make_chunk(self, index: int) -> Image:
        plan = self._layout
        cells = np.full((CHUNK_CELLS, self.cells), ASPHALT, np.uint8)
        rng = random_stream(self._seed, 'ground chunk', index)
        for _ in range(int(rng.poisson(1.2))):
            begin = float(rng.uniform(0, CHUNK_LENGTH))
            left = float(rng.uniform(-plan.half_road, plan.half_road))
            _fill(
                cells, left, left + rng.uniform(0.6, 3.5), PATCH, begin, begin + rng.uniform(1, 14)
            )
        self._wear(cells, rng)
        self._mark_lanes(cells, index)
        for side in (-1, 1):
            self._lay_side(cells, index, side)
        if plan.median:
            half = plan.median / 2
            _fill(cells, -half, half, GRASS if plan.median > 3 else PATCH)
            _fill(cells, -half - 0.35, -half - 0.2, PAINT)
            _fill(cells, half + 0.2, half + 0.35, PAINT)
        if self._zones.crossing(index):
            for step in np.arange(-plan.half_road + 0.3, plan.half_road - 0.4, 1.0):
                _fill(cells, step, step + 0.5, PAINT, 3, 6)
        return cells

    def _wear(self, cells: Image, rng: np.random.Generator) -> None:
        """Add wheel tracks, mended seams and manhole covers."""
        plan = self._layout
        for direction in (-1, 1):
            for lane in range(plan.lanes):
                middle = plan.lane_centre(lane, direction)
                for track in (middle - 0.8, middle + 0.8):
                    columns = _columns(cells, track - 0.3, track + 0.3)
                    strip = cells[:, columns]
                    frayed = rng.random(strip.shape) < np.hanning(strip.shape[1]) * 1.3
                    strip[frayed & (strip == ASPHALT)] = WORN
        for _ in range(int(rng.poisson(1.5))):
            start = np.array([rng.uniform(0, self.cells), rng.uniform(0, CHUNK_CELLS)])
            steps = rng.normal(0, 1, (30, 2)) * (3, 3) + rng.normal(0, 6, 2)
            path = np.round(start + np.cumsum(steps, axis=0)).astype(np.int32)
            cv2.polylines(cells, [path], False, TAR, 1)
        if rng.random() < 0.4:
            column = round((rng.uniform(-3, 3) + _HALF_WIDTH) / ACROSS_CELL)
            centre = (column, int(rng.integers(20, CHUNK_CELLS - 20)))
            cv2.ellipse(cells, centre, (8, 6), 0, 0, 360, TAR, -1)
            cv2.ellipse(cells, centre, (6, 5), 0, 0, 360, PATCH, -1)

    def _mark_lanes(self, cells: Image, index: int) -> None:
        plan = self._layout
        length, period = self._dash
        start = index * CHUNK_LENGTH
        dashes = np.arange(np.floor(start / period) * period, start + CHUNK_LENGTH, period) - start
        for direction in (-1, 1):
            for lane in range(1, plan.lanes):
                middle = direction * (plan.median / 2 + lane * plan.lane_width)
                for dash in dashes:
                    _fill(cells, middle - 0.07, middle + 0.07, PAINT, dash, dash + length)
            edge = direction * (plan.half_road - plan.shoulder)
            if plan.kind == 'highway' or (self._edge != ASPHALT and plan.shoulder > 1):
                _fill(cells, edge - 0.08, edge + 0.08, PAINT)
            elif self._edge == YELLOW:
                line = direction * (plan.half_road - 0.15)
                _fill(cells, line - 0.06, line + 0.06, YELLOW)
        if plan.tram:
            for track in (plan.lane_centre(0, 1), plan.lane_centre(0, -1)):
                for rail in (track - 0.72, track + 0.72):
                    _fill(cells, rail - 0.04, rail + 0.04, RAIL)
        if not plan.median:
            if plan.lanes > 1:
                _fill(cells, -0.2, -0.08, self._centre)
                _fill(cells, 0.08, 0.2, self._centre)
            else:
                for dash in dashes:
                    _fill(cells, -0.06, 0.06, self._centre, dash, dash + length)

    def _lay_side(self, cells: Image, index: int, side: int) -> None:
        plan = self._layout
        kerb, pavement, line = plan.kerb(side), plan.pavement_start(side), plan.building_line(side)
        zone = self._zones.zone(index, side)
        outside = EARTH if zone.kind == 'wall' and plan.kind == 'city' else GRASS
        if zone.kind == 'buildings' and plan.setback == 0:
            outside = SLAB_DARK

        def fill(
            near: float, far: float, material: int, start: float = 0, end: float = 1e3
        ) -> None:
            low, high = (near, far) if side > 0 else (-far, -near)
            _fill(cells, low, high, material, start, end)

        if plan.parking[(side + 1) // 2]:
            fill(kerb - PARKING - 0.05, kerb - PARKING + 0.05, PAINT)
        fill(line, _HALF_WIDTH + 1, outside)
        if plan.verge:
            fill(kerb, pavement, GRASS)
        if plan.pavement:
            fill(kerb, kerb + KERB, KERBSTONE)
            fill(pavement, line, SLAB)
            self._lay_slabs(fill, pavement, line)
        else:
            fill(kerb, kerb + 0.5, EARTH)
        if zone.opening:
            low, high = zone.opening
            fill(kerb, _HALF_WIDTH + 1, ASPHALT, low, high)
            fill(kerb, _HALF_WIDTH + 1, KERBSTONE if plan.pavement else EARTH, low - KERB, low)
            fill(kerb, _HALF_WIDTH + 1, KERBSTONE if plan.pavement else EARTH, high, high + KERB)

    def _lay_slabs(self, fill: _Fill, near: float, far: float) -> None:
        for joint in np.arange(near, far, self._slab).tolist():
            fill(joint, joint + ACROSS_CELL, JOINT)
        for joint in np.arange(0, CHUNK_LENGTH, 0.8).tolist():
            fill(near, far, JOINT, joint, joint + ALONG_CELL)


def _noise_sheet(rng: np.random.Generator, decay: float) -> Texture:
    noise = fractal_noise(rng, (512, 512), 6, octaves=7, decay=decay)
    noise += (decay - 0.5) * rng.standard_normal(noise.shape).astype(np.float32)
    grain = np.clip(128 + 36 * noise, 0, 255).astype(np.uint8)
    return Texture(np.zeros((512, 512, 3), np.uint8), grain)


def _fill(
    cells: Image, left: float, right: float, material: int, start: float = 0, end: float = 1e3
) -> None:
    rows = [round(value / ALONG_CELL) for value in (start, end)]
    rows = [min(max(value, 0), cells.shape[0]) for value in rows]
    cells[rows[0] : rows[1], _columns(cells, left, right)] = material


def _columns(cells: Image, left: float, right: float) -> slice:
    ends = [round((value + _HALF_WIDTH) / ACROSS_CELL) for value in (left, right)]
    return slice(*(min(max(end, 0), cells.shape[1]) for end in ends))


def _palette(rng: np.random.Generator) -> Image:
    tar = rng.uniform(62, 112)
    warm = rng.uniform(-5, 7)
    asphalt = np.array([tar + warm, tar, tar - warm])
    slab = np.array([1.0, 0.98, 0.93]) * rng.uniform(105, 165)
    grass = np.array([rng.uniform(70, 112), rng.uniform(92, 122), rng.uniform(45, 66)])
    paint = np.full(3, rng.uniform(165, 225))
    rows = [
        asphalt,
        asphalt * rng.uniform(0.72, 1.18),
        paint,
        np.array([rng.uniform(185, 215), rng.uniform(150, 172), 60]),
        slab * rng.uniform(0.8, 1.15),
        slab,
        slab * 0.8,
        slab * 0.78,
        grass,
        np.array([118, 98, 76]) * rng.uniform(0.8, 1.2),
        asphalt * 0.72,
        asphalt * rng.uniform(0.88, 0.97),
        asphalt * 0.55,
    ]
    return np.asarray(np.clip(rows, 0, 255), np.uint8)
