"""Tiny files in the official layouts of data sets."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SIZE = (4, 6)


def write_image(path: Path, size: tuple[int, int] = SIZE) -> Path:
    """Write a red image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.zeros((*size, 3), np.uint8)
    image[..., 2] = 200  # red, since OpenCV writes BGR
    assert cv2.imwrite(str(path), image)
    return path


def write_map(path: Path, *ids: int, size: tuple[int, int] = SIZE) -> Path:
    """Write a map whose first pixels have these ids; the rest repeats the last of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full(size, ids[-1], np.uint8)
    pixels.reshape(-1)[: len(ids)] = ids
    assert cv2.imwrite(str(path), pixels)
    return path


def write_colours(path: Path, *colours: tuple[int, int, int]) -> Path:
    """Write a map whose first pixels have these RGB colours; the rest repeats the last of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((*SIZE, 3), colours[-1], np.uint8)
    pixels.reshape(-1, 3)[: len(colours)] = colours
    assert cv2.imwrite(str(path), np.ascontiguousarray(pixels[..., ::-1]))
    return path


def write_text(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')
    return path
