"""The pinhole camera and where it is at each moment."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from time2general_ros.synthetic.layout import Layout
from time2general_ros.synthetic.motion import Centreline, Travel
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.texture import Image


@dataclass(frozen=True)
class Pose:
    """
    A camera in the world: x to the right, y up, z along the road, metres.

    :param focal: Focal length in pixels.
    :param centre: Principal point, column and row.
    :param position: float64 [3].
    :param yaw: Radians, positive to the right.
    :param pitch: Radians, positive downwards.
    """

    focal: float
    centre: tuple[float, float]
    position: Image
    yaw: float
    pitch: float

    @property
    def right(self) -> Image:
        """Direction of increasing columns."""
        return np.array([math.cos(self.yaw), 0.0, -math.sin(self.yaw)])

    @property
    def axes(self) -> Image:
        """Right, down and forward directions in the world, the rows of a [3, 3] rotation."""
        level = np.array([math.sin(self.yaw), 0.0, math.cos(self.yaw)])
        drop = np.array([0.0, -1.0, 0.0])
        cosine, sine = math.cos(self.pitch), math.sin(self.pitch)
        return np.stack([self.right, drop * cosine - level * sine, level * cosine + drop * sine])

    @property
    def matrix(self) -> Image:
        """Intrinsic matrix [3, 3]."""
        column, row = self.centre
        return np.array([[self.focal, 0, column], [0, self.focal, row], [0, 0, 1.0]])

    @property
    def horizon(self) -> float:
        """Row of the horizon."""
        return self.centre[1] - self.focal * math.tan(self.pitch)


class Rig:
    """
    A camera mounted in a vehicle that keeps to its lane.

    All its swaying is a function of the distance covered, so it stands still when the vehicle
    does.

    :param size: Height and width in pixels.
    """

    def __init__(self, seed: int, size: tuple[int, int], layout: Layout) -> None:
        rng = random_stream(seed, 'camera')
        self.centreline = Centreline(seed, 0.8 if layout.kind == 'highway' else 1.0)
        self.travel = Travel(seed, layout)
        height, width = size
        view = math.radians(float(rng.uniform(52, 78)))
        self._focal = max(width, height) / 2 / math.tan(view / 2)
        self._centre = ((width - 1) / 2, (height - 1) / 2)
        self._height = float(rng.uniform(1.25, 1.75))
        self._tilt = float(rng.uniform(-0.02, 0.14)) * height / self._focal
        self.lane = int(rng.integers(layout.lanes))
        self.offset = layout.lane_centre(self.lane, 1)
        self._phases = rng.uniform(0, 2 * math.pi, 4)
        self._bounce = float(rng.uniform(0.001, 0.003))

    def pose(self, time_s: float) -> Pose:
        """Return the camera at a time in seconds."""
        along = self.travel.distance(time_s)
        sway, nod, hop, weave = self._phases
        offset = self.offset + 0.22 * math.sin(along / 31 + sway)
        yaw = self.centreline.heading(along) + 0.012 * math.sin(along / 23 + weave)
        pitch = self._tilt + self._bounce * (
            math.sin(along / 1.9 + nod) + 0.6 * math.sin(along / 4.3 + hop)
        )
        lift = 0.012 * math.sin(along / 2.7 + hop)
        position = np.array([self.centreline.lateral(along) + offset, self._height + lift, along])
        return Pose(self._focal, self._centre, position, yaw, pitch)
