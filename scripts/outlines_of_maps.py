#!/usr/bin/env python3
"""Label maps of a folder of one's own to labelme polygons, as label tools write them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.data.own.description import read_description
from time2general_ros.labels.label_set import UNLABELLED

VOID = 'void'
Shape = dict[str, object]


def shapes_of(ids: npt.NDArray[np.uint8], names: list[str]) -> list[Shape]:
    """
    Trace what is of one class together, large areas first: what lies inside them comes later.

    :param ids: uint8 [H, W], 255 = no class.
    """
    found: list[tuple[float, Shape]] = []
    for label in np.unique(ids):
        # Twice the size, a pixel has edges: outlines go along them, not through centres.
        mask = (ids == label).astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        name = VOID if label == UNLABELLED else names[label]
        for outline in outlines:
            points = (outline[:, 0, :] + 1) // 2
            shape = {'label': name, 'shape_type': 'polygon', 'points': points.tolist()}
            found.append((cv2.contourArea(outline), shape))
    return [shape for _, shape in sorted(found, key=lambda pair: -pair[0])]


def main() -> None:
    """Write ``NAME.json`` in place of each ``labels/**/NAME.png``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path, help='with dataset.json and PART/labels')
    root = parser.parse_args().folder
    said = read_description(root)
    for file in sorted(root.glob('*/labels/**/*.png')):
        ids = np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), np.uint8)
        height, width = ids.shape
        content = {
            'imagePath': f'{file.stem}.png',
            'imageHeight': height,
            'imageWidth': width,
            'shapes': shapes_of(ids, list(said.labels.classes)),
        }
        file.with_suffix('.json').write_text(json.dumps(content), encoding='utf-8')
        file.unlink()
    file = root / 'dataset.json'
    values = json.loads(file.read_text(encoding='utf-8'))
    file.write_text(json.dumps({**values, 'void_labels': [VOID]}, indent=2), encoding='utf-8')


if __name__ == '__main__':
    main()
