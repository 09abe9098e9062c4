"""The plan of a street: where the lanes, pavements and building lines run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from time2general_ros.synthetic.random_streams import random_stream

KERB = 0.16
PARKING = 2.2


@dataclass(frozen=True)
class Layout:
    """
    Distances from the centreline, in metres, and the character of the street.

    :param kind: ``'city'``, ``'suburb'`` or ``'highway'``.
    :param keep: +1 where traffic keeps right, -1 where it keeps left.
    :param lanes: Lanes per direction.
    :param median: Width of the strip between the directions; 0 if there is none.
    :param shoulder: Hard shoulder or cycle strip outside the lanes.
    :param parking: Whether cars are parked at the left and at the right kerb.
    :param verge: Width of the grass between kerb and pavement.
    :param pavement: Width of the pavement; 0 on a highway.
    :param setback: Depth of the front gardens.
    :param tram: Whether tram rails lie in the road.
    """

    kind: str
    keep: int
    lanes: int
    lane_width: float
    median: float
    shoulder: float
    parking: tuple[bool, bool]
    verge: float
    pavement: float
    setback: float
    tram: bool
    tree_rate: float
    people_rate: float
    traffic_rate: float
    zone_weights: tuple[float, float, float, float]

    @property
    def half_road(self) -> float:
        """Distance from the centreline to the outer edge of the lanes and shoulder."""
        return self.median / 2 + self.lanes * self.lane_width + self.shoulder

    def kerb(self, side: int) -> float:
        """Distance from the centreline to the kerb at a side (-1 left, +1 right)."""
        return self.half_road + PARKING * self.parking[(side + 1) // 2]

    def pavement_start(self, side: int) -> float:
        """Distance from the centreline to the near edge of the pavement."""
        return self.kerb(side) + KERB + self.verge

    def building_line(self, side: int) -> float:
        """Distance from the centreline to the end of the pavement."""
        return self.pavement_start(side) + self.pavement

    def lane_centre(self, lane: int, direction: int) -> float:
        """
        Signed offset of a lane's middle from the centreline.

        :param lane: 0 is the lane next to the centreline.
        :param direction: +1 for the camera's direction of travel, -1 for oncoming traffic.
        """
        offset = self.median / 2 + (lane + 0.5) * self.lane_width
        return self.keep * direction * offset


def plan_layout(seed: int) -> Layout:
    """Draw the plan of the street of a seed."""
    rng = random_stream(seed, 'layout')
    kind = str(rng.choice(['city', 'suburb', 'highway'], p=[0.55, 0.2, 0.25]))
    return _PLANS[kind](rng)


def _plan_city(rng: np.random.Generator) -> Layout:
    lanes = int(rng.choice([1, 1, 2]))
    return Layout(
        kind='city',
        keep=int(rng.choice([-1, 1])),
        lanes=lanes,
        lane_width=float(rng.uniform(2.9, 3.6)),
        median=0.0,
        shoulder=float(rng.choice([0.3, 1.3])),
        parking=(bool(rng.random() < 0.5), bool(rng.random() < 0.5)),
        verge=0.0,
        pavement=float(rng.uniform(2.0, 4.2)),
        setback=0.0,
        tram=bool(rng.random() < 0.3),
        tree_rate=float(rng.uniform(0.2, 1.6)),
        people_rate=float(rng.uniform(0.7, 3.2)),
        traffic_rate=float(rng.uniform(0.4, 1.3)),
        zone_weights=(0.66, 0.18, 0.08, 0.08),
    )


def _plan_suburb(rng: np.random.Generator) -> Layout:
    return Layout(
        kind='suburb',
        keep=int(rng.choice([-1, 1])),
        lanes=1,
        lane_width=float(rng.uniform(2.9, 3.5)),
        median=0.0,
        shoulder=0.3,
        parking=(bool(rng.random() < 0.3), bool(rng.random() < 0.3)),
        verge=float(rng.choice([0.0, 1.4, 2.2])),
        pavement=float(rng.uniform(1.6, 2.4)),
        setback=float(rng.uniform(3.0, 6.0)),
        tram=False,
        tree_rate=float(rng.uniform(1.0, 2.4)),
        people_rate=float(rng.uniform(0.2, 0.9)),
        traffic_rate=float(rng.uniform(0.3, 0.8)),
        zone_weights=(0.5, 0.3, 0.1, 0.1),
    )


def _plan_highway(rng: np.random.Generator) -> Layout:
    return Layout(
        kind='highway',
        keep=int(rng.choice([-1, 1], p=[0.3, 0.7])),
        lanes=int(rng.choice([2, 3])),
        lane_width=3.6,
        median=float(rng.choice([1.6, 4.0])),
        shoulder=float(rng.uniform(1.5, 2.8)),
        parking=(False, False),
        verge=3.0,
        pavement=0.0,
        setback=float(rng.uniform(5, 12)),
        tram=False,
        tree_rate=float(rng.uniform(1.5, 3.4)),
        people_rate=0.0,
        traffic_rate=float(rng.uniform(0.5, 1.4)),
        zone_weights=(0.08, 0.7, 0.14, 0.08),
    )


_PLANS = {'city': _plan_city, 'suburb': _plan_suburb, 'highway': _plan_highway}
