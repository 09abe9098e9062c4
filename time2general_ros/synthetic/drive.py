"""A drive along a procedural street, rendered with its labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import math

import numpy as np

from time2general_ros.synthetic import atmosphere, sensor
from time2general_ros.synthetic.camera import Pose, Rig
from time2general_ros.synthetic.canvas import Canvas
from time2general_ros.synthetic.errors import SyntheticError
from time2general_ros.synthetic.ground import Ground
from time2general_ros.synthetic.ground_map import GroundMap
from time2general_ros.synthetic.layout import plan_layout
from time2general_ros.synthetic.library import open_library
from time2general_ros.synthetic.light import plan_light
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.roadside import Roadside
from time2general_ros.synthetic.scene import Scene
from time2general_ros.synthetic.sky import Rgb, Sky
from time2general_ros.synthetic.texture import Image
from time2general_ros.synthetic.traffic import Traffic
from time2general_ros.synthetic.weather import Weather, find_weather
from time2general_ros.synthetic.world import World
from time2general_ros.synthetic.zones import CHUNK_LENGTH, Zones

_VIEW = 205.0
SMALLEST, LARGEST = 32, 4096
# 13 September 2020: a stamp of zero means none.
START_NS = 1_600_000_000 * 10**9


@dataclass(frozen=True)
class SyntheticFrame:
    """
    One picture of a drive.

    :param image: RGB, uint8 [H, W, 3].
    :param labels: Ids of :mod:`~time2general_ros.synthetic.classes`, uint8 [H, W]; 255 where there
        is none.
    :param stamp_ns: When it was taken: drives begin at :data:`START_NS`.
    """

    image: Image
    labels: Image
    stamp_ns: int


class Drive:
    """
    An endless drive along a street that a seed decides.

    The world is a function of continuous time: any moment can be rendered, in any order and at
    any rate, and a moment always looks the same. The labels do not depend on the weather.

    :param seed: 0 or more.
    :param size: Height and width of the pictures in pixels.
    :param weather: One of ``WEATHERS``.
    :param rate_hz: Rate of :meth:`frames`.
    :raises SyntheticError: if an argument is out of range; the message names it.
    """

    def __init__(
        self,
        seed: int,
        size: tuple[int, int] = (480, 640),
        weather: str = 'clear',
        rate_hz: float = 30.0,
    ) -> None:
        _check(seed, size, rate_hz)
        self._weather = find_weather(weather)
        self._seed = seed
        self._size = size
        self._rate_hz = rate_hz
        self.layout = plan_layout(seed)
        self._rig = Rig(seed, size, self.layout)
        zones = Zones(seed, self.layout)
        rng = random_stream(seed, 'day')
        dull = bool(rng.random() < 0.3)
        self._light = plan_light(seed, self._weather.overcast or dull, self._weather.low_sun)
        roadside = Roadside(
            self._rig.centreline, open_library(seed, self.layout.kind != 'city'), self._light
        )
        self._world = World(seed, self.layout, zones, roadside)
        self._traffic = Traffic(seed, self.layout, zones, roadside, self._rig)
        self._ground = Ground(GroundMap(seed, self.layout, zones), self._rig.centreline)
        colours, cover = _sky_colours(rng, self._weather, dull)
        self._sky = Sky(seed, *colours, cover)
        self._haze = np.array(self._weather.haze or colours[1])
        self._lens = sensor.Lens(seed, size)

    def pose(self, time_s: float) -> Pose:
        """Return where the camera is at a time in seconds."""
        return self._rig.pose(time_s)

    def render(self, time_s: float) -> SyntheticFrame:
        """
        Render the moment ``time_s`` seconds after the start.

        :raises SyntheticError: if the time is not a finite number.
        """
        if not math.isfinite(time_s):
            raise SyntheticError(f'time_s is {time_s}; give a finite number of seconds')
        since_ns = round(time_s * 1e9)
        pose = self._rig.pose(time_s)
        canvas, scene = self._draw(time_s, pose)
        image = self._develop(canvas, scene, pose, time_s, since_ns)
        return SyntheticFrame(image, canvas.labels, START_NS + since_ns)

    def frames(self, duration_s: float) -> Iterator[SyntheticFrame]:
        """Render from the start, ``rate_hz`` frames a second."""
        for index in range(round(duration_s * self._rate_hz)):
            yield self.render(index / self._rate_hz)

    def _draw(self, time_s: float, pose: Pose) -> tuple[Canvas, Scene]:
        along = float(pose.position[2])
        first = math.floor((along - 12) / CHUNK_LENGTH)
        last = math.floor((along + _VIEW) / CHUNK_LENGTH)
        scene = Scene()
        scene.extend(self._world.chunk(index) for index in range(first, last + 1))
        scene.extend([self._traffic.scene(time_s, along)])
        canvas = Canvas(self._size, with_glow=self._weather.lamps > 0)
        self._sky.draw(canvas, pose, time_s, 1.0)
        self._ground.draw(canvas, pose, 1.0)
        canvas.draw_shadows(scene, pose, self._light.shadow_strength)
        canvas.draw(scene, pose, self._light)
        return canvas, scene

    def _develop(
        self, canvas: Canvas, scene: Scene, pose: Pose, time_s: float, since_ns: int
    ) -> Image:
        weather = self._weather
        rng = random_stream(self._seed, 'frame', since_ns)
        image = atmosphere.light_scene(canvas, pose, weather, scene)
        if weather.rain:
            image = atmosphere.wet_road(image, canvas, pose)
        image = atmosphere.add_haze(image, canvas.nearness, weather.extinction, self._haze)
        if weather.rain:
            image = sensor.add_rain(image, rng)
        if weather.exposure_s:
            half = weather.exposure_s / 2
            opened, closed = self._rig.pose(time_s - half), self._rig.pose(time_s + half)
            image = sensor.smear(image, canvas.nearness, opened, closed)
        image = self._lens.expose(image, weather.gain)
        return sensor.add_noise(image, weather.noise, rng)


def _sky_colours(
    rng: np.random.Generator, weather: Weather, dull: bool
) -> tuple[tuple[Rgb, Rgb, Rgb], float]:
    grey = float(rng.uniform(175, 228))
    blue = float(rng.uniform(0.6, 1.0))
    cover = 0.95 if dull else float(rng.uniform(0.0, 0.6))
    if weather.sky is not None:
        return weather.sky, 0.9 if weather.overcast else cover
    if dull:
        return ((grey, grey, grey + 4), (grey + 16, grey + 16, grey + 18), (grey,) * 3), cover
    zenith = (150 - 85 * blue, 178 - 50 * blue, 222.0 - 10 * blue)
    return (zenith, (205, 218, 232), (246, 246, 248)), cover


def _check(seed: int, size: tuple[int, int], rate_hz: float) -> None:
    if seed < 0:
        raise SyntheticError(f'seed is {seed}; give 0 or more')
    if not (len(size) == 2 and all(SMALLEST <= side <= LARGEST for side in size)):
        raise SyntheticError(
            f'size is {size}; give height and width, each {SMALLEST} to {LARGEST} pixels'
        )
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise SyntheticError(f'rate_hz is {rate_hz}; give more than 0')
