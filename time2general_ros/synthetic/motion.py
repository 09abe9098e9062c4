"""The course of the road and the way the camera travels along it."""

from __future__ import annotations

import math

import numpy as np

from time2general_ros.synthetic.layout import Layout
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.texture import Image


class Centreline:
    """
    The course of the road: lateral position in metres as a smooth function of distance ahead.

    :param amount: 0 for a straight road, 1 for an ordinary one.
    """

    def __init__(self, seed: int, amount: float) -> None:
        rng = random_stream(seed, 'centreline')
        lengths = rng.uniform((260.0, 120.0), (520.0, 200.0))
        slopes = rng.uniform((0.03, 0.0), (0.14, 0.05)) * amount
        self._rates = 2 * math.pi / lengths
        self._amplitudes = slopes / self._rates
        self._phases = rng.uniform(0, 2 * math.pi, 2)
        waves = np.stack([self._amplitudes, self._rates, self._phases], axis=1)
        self._waves: list[list[float]] = waves.tolist()

    def at(self, distance: Image) -> Image:
        """
        Return the course at some distances.

        :param distance: Metres, any shape [...].
        :returns: Lateral position, its first and its second derivative, [..., 3].
        """
        angles = np.multiply.outer(distance, self._rates) + self._phases
        sines, cosines = np.sin(angles), np.cos(angles)
        return np.stack(
            [
                sines @ self._amplitudes,
                cosines @ (self._amplitudes * self._rates),
                -sines @ (self._amplitudes * self._rates**2),
            ],
            axis=-1,
        )

    def lateral(self, distance: float) -> float:
        """Return the lateral position alone."""
        return sum(
            amplitude * math.sin(rate * distance + phase) for amplitude, rate, phase in self._waves
        )

    def heading(self, distance: float) -> float:
        """Return the direction of the road in radians, positive to the right."""
        slope = sum(
            amplitude * rate * math.cos(rate * distance + phase)
            for amplitude, rate, phase in self._waves
        )
        return math.atan(slope)


class Travel:
    """
    Distance covered as a smooth function of time: cruise, brake, stand, pull away, again.

    :param layout: Its kind sets the speed and whether there are stops.
    """

    def __init__(self, seed: int, layout: Layout) -> None:
        rng = random_stream(seed, 'travel')
        highway = layout.kind == 'highway'
        self.speed = float(rng.uniform(19, 28) if highway else rng.uniform(6.5, 12.5))
        stands = not highway and rng.random() < 0.6
        self._cruise = float(rng.uniform(9, 22))
        self._ramp = float(rng.uniform(3.5, 5.5))
        self._stand = float(rng.uniform(2.5, 6)) if stands else 0.0
        self._low = 0.0 if stands else float(rng.uniform(0.55, 0.85))
        self._period = self._cruise + 2 * self._ramp + self._stand
        self._phase = float(rng.uniform(0, self._period))
        self._lap = self._within(self._period)

    def distance(self, time_s: float) -> float:
        """Return the distance covered in metres; it never decreases."""
        laps, rest = divmod(time_s + self._phase, self._period)
        return self.speed * (laps * self._lap + self._within(rest))

    def arrival(self, distance: float) -> float:
        """Return the first time, to a millisecond, at which a distance has been covered."""
        low = distance / self.speed - 3 * self._period - 60
        high = low
        step = self._period
        while self.distance(high) < distance:
            high += step
        while self.distance(low) >= distance:
            low -= step
        while high - low > 1e-3:
            middle = (low + high) / 2
            low, high = (middle, high) if self.distance(middle) < distance else (low, middle)
        return high

    def _within(self, time_s: float) -> float:
        cruise = min(time_s, self._cruise)
        braking = min(max(time_s - self._cruise, 0), self._ramp)
        standing = min(max(time_s - self._cruise - self._ramp, 0), self._stand)
        pulling = max(time_s - self._cruise - self._ramp - self._stand, 0)
        drop = 1 - self._low
        covered = cruise + braking - drop * self._ramp * _ramp_area(braking / self._ramp)
        covered += self._low * (standing + pulling)
        return covered + drop * self._ramp * _ramp_area(pulling / self._ramp)


def _ramp_area(share: float) -> float:
    """Integrate the smooth step 3x² - 2x³ from 0."""
    return share**3 - share**4 / 2
