"""One picture that shows what the node saw, said, and where it flickered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.report.tiles import Image, captioned, cell, line, title, write_png

_FLICKER_COLOUR = (255, 60, 40)


@dataclass(frozen=True)
class SheetRow:
    """
    One moment of a drive.

    :param time_s: Seconds since its start.
    :param frame: RGB, uint8 [H, W, 3].
    :param truth: Class ids, uint8 [H, W].
    :param mask: Class ids from the node, uint8 [H, W].
    :param flicker: Label-stable pixels whose class changed since the frame before, bool [H, W].
    :param flicker_memory_off: The same without memory.
    """

    time_s: float
    frame: Image
    truth: Image
    mask: Image
    flicker: npt.NDArray[np.bool_]
    flicker_memory_off: npt.NDArray[np.bool_]


def write_contact_sheet(path: Path, rows: Sequence[SheetRow], colours: Image) -> None:
    """
    Write a PNG with one row per moment.

    :param colours: RGB, uint8 [256, 3], by class id.
    :raises OSError: if the file cannot be written.
    """
    titles = ('camera', 'truth', 'mask', 'flicker, memory on', 'flicker, memory off')
    lines = [line([title(text) for text in titles])]
    for row in rows:
        cells = (
            captioned(row.frame, f'{row.time_s:.1f} s'),
            colours[row.truth],
            colours[row.mask],
            _flicker(row.frame, row.flicker),
            _flicker(row.frame, row.flicker_memory_off),
        )
        lines.append(line([cell(image) for image in cells]))
    write_png(path, lines)


def _flicker(frame: Image, flicker: npt.NDArray[np.bool_]) -> Image:
    """Mark the flickering pixels on a dimmed grey frame and name their share."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) // 3
    shown = np.repeat(grey[..., None], 3, axis=2)
    # Widened, so that the smaller picture loses no single pixel.
    shown[cv2.dilate(flicker.view(np.uint8), np.ones((3, 3), np.uint8)) > 0] = _FLICKER_COLOUR
    return captioned(np.asarray(shown, np.uint8), f'{100.0 * flicker.mean():.2f} % of pixels')
