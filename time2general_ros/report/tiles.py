"""Pictures side by side and one below the other, with captions, as one PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Image = npt.NDArray[np.uint8]

CELL = (320, 240)
_GAP = 6
_TITLE = 26
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def captioned(image: Image, text: str) -> Image:
    """Write a text into the lower left of a copy of an image."""
    copy = image.copy()
    text = _drawable(text)
    place = (10, image.shape[0] - 14)
    scale = image.shape[0] / 480
    cv2.putText(copy, text, place, _FONT, 0.9 * scale, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.putText(copy, text, place, _FONT, 0.9 * scale, (255, 255, 255), 1, cv2.LINE_AA)
    return copy


def title(text: str, ground: tuple[int, int, int] = (255, 255, 255)) -> Image:
    """Make a bar of the width of a cell with a text, dark or light as the ground needs it."""
    bar = np.full((_TITLE, CELL[0], 3), ground, np.uint8)
    ink = (0, 0, 0) if sum(ground) > 3 * 110 else (255, 255, 255)
    cv2.putText(bar, _drawable(text), (4, 18), _FONT, 0.55, ink, 1, cv2.LINE_AA)
    return bar


def _drawable(text: str) -> str:
    """Replace what is no text: OpenCV ends the process at bytes of a file name that are none."""
    return text.encode(errors='replace').decode()


def cell(image: Image) -> Image:
    """Bring an image to the size of a cell."""
    # Nearest keeps class colours and single flickering pixels true.
    return np.asarray(cv2.resize(image, CELL, interpolation=cv2.INTER_NEAREST), np.uint8)


def line(cells: Sequence[Image]) -> Image:
    """Put images of the same height side by side."""
    padded = [np.pad(one, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255) for one in cells]
    return np.concatenate(padded, axis=1)


def write_png(path: Path, lines: Sequence[Image]) -> None:
    """
    Write lines of the same width, one below the other.

    :raises OSError: if the file cannot be written.
    """
    sheet = np.concatenate(lines)
    done, data = cv2.imencode('.png', cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f'{path} cannot be encoded as PNG')
    write_whole(path, data.tobytes())
