"""The picture being drawn, with its labels and depth."""

from __future__ import annotations

import cv2
import numpy as np

from time2general_ros.synthetic.camera import Pose
from time2general_ros.synthetic.light import Light
from time2general_ros.synthetic.projection import Regions, board_quads, project
from time2general_ros.synthetic.scene import Scene, Surface
from time2general_ros.synthetic.texture import Image, Texture

_SMOOTH = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_EXACT = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP


class Canvas:
    """
    Image, labels and inverse depth, always written together through one mask.

    :param size: Height and width.
    :param with_glow: Whether to keep track of the light that surfaces give off.
    """

    def __init__(self, size: tuple[int, int], with_glow: bool) -> None:
        self.size = size
        self.image: Image = np.zeros((*size, 3), np.uint8)
        self.labels: Image = np.full(size, 255, np.uint8)
        self.nearness: Image = np.zeros(size, np.float32)
        self.glow: Image | None = np.zeros((*size, 3), np.uint8) if with_glow else None

    def cover_ground(self, quads: Image, textures: list[Texture], pose: Pose) -> Image:
        """
        Lay textures on the ground, the strongest winning where they overlap.

        :param quads: Flat pieces, float64 [N, 3, 3].
        :returns: Coverage, uint8 [H, W].
        """
        cover = np.zeros(self.size, np.uint8)
        regions = project(quads, np.zeros(len(quads), bool), pose, self.size)
        chosen = [textures[index] for index in regions.index]
        horizon = max(0, int(np.ceil(pose.horizon + 0.5)))
        for texture, (left, first, right, bottom), matrix in _warps(regions, chosen):
            top = max(first, horizon)
            if bottom <= top:
                continue
            shift = np.array([[1, 0, 0], [0, 1, top - first], [0, 0, 1.0]])
            size = (right - left, bottom - top)
            blob = cv2.warpPerspective(texture.alpha, matrix @ shift, size, flags=_SMOOTH)
            area = cover[top:bottom, left:right]
            np.maximum(area, blob, out=area)
        return cover

    def draw_shadows(self, scene: Scene, pose: Pose, strength: float) -> None:
        """Darken the ground drawn so far; overlapping shadows do not add up."""
        cover = self.cover_ground(scene.shadow_array(), scene.shadow_textures, pose)
        table = np.clip(255 - strength * np.arange(256), 0, 255).astype(np.uint8)
        kept = cv2.cvtColor(cv2.LUT(cover, table), cv2.COLOR_GRAY2RGB)
        self.image = cv2.multiply(self.image, kept, scale=1 / 255)

    def draw(self, scene: Scene, pose: Pose, light: Light) -> None:
        """Draw the flat pieces and the boards of a scene; nearer ones hide farther ones."""
        boards, seen = board_quads(scene, pose)
        quads = np.concatenate([scene.quad_array(), boards])
        surfaces = scene.quad_surfaces + scene.board_surfaces
        visible = np.flatnonzero(np.concatenate([np.ones(len(scene.quads), bool), seen]))
        surfaces = [surfaces[index] for index in visible]
        solid = np.array([surface.solid for surface in surfaces], bool)
        regions = project(quads[visible], solid, pose, self.size)
        shades = light.shade(regions.normals)
        drawn = [surfaces[index] for index in regions.index]
        warps = _warps(regions, [surface.texture for surface in drawn])
        for (texture, box, matrix), surface, inverse, shade in zip(
            warps, drawn, regions.inverses, shades, strict=True
        ):
            self._draw_piece(texture, box, matrix, inverse[2], surface, shade * surface.tint)

    def _draw_piece(
        self,
        texture: Texture,
        box: list[int],
        matrix: Image,
        plane: Image,
        surface: Surface,
        shade: float,
    ) -> None:
        left, top, right, bottom = box
        area = (slice(top, bottom), slice(left, right))
        size = (right - left, bottom - top)
        columns = np.arange(left, right, dtype=np.float32) * np.float32(plane[0])
        rows = np.arange(top, bottom, dtype=np.float32) * np.float32(plane[1])
        nearness = np.add.outer(rows + np.float32(plane[2]), columns)
        mask = cv2.compare(nearness, self.nearness[area], cv2.CMP_GT)
        if cv2.countNonZero(mask) == 0:
            return
        cover = cv2.warpPerspective(texture.alpha, matrix, size, flags=_SMOOTH)
        mask = cv2.bitwise_and(mask, cv2.threshold(cover, 127, 255, cv2.THRESH_BINARY)[1])
        if cv2.countNonZero(mask) == 0:
            return
        colour = cv2.warpPerspective(
            texture.colour, matrix, size, flags=_SMOOTH, borderMode=cv2.BORDER_REPLICATE
        )
        colour = cv2.convertScaleAbs(colour, alpha=shade)
        cv2.copyTo(colour, mask, self.image[area])
        cv2.copyTo(nearness, mask, self.nearness[area])
        if texture.labels is None:
            np.copyto(self.labels[area], surface.label, where=mask.view(bool))
        else:
            labels = cv2.warpPerspective(
                texture.labels, matrix, size, flags=_EXACT, borderMode=cv2.BORDER_REPLICATE
            )
            cv2.copyTo(labels, mask, self.labels[area])
        if self.glow is not None:
            self._draw_glow(texture, matrix, mask, area)

    def _draw_glow(
        self, texture: Texture, matrix: Image, mask: Image, area: tuple[slice, slice]
    ) -> None:
        if self.glow is None:
            return
        if texture.glow is None:
            glow = np.zeros((*mask.shape, 3), np.uint8)
        else:
            size = (mask.shape[1], mask.shape[0])
            glow = cv2.warpPerspective(texture.glow, matrix, size, flags=_SMOOTH)
        cv2.copyTo(glow, mask, self.glow[area])


def _warps(regions: Regions, textures: list[Texture]) -> list[tuple[Texture, list[int], Image]]:
    """Choose the level of each texture and the matrix from its region to its texels."""
    if not textures:
        return []
    sizes = np.array([texture.size for texture in textures], np.float64)
    detail = np.maximum(regions.footprints * sizes, 1e-3)
    levels = np.clip(np.floor(np.log2(detail) + 0.4), 0, 12).astype(int)
    chosen = [
        texture.level(int(across), int(down))
        for texture, (across, down) in zip(textures, levels, strict=True)
    ]
    scale = np.zeros((len(textures), 3, 3))
    scale[:, [0, 1], [0, 1]] = [texture.size for texture in chosen]
    scale[:, :2, 2] = -0.5
    scale[:, 2, 2] = 1
    shift = np.zeros((len(textures), 3, 3))
    shift[:, [0, 1, 2], [0, 1, 2]] = 1
    shift[:, :2, 2] = regions.boxes[:, :2]
    matrices = scale @ regions.inverses @ shift
    return list(zip(chosen, regions.boxes.tolist(), matrices, strict=True))
