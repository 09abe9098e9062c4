"""The ground plane: surfaces and markings by casting a ray through every pixel."""

from __future__ import annotations

import cv2
import numpy as np

from time2general_ros.synthetic.camera import Pose
from time2general_ros.synthetic.canvas import Canvas
from time2general_ros.synthetic.ground_map import (
    ACROSS_CELL,
    ALONG_CELL,
    GroundMap,
)
from time2general_ros.synthetic.motion import Centreline
from time2general_ros.synthetic.texture import Image
from time2general_ros.synthetic.zones import CHUNK_LENGTH

_FINE_CELL = 0.02
_COARSE_CELL = 0.16
_FARTHEST = 230.0


class Ground:
    """
    Draws the ground between the nearest row and the horizon.

    :param ground_map: What lies where.
    :param centreline: Course of the road; the map is laid out along it.
    """

    def __init__(self, ground_map: GroundMap, centreline: Centreline) -> None:
        self._map = ground_map
        self._centreline = centreline

    def draw(self, canvas: Canvas, pose: Pose, brightness: float) -> None:
        """Fill image, labels and depth below the horizon."""
        height, width = canvas.size
        top = max(0, int(np.floor(pose.horizon)) + 1)
        if top >= height:
            return
        slope = (np.arange(top, height) - pose.centre[1]) / pose.focal
        cosine, sine = np.cos(pose.pitch), np.sin(pose.pitch)
        depth = pose.position[1] / np.maximum(slope * cosine + sine, 1e-5)
        depth = np.minimum(depth, 4 * _FARTHEST)
        ahead = depth * (cosine - slope * sine)
        columns = (np.arange(width) - pose.centre[0]) / pose.focal
        along, offset = self._world(pose, columns, depth, ahead)
        canvas.nearness[top:] = (1 / depth).astype(np.float32)[:, None]
        stretch = depth**2 / (pose.position[1] * pose.focal)
        self._paint(canvas, top, (along, offset), (stretch, depth / pose.focal), brightness, pose)

    def _world(
        self, pose: Pose, columns: Image, depth: Image, ahead: Image
    ) -> tuple[Image, Image]:
        """Return distance along the road from the camera and offset from its centreline."""
        sine, cosine = np.sin(pose.yaw), np.cos(pose.yaw)
        side = np.outer(depth, columns).astype(np.float32)
        start = float(pose.position[2])
        course = self._centreline.at(start + np.minimum(ahead, 400) * cosine)
        row = (ahead * cosine).astype(np.float32)[:, None]
        turned = side * np.float32(-sine)
        along = row + turned
        lateral = float(pose.position[0]) + ahead * sine - course[..., 0]
        offset = side * np.float32(cosine) + lateral.astype(np.float32)[:, None]
        offset -= course[..., 1].astype(np.float32)[:, None] * turned
        offset -= (course[..., 2] / 2).astype(np.float32)[:, None] * turned * turned
        return along, offset

    def _paint(
        self,
        canvas: Canvas,
        top: int,
        place: tuple[Image, Image],
        footprint: tuple[Image, Image],
        brightness: float,
        pose: Pose,
    ) -> None:
        along, offset = place
        first = int(np.floor((pose.position[2] - 8) / CHUNK_LENGTH))
        window = self._map.window(first, int(np.ceil((_FARTHEST + 8) / CHUNK_LENGTH)) + 1)
        origin = float(pose.position[2]) - first * CHUNK_LENGTH
        cell_x = offset * np.float32(1 / ACROSS_CELL) + np.float32(self._map.cells / 2 - 0.5)
        cell_y = along * np.float32(1 / ALONG_CELL) + np.float32(origin / ALONG_CELL - 0.5)
        np.clip(cell_y, 0, window.materials.shape[0] - 1, out=cell_y)
        np.clip(cell_x, 0, self._map.cells - 1, out=cell_x)
        materials = cv2.remap(window.materials, cell_x, cell_y, cv2.INTER_NEAREST)
        canvas.labels[top:] = cv2.LUT(materials, self._map.label_table)
        levels = np.clip(np.floor(np.log2(footprint[0] / ALONG_CELL) + 0.5), 0, 7).astype(int)
        wraps = float(pose.position[2])
        for level in np.unique(levels):
            rows = np.flatnonzero(levels == level)
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            wide = float(footprint[1][part].mean())
            across = int(np.clip(np.log2(max(wide, 1e-6) / ACROSS_CELL), 0, 6))
            if level == 0:
                colour = cv2.LUT(
                    cv2.cvtColor(materials[part], cv2.COLOR_GRAY2RGB), self._map.colour_table
                )
            else:
                sheet = window.colour(int(level), across)
                colour = cv2.remap(
                    sheet,
                    (cell_x[part] + 0.5) / (1 << across) - 0.5,
                    (cell_y[part] + 0.5) / (1 << int(level)) - 0.5,
                    cv2.INTER_LINEAR,
                    borderMode=cv2.BORDER_REPLICATE,
                )
            stretch = float(footprint[0][part].mean())
            grain = self._grain(offset[part], along[part], wraps, (wide, stretch))
            rough = cv2.LUT(materials[part], self._map.rough_table)
            grain = cv2.multiply(grain, rough, scale=1 / 64, dtype=cv2.CV_32F)
            gain = (grain + np.float32(1)) * np.float32(brightness)
            canvas.image[top + part.start : top + part.stop] = cv2.multiply(
                colour, cv2.merge([gain, gain, gain]), dtype=cv2.CV_8U
            )

    def _grain(
        self, offset: Image, along: Image, start: float, footprint: tuple[float, float]
    ) -> Image:
        """Sample the tiled noise at two scales; float32, about -1 to 1."""
        total = None
        for texture, cell, weight in (
            (self._map.fine_noise, _FINE_CELL, 0.75),
            (self._map.coarse_noise, _COARSE_CELL, 0.42),
        ):
            across, down = (max(0, int(np.log2(size / cell) + 0.7)) for size in footprint)
            if max(across, down) >= 8:
                continue
            sheet = texture.level(across, down).alpha
            period = texture.size[1] * cell
            column = offset * np.float32(1 / (cell * (1 << across)))
            row = (along + np.float32(start % period)) * np.float32(1 / (cell * (1 << down)))
            part = _wrapped(sheet, column, row)
            part = (part.astype(np.float32) - 128) * np.float32(weight / 64)
            total = part if total is None else total + part
        return np.zeros_like(offset) if total is None else total


def _wrapped(sheet: Image, column: Image, row: Image) -> Image:
    """Sample a tiled picture."""
    height, width = sheet.shape
    column -= np.floor(column * np.float32(1 / width)) * np.float32(width)
    row -= np.floor(row * np.float32(1 / height)) * np.float32(height)
    return cv2.remap(sheet, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
