"""Small folders of labelled pictures that a network of test size can learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

SIZE = (32, 48)
# Told apart by their colours, so that a few steps teach something.
COLOURS = {0: (40, 160, 60), 1: (150, 110, 70), 2: (90, 130, 220), 255: (0, 0, 0)}
CLASSES = [
    {'name': 'crop', 'colour': [0, 200, 0], 'groups': ['vegetation']},
    {'name': 'soil', 'colour': [120, 80, 40]},
    {'name': 'sky', 'colour': [70, 130, 180]},
]


def write_picture(folder: Path, name: str, seed: int, ids: tuple[int, ...] = (0, 1, 2)) -> None:
    """Write a picture of bands and its label map."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(ids, (4, 3)).astype(np.uint8).repeat(8, axis=0).repeat(16, axis=1)
    image = np.zeros((*SIZE, 3), np.int64)
    for label in np.unique(labels).tolist():
        image[labels == label] = COLOURS.get(label, (label, 255 - label, 37 * label % 256))
    image = np.clip(image + rng.integers(-20, 20, image.shape), 0, 255).astype(np.uint8)
    for part, pixels in (('images', image[..., ::-1]), ('labels', labels)):
        path = folder / part / f'{name}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), pixels)


def describe(root: Path, **content: Any) -> None:
    said = {'rate_hz': None, 'classes': CLASSES, 'void_id': 255, **content}
    root.mkdir(parents=True, exist_ok=True)
    (root / 'dataset.json').write_text(json.dumps(said), encoding='utf-8')


def write_field(root: Path, **content: Any) -> Path:
    """Write two drives to learn from and one that is held out."""
    describe(root, **content)
    for part, drives in (('train', 'ab'), ('val', 'c')):
        for drive in drives:
            for number in range(3):
                write_picture(root / part, f'{drive}_{number}', 10 * ord(drive) + number)
    return root
