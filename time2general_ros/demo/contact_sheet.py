"""One picture that shows what the node saw, said, and where it flickered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.whole import write_whole

Image = npt.NDArray[np.uint8]

_CELL = (320, 240)
_GAP = 6
_TITLE = 26
_FLICKER_COLOUR = (255, 60, 40)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


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
    lines = [_line([_title(text) for text in titles])]
    for row in rows:
        cells = (
            _captioned(row.frame, f'{row.time_s:.1f} s'),
            colours[row.truth],
            colours[row.mask],
            _flicker(row.frame, row.flicker),
            _flicker(row.frame, row.flicker_memory_off),
        )
        lines.append(_line([_cell(cell) for cell in cells]))
    sheet = np.concatenate(lines)
    done, data = cv2.imencode('.png', cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f'{path} cannot be encoded as PNG')
    write_whole(path, data.tobytes())


def _flicker(frame: Image, flicker: npt.NDArray[np.bool_]) -> Image:
    """Mark the flickering pixels on a dimmed grey frame and name their share."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) // 3
    shown = np.repeat(grey[..., None], 3, axis=2)
    # Widened, so that the smaller picture loses no single pixel.
    shown[cv2.dilate(flicker.view(np.uint8), np.ones((3, 3), np.uint8)) > 0] = _FLICKER_COLOUR
    return _captioned(np.asarray(shown, np.uint8), f'{100.0 * flicker.mean():.2f} % of pixels')


def _captioned(image: Image, text: str) -> Image:
    captioned = image.copy()
    place = (10, image.shape[0] - 14)
    scale = image.shape[0] / 480
    cv2.putText(captioned, text, place, _FONT, 0.9 * scale, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.putText(captioned, text, place, _FONT, 0.9 * scale, (255, 255, 255), 1, cv2.LINE_AA)
    return captioned


def _title(text: str) -> Image:
    bar = np.full((_TITLE, _CELL[0], 3), 255, np.uint8)
    cv2.putText(bar, text, (4, 18), _FONT, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
    return bar


def _cell(image: Image) -> Image:
    # Nearest keeps class colours and single flickering pixels true.
    return np.asarray(cv2.resize(image, _CELL, interpolation=cv2.INTER_NEAREST), np.uint8)


def _line(cells: Sequence[Image]) -> Image:
    padded = [np.pad(cell, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255) for cell in cells]
    return np.concatenate(padded, axis=1)
