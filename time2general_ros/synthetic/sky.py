"""The sky and what rises over the horizon."""

from __future__ import annotations

import math

import cv2
import numpy as np

from time2general_ros.synthetic.camera import Pose
from time2general_ros.synthetic.canvas import Canvas
from time2general_ros.synthetic.classes import BUILDING, SKY, VEGETATION
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.texture import Image, fractal_noise

_STRIP = (128, 4096)
_STRIP_SPAN = 0.16
_FAR = 1 / 500
_CLOUD_SIZE = 1024
Rgb = tuple[float, float, float]


class Sky:
    """
    A graded sky with drifting clouds over a distant skyline.

    :param zenith: RGB overhead.
    :param horizon: RGB at the horizon.
    :param cloud: RGB of the clouds.
    :param cover: Share of the sky under clouds, 0 to 1.
    """

    def __init__(self, seed: int, zenith: Rgb, horizon: Rgb, cloud: Rgb, cover: float) -> None:
        rng = random_stream(seed, 'sky')
        self._zenith, self._horizon, self._cloud = (
            np.array(colour, np.float32) for colour in (zenith, horizon, cloud)
        )
        noise = fractal_noise(rng, (_CLOUD_SIZE, _CLOUD_SIZE), 5, octaves=8)
        edge = float(np.quantile(noise, 1 - min(max(cover, 0.02), 0.98)))
        self._cover = np.clip(128 + 110 * (noise - edge), 0, 255).astype(np.uint8)
        self._shade = np.clip(205 - 22 * fractal_noise(rng, noise.shape, 7, 6), 90, 255)
        self._shade = self._shade.astype(np.uint8)
        self._wind = rng.uniform(-0.006, 0.006, 2)
        self._strip_colour, self._strip_labels = _skyline(rng)

    def draw(self, canvas: Canvas, pose: Pose, time_s: float, brightness: float) -> None:
        """Fill everything above the horizon."""
        height, width = canvas.size
        bottom = min(height, max(0, int(np.floor(pose.horizon)) + 1))
        if bottom == 0:
            return
        columns = (np.arange(width) - pose.centre[0]) / pose.focal
        rows = (np.arange(bottom) - pose.centre[1]) / pose.focal
        cosine, sine = math.cos(pose.pitch), math.sin(pose.pitch)
        level = cosine - rows * sine
        rise = np.maximum(-(rows * cosine + sine), 1e-4) / level
        self._draw_clouds(canvas, pose, time_s, (columns, rise))
        canvas.labels[:bottom] = SKY
        self._draw_skyline(canvas, pose, (columns, rise), brightness)

    def _draw_clouds(
        self, canvas: Canvas, pose: Pose, time_s: float, rays: tuple[Image, Image]
    ) -> None:
        size = (len(rays[0]), len(rays[1]))
        # Sky is smooth: half the resolution shows no difference and costs a quarter.
        columns, rise = (ray[::2] for ray in rays)
        blend = np.clip(rise / 0.4, 0, 1)[:, None] ** 0.55
        graded = (self._horizon * (1 - blend) + self._zenith * blend).astype(np.float32)
        reach = (0.11 / (rise + 0.07)).astype(np.float32)
        sine, cosine = math.sin(pose.yaw), math.cos(pose.yaw)
        drift = self._wind * time_s
        ahead = np.outer(reach, cosine - columns * sine) + drift[0]
        side = np.outer(reach, sine + columns * cosine) + drift[1]
        place = [np.mod(axis * (_CLOUD_SIZE / 2), _CLOUD_SIZE - 1) for axis in (side, ahead)]
        across, down = (axis.astype(np.float32) for axis in place)
        cover = cv2.remap(self._cover, across, down, cv2.INTER_LINEAR).astype(np.float32)
        cover *= (np.clip(rise / 0.12, 0, 1) / 255).astype(np.float32)[:, None]
        shade = cv2.remap(self._shade, across, down, cv2.INTER_LINEAR).astype(np.float32)
        shade *= cover * np.float32(1 / 225)
        picture = (1 - cover)[..., None] * graded[:, None] + shade[..., None] * self._cloud
        small = np.minimum(picture, 255).astype(np.uint8)
        canvas.image[: size[1]] = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)

    def _draw_skyline(
        self, canvas: Canvas, pose: Pose, rays: tuple[Image, Image], brightness: float
    ) -> None:
        columns, rise = rays
        top = int(np.searchsorted(-rise, -_STRIP_SPAN))
        if top >= len(rise):
            return
        bearing = pose.yaw + np.arctan(columns)
        across = np.mod(bearing / (2 * math.pi), 1) * (_STRIP[1] - 1)
        down = (1 - rise[top:] / _STRIP_SPAN) * _STRIP[0] - 0.5
        column, row = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
        labels = cv2.remap(
            self._strip_labels, column, row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
        )
        colour = cv2.remap(
            self._strip_colour, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        mask = np.where(labels == SKY, 0, 255).astype(np.uint8)
        area = slice(top, len(rise))
        cv2.copyTo(cv2.convertScaleAbs(colour, alpha=brightness), mask, canvas.image[area])
        cv2.copyTo(labels, mask, canvas.labels[area])
        canvas.nearness[area][mask.view(bool)] = _FAR


def _skyline(rng: np.random.Generator) -> tuple[Image, Image]:
    """Make the skyline all round: colours and labels, ``_STRIP`` in size."""
    height, width = _STRIP
    rows = np.arange(height)[:, None]
    trees = fractal_noise(rng, (1, width), 24, octaves=9)[0]
    crest = height * (1 - np.clip(0.2 + 0.07 * trees, 0.03, 0.6))
    labels = np.full(_STRIP, SKY, np.uint8)
    colour = np.empty((*_STRIP, 3), np.float32)
    speckle = 1 + 0.12 * fractal_noise(rng, _STRIP, 200, octaves=5)
    colour[:] = np.array([92, 104, 86]) * speckle[..., None]
    for _ in range(int(rng.integers(20, 130))):
        left = int(rng.integers(0, width - 60))
        right = left + int(rng.integers(12, 60))
        top = round(height * (1 - float(rng.uniform(0.12, 0.62) ** 1.4)))
        tone = np.array(rng.uniform(105, 165)) * np.array([1.0, 0.98, 0.97])
        colour[top:, left:right] = tone
        colour[top:, left:right][::4, ::3] *= 0.78
        labels[top:, left:right] = BUILDING
    green = rows > crest[None, :]
    colour[green] = (np.array([92, 104, 86]) * speckle[..., None])[green]
    labels[green] = VEGETATION
    return np.clip(colour, 0, 255).astype(np.uint8), labels
