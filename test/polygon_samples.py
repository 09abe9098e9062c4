"""The same shapes as every label tool writes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

SIZE = (20, 30)
# A square of crop with a hole, cut along a bridge; a weed that lies over its corner.
CROP = [2, 2, 14, 2, 14, 14, 2, 14, 2, 2, 6, 6, 6, 10, 10, 10, 10, 6, 6, 6]
WEED = [12, 12, 24.6, 12, 24.6, 18.2, 12, 18.2]
CLASSES = ['soil', 'crop', 'weed']


def expected(background: int = 255) -> np.ndarray:
    """Draw them by hand."""
    pixels = np.full(SIZE, background, np.uint8)
    pixels[2:14, 2:14] = 1
    pixels[6:10, 6:10] = background
    pixels[12:18, 12:25] = 2
    return pixels


def pairs(ring):
    return [list(point) for point in zip(ring[::2], ring[1::2], strict=True)]


def coco(path: Path, *names: str, size=SIZE, **changed) -> Path:
    """Category ids begin at 7, and the names are not in the order of the classes."""
    annotations = [
        {'id': 10 * i + j, 'image_id': i, 'category_id': category, 'segmentation': [ring]}
        for i in range(len(names))
        for j, (category, ring) in enumerate([(9, CROP), (7, WEED)])
    ]
    content = {
        'images': [
            {'id': i, 'file_name': name, 'height': size[0], 'width': size[1]}
            for i, name in enumerate(names)
        ],
        'categories': [{'id': 7, 'name': 'weed'}, {'id': 9, 'name': 'crop'}],
        'annotations': annotations,
    }
    return write(path, json.dumps({**content, **changed}))


def labelme(path: Path, image: str, size=SIZE, shapes=None) -> Path:
    drawn = [
        {'label': label, 'points': pairs(ring), 'shape_type': 'polygon', 'group_id': None}
        for label, ring in (('crop', CROP), ('weed', WEED))
    ]
    content = {
        'version': '5.5.0',
        'shapes': drawn if shapes is None else shapes,
        'imagePath': image,
        'imageData': None,
        'imageHeight': size[0],
        'imageWidth': size[1],
    }
    return write(path, json.dumps(content))


def cvat(path: Path, *names: str, size=SIZE, shapes: str | None = None) -> Path:
    """The weed stands first in the file: its z says that it is on top."""
    drawn = ''.join(
        f'<polygon label="{label}" points="{";".join(f"{x},{y}" for x, y in pairs(ring))}"'
        f' z_order="{z}" occluded="0" source="manual"></polygon>'
        for label, ring, z in (('weed', WEED, 1), ('crop', CROP, 0))
    )
    images = ''.join(
        f'<image id="{i}" name="{name}" width="{size[1]}" height="{size[0]}">'
        f'{drawn if shapes is None else shapes}</image>'
        for i, name in enumerate(names)
    )
    return write(
        path, f'<?xml version="1.0"?><annotations><version>1.1</version>{images}</annotations>'
    )


def yolo(path: Path, text: str | None = None) -> Path:
    lines = [
        f'{number} {" ".join(str(x / SIZE[1 - i % 2]) for i, x in enumerate(ring))}'
        for number, ring in ((1, CROP), (2, WEED))
    ]
    return write(path, '\n'.join(lines) + '\n' if text is None else text)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')
    return path
