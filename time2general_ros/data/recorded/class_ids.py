"""Image messages whose pixels are class ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from time2general_ros.data.palette_png import read_indices
from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.compressed import decode_compressed
from time2general_ros.messages.limits import check_size
from time2general_ros.messages.packed import Packed
from time2general_ros.messages.picture import view_picture

if TYPE_CHECKING:
    import numpy.typing as npt

# One channel; the bytes of a sample.
IDS = {'mono8': 1, '8uc1': 1, 'mono16': 2, '16uc1': 2}
JPEG = b'\xff\xd8'


def decode_ids(message: Any) -> npt.NDArray[Any]:
    """
    Decode class ids: an ``Image`` of one channel, or a ``CompressedImage`` that holds a PNG.

    :returns: uint8 or uint16 [H, W].
    :raises BadImageError: if the message is damaged, or holds colours or a JPEG.
    """
    if hasattr(message, 'format'):
        return _from_png(message)
    sample_bytes = IDS.get(message.encoding.lower())
    if sample_bytes is None:
        raise BadImageError(
            'encoding',
            f'images of {message.encoding!r} hold no class ids; labels are images of '
            f'{", ".join(IDS)}, or PNG',
        )
    check_size(message.width, message.height)
    packed = Packed(1, np.asarray, sample_bytes)
    picture = view_picture(message, message.encoding, packed)
    return np.ascontiguousarray(packed.samples(picture)[:, : message.width, 0])


def _from_png(message: Any) -> npt.NDArray[Any]:
    data = bytes(message.data)
    if data.startswith(JPEG):
        raise BadImageError('encoding', 'a JPEG changes class ids; record labels as PNG')
    # It refuses what is cut off or far too large.
    decode_compressed(message)
    indices = read_indices(data)
    if indices is not None:
        return indices
    pixels = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
    if pixels.ndim != 2:
        raise BadImageError(
            'encoding', f'labels of {pixels.shape[2]} channels hold no class ids; one is needed'
        )
    return pixels
