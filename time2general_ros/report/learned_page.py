"""The page of a run that learned classes: one HTML file that needs no other."""

from __future__ import annotations

import base64
from importlib import resources
from typing import TYPE_CHECKING, Any

import cv2
from jinja2 import Environment, StrictUndefined
import numpy as np

from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.report.svg_curve import Curve

TEMPLATE = 'templates/learned.html'
WIDTH = 300
QUALITY = 82


def write_page(
    path: Path,
    labels: LabelSet,
    summary: dict[str, Any],
    curves: Sequence[Curve],
    rows: Sequence[dict[str, Any]],
) -> None:
    """
    Write the page.

    :param labels: The classes, with their colours.
    :param summary: As in ``summary.json``.
    :param rows: Pictures: ``name``, ``miou``, and ``image``, ``labels`` and ``answer`` as
        :func:`picture` makes them.
    :raises OSError: if the file cannot be written.
    """
    text = (resources.files('time2general_ros.report') / TEMPLATE).read_text(encoding='utf-8')
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    colours = {
        name: '#{:02x}{:02x}{:02x}'.format(*colour)
        for name, colour in zip(labels.classes, labels.palette, strict=True)
    }
    page = environment.from_string(text).render(
        summary=summary, curves=curves, rows=rows, colours=colours
    )
    write_whole(path, page.encode())


def picture(pixels: npt.NDArray[np.uint8]) -> str:
    """
    Make a picture a part of a page.

    :param pixels: RGB, uint8 [H, W, 3].
    :returns: an address that holds it.
    """
    height = max(1, round(pixels.shape[0] * WIDTH / pixels.shape[1]))
    # Nearest keeps the colours of classes true.
    small = cv2.resize(pixels, (WIDTH, height), interpolation=cv2.INTER_NEAREST)
    _, content = cv2.imencode(
        '.jpg', np.ascontiguousarray(small[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    return f'data:image/jpeg;base64,{base64.b64encode(content.tobytes()).decode()}'
