"""Images and label maps on disk, checked before anything learns from them or is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.palette_png import read_indices
from time2general_ros.messages.limits import MAX_SIDE

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

MOST_NAMED = 8
_JPEG, _RIFF, _WEBP = b'\xff\xd8\xff', b'RIFF', b'WEBP'


def read_image(path: Path) -> npt.NDArray[np.uint8]:
    """
    Read an image as RGB, uint8 [H, W, 3].

    :raises DataError: if it cannot be read.
    """
    return np.asarray(cv2.cvtColor(_read(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def read_map(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """
    Read a single-channel 8-bit map of the size of its image.

    In a PNG of palette mode that is the number of each pixel's colour.

    :param size: Height and width of the image.
    :returns: uint8 [H, W].
    :raises DataError: if the file is missing, is no such map or has another size.
    """
    pixels = read_stored(path, size)
    if pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise DataError(
            f'{path} is not a map of class ids: it has shape {pixels.shape} and type '
            f'{pixels.dtype}; save one 8-bit channel, not colours'
        )
    return np.asarray(pixels, np.uint8)


def read_stored(path: Path, size: tuple[int, int]) -> npt.NDArray[Any]:
    """
    Read what the pixels of a map hold, whatever that is: of a palette, the numbers of its colours.

    :param size: Height and width of the image.
    :returns: uint8 or uint16, [H, W] or [H, W, channels]; colours are BGR.
    :raises DataError: if the file is missing or damaged, has another size, or is in a format that
        changes ids.
    """
    data = _map_bytes(path)
    indices = read_indices(data)
    pixels = _decode(path, data, cv2.IMREAD_UNCHANGED) if indices is None else indices
    _check_size(path, pixels, size)
    return pixels


def read_first_channel(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """
    Read class ids from the red channel of a map of three, 8-bit or 16-bit, channels.

    :param size: Height and width of the image.
    :returns: uint8 [H, W].
    :raises DataError: if the file is missing, is no such map, has another size or ids above 255.
    """
    pixels = read_stored(path, size)
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise DataError(
            f'{path} has shape {pixels.shape}, not three channels with the class id in the first'
        )
    ids = pixels[..., 2]
    if ids.max() > 255:
        raise DataError(f'{path} holds unknown label ids up to {ids.max()}; known are below 256')
    return np.asarray(ids, np.uint8)


def read_colours(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """
    Read a map of class colours as RGB, uint8 [H, W, 3]; opacity is left out.

    :param size: Height and width of the image.
    :raises DataError: if the file is missing, holds no colours, has another size, or is in a
        format that changes colours.
    """
    pixels = _decode(path, _map_bytes(path), cv2.IMREAD_UNCHANGED)
    _check_size(path, pixels, size)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise DataError(
            f'{path} is not a map of class colours: it has shape {pixels.shape} and type '
            f'{pixels.dtype}; this edition has three 8-bit channels'
        )
    return np.asarray(pixels[..., 2::-1], np.uint8)


def read_ids(
    path: Path, size: tuple[int, int], classes: int, void_id: int, remedy: str = ''
) -> npt.NDArray[np.uint8]:
    """
    Read a map that may hold the ids 0 to ``classes - 1`` and ``void_id``.

    :param remedy: What to do about other ids, if the caller knows it.
    :raises DataError: as :func:`read_map`, and if there are other ids; names file and values.
    """
    ids = read_map(path, size)
    unknown = (ids >= classes) & (ids != void_id)
    if unknown.any():
        known = f'0 to {classes - 1} and {void_id} for void'
        raise unknown_ids(path, ids[unknown], known, remedy)
    return ids


def unknown_ids(path: Path, ids: npt.NDArray[Any], known: str, remedy: str = '') -> DataError:
    """
    Make the error for ids that a map must not hold.

    :param ids: Those of all such pixels.
    :param known: What it may hold.
    :param remedy: What to do, if it is known.
    """
    values, counts = np.unique(ids, return_counts=True)
    more = f' and {len(values) - MOST_NAMED} more' if len(values) > MOST_NAMED else ''
    return DataError(
        f'{path} holds unknown label ids: {_listed(values)}{more}; known are {known}; '
        f'pixels of each: {_listed(counts)}{more}{remedy and f"; {remedy}"}'
    )


def _listed(numbers: npt.NDArray[Any]) -> str:
    return ', '.join(map(str, numbers[:MOST_NAMED]))


def _check_size(path: Path, pixels: npt.NDArray[Any], size: tuple[int, int]) -> None:
    if pixels.shape[:2] != size:
        raise DataError(
            f'{path} is {pixels.shape[1]}x{pixels.shape[0]} but its image is '
            f'{size[1]}x{size[0]}; both must have the same size'
        )


def _read(path: Path, mode: int) -> npt.NDArray[Any]:
    return _decode(path, _bytes_of(path), mode)


def _map_bytes(path: Path) -> bytes:
    """Read the file of a map, whose name may say PNG whatever it is."""
    data = _bytes_of(path)
    lossy = 'JPEG' if data.startswith(_JPEG) else ''
    if data.startswith(_RIFF) and data[8:12] == _WEBP:
        lossy = 'WebP'
    if lossy:
        raise DataError(
            f'{path} is a {lossy}, which cannot hold class ids, since this format changes them; '
            'save label maps as PNG, from where they were made'
        )
    return data


def _bytes_of(path: Path) -> bytes:
    """Read a file here, since OpenCV opens no name that is not UTF-8."""
    if not path.is_file():
        raise DataError(f'{path} is missing')
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f'{path} cannot be read: {error.strerror}; check its permissions'
        ) from error


def _decode(path: Path, data: bytes, mode: int) -> npt.NDArray[Any]:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), mode)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise DataError(f'{path} cannot be read as an image; it may be damaged: fetch it again')
    if max(pixels.shape[:2]) > MAX_SIDE:
        # OpenCV cannot move the pixels of images that are longer than twice that.
        raise DataError(
            f'{path} is {pixels.shape[1]}x{pixels.shape[0]}; images have up to {MAX_SIDE} pixels '
            'on a side'
        )
    return np.asarray(pixels)
