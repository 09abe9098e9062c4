"""The buffer of an image message, checked against its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from time2general_ros.messages.bad_image import BadImageError

Samples = npt.NDArray[np.unsignedinteger[Any]]
RgbImage = npt.NDArray[np.uint8]


class ImageLike(Protocol):
    """
    The fields of ``sensor_msgs/Image`` that hold the picture.

    ``data`` is any object with the buffer protocol: ``array.array``, ``bytes``, ``ndarray``.
    """

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: Any


@dataclass(frozen=True)
class Picture:
    """
    What an encoding converts.

    :param encoding: The name in the table of encodings.
    :param rows: A view of the message, uint8 [stored rows, step], row padding included.
    :param sample_bits: How many low bits of a 16-bit sample are in use: all of them are white.
    """

    encoding: str
    height: int
    width: int
    is_bigendian: bool
    rows: npt.NDArray[np.uint8]
    sample_bits: int = 16


class Encoding(Protocol):
    """How the samples of one encoding lie in memory and become RGB."""

    @property
    def least_side(self) -> int:
        """The width and height in pixels below which no colours can be told."""

    def row_bytes(self, width: int) -> int:
        """Tell how much of ``step`` the pixels of a row take."""

    def stored_rows(self, height: int) -> int:
        """Tell how many rows of ``step`` bytes the message holds."""

    def to_rgb(self, picture: Picture) -> RgbImage:
        """Convert to uint8 [H, W, 3], contiguous; the result may share the picture's memory."""


def view_picture(
    message: ImageLike, name: str, encoding: Encoding, sample_bits: int = 16
) -> Picture:
    """
    View a message's buffer as rows.

    :param name: The name of ``encoding`` in the table.
    :raises BadImageError: ``short_step`` or ``short_data`` if the pixels that the fields describe
        do not fit into it, ``too_small`` for a size without colours.
    """
    height, width, step = message.height, message.width, message.step
    if min(height, width) < encoding.least_side:
        raise BadImageError(
            'too_small',
            f'a {message.encoding} image of {width}x{height} pixels has no colours; it needs '
            f'{encoding.least_side} on each side: check the region of interest of the camera',
        )
    row_bytes = encoding.row_bytes(width)
    if step < row_bytes:
        raise BadImageError(
            'short_step',
            f'step is {step} bytes but a row of {width} {message.encoding} pixels takes '
            f'{row_bytes}; the camera driver fills in the message wrongly',
        )
    stored_rows = encoding.stored_rows(height)
    size, needed = memoryview(message.data).nbytes, step * stored_rows
    if size < needed:
        raise BadImageError(
            'short_data',
            f'data holds {size} bytes but {stored_rows} rows of step {step} make {needed}; '
            'the message was cut off or the camera driver fills it in wrongly',
        )
    rows = np.frombuffer(message.data, np.uint8, needed).reshape(stored_rows, step)
    return Picture(name, height, width, bool(message.is_bigendian), rows, sample_bits)
