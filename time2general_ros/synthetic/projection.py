"""From pieces in the world to regions of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from time2general_ros.synthetic.camera import Pose
from time2general_ros.synthetic.scene import Scene
from time2general_ros.synthetic.texture import Image

NEAR = 0.15
_THINNEST = 0.45


@dataclass(frozen=True)
class Regions:
    """
    Pieces as the camera sees them, nearest first.

    :param index: Which piece each one is, int [N].
    :param boxes: First column, first row, last column + 1, last row + 1, int [N, 4].
    :param inverses: Pixel to (s, t, 1) / depth, float64 [N, 3, 3].
    :param levels: How often to halve a texture of one texel per unit of s and t; int [N, 2]
        after :meth:`texture_levels`.
    :param normals: Unit normal towards the camera, world axes, float64 [N, 3].
    """

    index: Image
    boxes: Image
    inverses: Image
    footprints: Image
    normals: Image


def board_quads(scene: Scene, pose: Pose) -> tuple[Image, Image]:
    """
    Turn the boards of a scene towards the camera.

    :returns: Flat pieces [M, 3, 3], and which of them can be seen, bool [M].
    """
    boards = np.asarray(scene.boards, np.float64).reshape(-1, 5)
    foot, width, height = boards[:, :3], boards[:, 3], boards[:, 4]
    depth = (foot - pose.position) @ pose.axes[2]
    thin = np.array([surface.thin for surface in scene.board_surfaces], bool)
    pixel = np.maximum(depth, NEAR) / pose.focal
    seen = (depth > NEAR) & ~(thin & (width < _THINNEST * pixel))
    width = np.where(thin, np.maximum(width, 1.001 * pixel), width)
    across = width[:, None] * pose.right
    down = height[:, None] * np.array([0.0, -1.0, 0.0])
    return np.stack([foot - across / 2 - down, across, down], axis=1), seen


def project(quads: Image, solid: Image, pose: Pose, size: tuple[int, int]) -> Regions:
    """
    Find where flat pieces fall in the picture; those that cannot be seen are left out.

    :param quads: float64 [N, 3 (origin, right, down), 3].
    :param solid: Which ones are seen from the front only, bool [N].
    :param size: Height and width of the picture.
    """
    offset = quads[:, 0] - pose.position
    normals = np.cross(quads[:, 1], quads[:, 2])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    facing = np.einsum('ni,ni->n', normals, offset)
    axes = pose.axes
    origin, right, down = offset @ axes.T, quads[:, 1] @ axes.T, quads[:, 2] @ axes.T
    corners = np.stack([origin, origin + right, origin + right + down, origin + down], axis=1)
    ahead = corners[..., 2] > NEAR
    keep = ahead.any(axis=1) & (np.abs(facing) > 1e-4) & ~(solid & (facing > 0))
    index = np.flatnonzero(keep)
    corners, ahead = corners[index], ahead[index]
    low, high = _bounds(corners, ahead, pose)
    height, width = size
    first = np.clip(np.ceil(low - 0.5), 0, (width, height))
    last = np.clip(np.floor(high + 0.5) + 1, 0, (width, height))
    seen = ((last - first) >= 1).all(axis=1) & ((high - low) > 0.5).all(axis=1)
    index, first, last = index[seen], first[seen], last[seen]
    nearest = np.where(ahead, corners[..., 2], np.inf)[seen].min(axis=1)
    order = np.argsort(nearest, kind='stable')
    index, first, last = index[order], first[order], last[order]

    frames = np.stack([right[index], down[index], origin[index]], axis=2)
    inverses = np.linalg.inv(pose.matrix @ frames)
    middle = np.concatenate([(first + last - 1) / 2, np.ones((len(index), 1))], axis=1)
    place = np.einsum('nij,nj->ni', inverses, middle)
    depth = np.where(np.abs(place[:, 2]) < 1e-9, 1e-9, place[:, 2])
    texel = place[:, :2] / depth[:, None]
    slope = inverses[:, :2, :2] - texel[:, :, None] * inverses[:, 2:, :2]
    footprints = np.linalg.norm(slope / depth[:, None, None], axis=2)
    normals = normals[index] * -np.sign(facing[index])[:, None]
    boxes = np.concatenate([first, last], axis=1).astype(np.int64)
    return Regions(index, boxes, inverses, footprints, normals)


def _bounds(corners: Image, ahead: Image, pose: Pose) -> tuple[Image, Image]:
    """Bound the visible part of each piece, in pixels: two arrays [N, 2]."""
    depth = np.maximum(corners[..., 2:], NEAR)
    pixels = corners[..., :2] / depth * pose.focal + np.asarray(pose.centre)
    low, high = pixels.min(axis=1), pixels.max(axis=1)
    for row in np.flatnonzero(~ahead.all(axis=1)):
        clipped = _clip_near(corners[row])
        points = clipped[:, :2] / clipped[:, 2:] * pose.focal + np.asarray(pose.centre)
        low[row], high[row] = points.min(axis=0), points.max(axis=0)
    return low, high


def _clip_near(corners: Image) -> Image:
    points = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if start[2] > NEAR:
            points.append(start)
        if (start[2] > NEAR) != (end[2] > NEAR):
            points.append(start + (end - start) * (NEAR - start[2]) / (end[2] - start[2]))
    clipped = np.array(points)
    clipped[:, 2] = np.maximum(clipped[:, 2], NEAR)
    return clipped
