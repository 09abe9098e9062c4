"""Pictures that stand in a page itself."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

# Of pictures in a page, pixels.
WIDTH = 416
_LOSSLESS = 101
# Orange and blue on grey are told apart by everybody.
CHANGED, SPARED = (255, 150, 40), (70, 160, 255)


def shrunk(picture: Pixels, width: int = WIDTH) -> Pixels:
    """
    Make a picture no wider than so many pixels.

    :param picture: Colours, uint8 [H, W, 3], which are averaged; or ids [H, W], which are picked.
    """
    height, now = picture.shape[:2]
    if now <= width:
        return picture
    size = width, max(1, round(height * width / now))
    how = cv2.INTER_AREA if picture.ndim == 3 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def photo(image: Pixels) -> str:
    """
    Encode RGB, uint8 [H, W, 3], as the address of a picture.

    As JPEG: WebP is a third smaller and takes thirteen times as long, and a page holds hundreds.
    """
    bgr = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)
    return _address(bgr, 'jpeg', cv2.IMWRITE_JPEG_QUALITY, 72)


def tint(ids: Pixels, colours: Pixels) -> str:
    """
    Encode class ids as the address of a picture without loss; unlabelled pixels are clear.

    :param ids: uint8 [H, W].
    :param colours: RGB, uint8 [256, 3].
    """
    table = np.full((256, 4), 255, np.uint8)
    table[:, :3] = colours[:, ::-1]
    table[UNLABELLED] = 0
    bgra = np.take(table, ids, axis=0)
    return _address(bgra, 'webp', cv2.IMWRITE_WEBP_QUALITY, _LOSSLESS)


def changes(image: Pixels, changed: Pixels, spared: Pixels | None) -> Pixels:
    """
    Show where classes changed, on the image in dim grey.

    :param image: RGB, uint8 [H, W, 3].
    :param changed: Where they did, bool [H, W].
    :param spared: Where they did in a run to compare with.
    :returns: RGB, uint8 [H, W, 3].
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    shown = np.repeat((0.35 * grey + 20)[..., None], 3, axis=2).astype(np.uint8)
    if spared is not None:
        shown[spared] = SPARED
    shown[changed] = CHANGED
    return shown


def _address(pixels: Pixels, form: str, setting: int, value: int) -> str:
    done, data = cv2.imencode(f'.{form}', pixels, [setting, value])
    if not done:
        raise ValueError(f'a picture of {pixels.shape} cannot be encoded as {form}')
    return f'data:image/{form};base64,{b64encode(data.tobytes()).decode()}'
