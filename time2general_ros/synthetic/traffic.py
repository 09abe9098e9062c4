"""Everything that moves: vehicles, cyclists, people, and the traffic lights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
import math

import numpy as np

from time2general_ros.synthetic.camera import Rig
from time2general_ros.synthetic.classes import BICYCLE, PERSON, POLE, TRAFFIC_LIGHT
from time2general_ros.synthetic.figures import CYCLIST_SIZE, PHASES, WALKER_SIZE
from time2general_ros.synthetic.furniture import LIGHT_SIZE
from time2general_ros.synthetic.layout import Layout
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.roadside import Roadside
from time2general_ros.synthetic.scene import Scene
from time2general_ros.synthetic.zones import CHUNK_LENGTH, Zones

_STRIDE = 1.45
_RANGE = 190.0
_Crosser = tuple[float, float, int, int]


@dataclass(frozen=True)
class Member:
    """One of a stream: its kind, its number in the library and its place in its gap."""

    kind: str
    number: int
    jitter: float
    sideways: float


@dataclass(frozen=True)
class Stream:
    """
    An endless row of movers that keep the same speed, so that none runs into another.

    :param speed: Metres per second along the road; negative when oncoming.
    :param spacing: Mean distance between members in metres.
    """

    name: str
    offset: float
    spread: float
    speed: float
    spacing: float
    kinds: tuple[str, ...]
    weights: tuple[float, ...]
    seed: int

    def member(self, index: int) -> Member:
        """Describe a member of the row."""
        return _describe(self.seed, self.name, self.kinds, self.weights, self.spacing, index)

    def members(self, time_s: float, start: float, end: float) -> list[tuple[float, Member]]:
        """Return the members between two distances, each with its distance."""
        moved = self.speed * time_s
        first = math.floor((start - moved) / self.spacing) - 1
        last = math.ceil((end - moved) / self.spacing) + 1
        found = []
        for index in range(first, last + 1):
            member = self.member(index)
            place = (index + member.jitter) * self.spacing + moved
            if start <= place <= end:
                found.append((place, member))
        return found


@lru_cache(maxsize=2048)
def _describe(
    seed: int,
    name: str,
    kinds: tuple[str, ...],
    weights: tuple[float, ...],
    spacing: float,
    index: int,
) -> Member:
    rng = random_stream(seed, name, index)
    kind = str(rng.choice(kinds, p=np.array(weights) / sum(weights)))
    # Long vehicles need 14 m of their gap; people and cyclists, who come closer, need none.
    room = (spacing - 14) / spacing if spacing > 14 else 1.0
    return Member(
        kind,
        int(rng.integers(64)),
        float(rng.uniform(-0.3, 0.3)) * room,
        float(rng.uniform(-1, 1)),
    )


class Traffic:
    """The moving part of a world."""

    def __init__(
        self, seed: int, layout: Layout, zones: Zones, roadside: Roadside, rig: Rig
    ) -> None:
        self._seed = seed
        self._layout = layout
        self._zones = zones
        self._roadside = roadside
        self._rig = rig
        rng = random_stream(seed, 'traffic')
        self._vehicles = _vehicle_streams(rng, seed, layout, rig)
        self._cyclists = _cyclist_streams(rng, seed, layout)
        self._walkers = _walker_streams(rng, seed, layout)
        count = int(rng.choice([0, 1, 2, 3], p=[0.35, 0.25, 0.2, 0.2]))
        lag, gap = float(rng.uniform(0.9, 2.0)), float(rng.uniform(9, 13))
        self._leaders = [
            (lag * (place + 1), gap * (place + 1), str(kind), int(rng.integers(8)))
            for place, kind in enumerate(
                rng.choice(['hatch', 'saloon', 'estate', 'off-road'], count)
            )
        ]
        self._crossings: dict[int, list[_Crosser]] = {}

    def scene(self, time_s: float, position: float) -> Scene:
        """
        Return the movers around the camera.

        :param position: Distance of the camera along the road.
        """
        scene = Scene()
        reach = (position - 9.0, position + _RANGE)
        for stream in self._vehicles:
            for along, member in stream.members(time_s, *reach):
                self._roadside.vehicle(
                    scene, member.kind, member.number, along, stream.offset, stream.speed < 0
                )
        for lag, gap, kind, number in self._leaders:
            along = self._rig.travel.distance(time_s + lag) + gap
            self._roadside.vehicle(scene, kind, number, along, self._rig.offset, False)
        for stream in self._cyclists:
            for along, member in stream.members(time_s, *reach):
                self._cyclist(scene, stream, along, member)
        for stream in self._walkers:
            for along, member in stream.members(time_s, position, position + 110):
                self._walker(scene, stream, along, member)
        first = math.floor(position / CHUNK_LENGTH)
        for index in range(first, first + 6):
            self._cross(scene, time_s, index)
            self._lights(scene, time_s, index)
        return scene

    def _cyclist(self, scene: Scene, stream: Stream, along: float, member: Member) -> None:
        motor = member.kind == 'motorcycle'
        phase = 0 if motor else math.floor(along / 4.5 * PHASES) % PHASES
        texture = self._roadside.library.cyclist(member.number, phase, motor, stream.speed < 0)
        place = self._roadside.point(along, stream.offset + stream.spread * member.sideways)
        self._roadside.board(scene, place, CYCLIST_SIZE, texture, BICYCLE)
        self._roadside.blob(scene, place, (0.35, 0.9))

    def _walker(self, scene: Scene, stream: Stream, along: float, member: Member) -> None:
        phase = math.floor((along / _STRIDE + member.jitter * 7) * PHASES) % PHASES
        texture = self._roadside.library.walker(member.number, phase, False, False)
        place = self._roadside.point(along, stream.offset + stream.spread * member.sideways)
        height = WALKER_SIZE[1] * (0.94 + 0.05 * member.sideways)
        self._roadside.board(scene, place, (WALKER_SIZE[0], height), texture, PERSON)
        self._roadside.blob(scene, place, (0.35, 0.35))

    def _plan_crossing(self, index: int) -> list[_Crosser]:
        """Return start time, place, direction and number of those who cross in a chunk."""
        rng = random_stream(self._seed, 'crossers', index)
        rate = 0.12 * self._layout.people_rate + 0.5 * self._zones.crossing(index)
        along = index * CHUNK_LENGTH + 4.5
        lag = max((leader[0] for leader in self._leaders), default=0.0)
        crossers = []
        for _ in range(int(rng.poisson(rate)) if self._layout.pavement else 0):
            arrival = self._rig.travel.arrival(along - 4)
            start = arrival - lag - float(rng.uniform(1, 4)) - self._layout.half_road / 0.65
            place = along + float(rng.uniform(-1, 1))
            crossers.append((start, place, int(rng.choice([-1, 1])), int(rng.integers(64))))
        return crossers

    def _cross(self, scene: Scene, time_s: float, index: int) -> None:
        if index not in self._crossings:
            self._crossings[index] = self._plan_crossing(index)
        for start, along, direction, number in self._crossings[index]:
            width = self._layout.kerb(1) + self._layout.kerb(-1) + 3
            walked = 1.3 * (time_s - start)
            if not 0 <= walked <= width:
                continue
            left = -self._layout.kerb(-1) - 1.5
            offset = left + (walked if direction > 0 else width - walked)
            phase = math.floor(walked / _STRIDE * PHASES) % PHASES
            texture = self._roadside.library.walker(number, phase, True, direction < 0)
            place = self._roadside.point(along, offset)
            self._roadside.board(scene, place, WALKER_SIZE, texture, PERSON)
            self._roadside.blob(scene, place, (0.35, 0.35))

    def _lights(self, scene: Scene, time_s: float, index: int) -> None:
        if not self._zones.signals(index):
            return
        phase = (time_s + 5.3 * index) % 22
        lit = 2 if phase < 11 else 1 if phase < 13 else 0
        texture = self._roadside.library.single('traffic light', lit)
        for side in (-1, 1):
            offset = side * (self._layout.kerb(side) + 0.4)
            along = index * CHUNK_LENGTH + 7
            self._roadside.post(scene, self._roadside.point(along, offset), 2.9, POLE, 0.1)
            x, y, z = self._roadside.point(along, offset, 2.3)
            self._roadside.board(scene, (x, y, z - 0.12), LIGHT_SIZE, texture, TRAFFIC_LIGHT)


def _vehicle_streams(
    rng: np.random.Generator, seed: int, layout: Layout, rig: Rig
) -> list[Stream]:
    kinds = ('hatch', 'saloon', 'estate', 'off-road', 'van', 'truck', 'bus', 'tram')
    weights = [4, 4, 3, 3, 1.6, 0.9, 0.7, 0.0]
    if layout.kind == 'highway':
        weights[5] = 3.0
    streams = []
    for lane in range(layout.lanes):
        for direction in (-1, 1):
            if direction > 0 and lane == rig.lane:
                continue
            speed = rig.travel.speed * float(rng.uniform(0.8, 1.25))
            here = list(weights)
            if layout.tram and lane == 0:
                here[7] = 2.0
            room = 36 if layout.tram and lane == 0 else 24
            streams.append(
                Stream(
                    name=f'lane {lane} {direction}',
                    offset=layout.lane_centre(lane, direction),
                    spread=0.0,
                    speed=direction * speed,
                    spacing=room + float(rng.uniform(2, 22)) / layout.traffic_rate,
                    kinds=kinds,
                    weights=tuple(here),
                    seed=seed,
                )
            )
    return streams


def _cyclist_streams(rng: np.random.Generator, seed: int, layout: Layout) -> list[Stream]:
    if layout.kind == 'highway':
        return []
    return [
        Stream(
            name=f'cyclists {direction}',
            offset=layout.keep * direction * (layout.half_road - 0.45),
            spread=0.2,
            speed=direction * float(rng.uniform(3.6, 5.5)),
            spacing=float(rng.uniform(17, 50)),
            kinds=('bicycle', 'motorcycle'),
            weights=(0.7, 0.3),
            seed=seed,
        )
        for direction in (-1, 1)
    ]


def _walker_streams(rng: np.random.Generator, seed: int, layout: Layout) -> list[Stream]:
    if not layout.people_rate or not layout.pavement:
        return []
    streams = []
    for side in (-1, 1):
        for direction in (-1, 1):
            middle = layout.pavement_start(side) + layout.pavement * 0.55
            streams.append(
                Stream(
                    name=f'walkers {side} {direction}',
                    offset=side * middle,
                    spread=layout.pavement * 0.33,
                    speed=direction * float(rng.uniform(1.0, 1.5)),
                    spacing=float(rng.uniform(14, 26)) / layout.people_rate,
                    kinds=('person',),
                    weights=(1.0,),
                    seed=seed,
                )
            )
    return streams
