"""Pictures of two parts of a data set that look nearly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Look = tuple[str, npt.NDArray[np.uint8]]

SIDE = 32
# Correlation. Drives of one town reach 0.90, of one country 0.97 (CamVid and IDD-Lite, their
# validation against their training); neighbouring frames of a video have more.
ALIKE = 0.98
# Grey values: what varies less, such as a black frame, looks like any other of its kind.
FLAT = 2.0
_BLOCK = 1024


def look_of(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Make an image, RGB uint8 [H, W, 3], a small grey one, uint8 [1024]."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8).ravel()


def nearly_same(one: Sequence[Look], other: Sequence[Look]) -> list[tuple[str, str]]:
    """
    Pair each picture that has a likeness in the other part with the best of these.

    :param one: Names, and what :func:`look_of` makes of the pictures.
    :returns: Pairs of names.
    """
    (names, looks), (others, other_looks) = _standing_out(one), _standing_out(other)
    found: list[tuple[str, str]] = []
    if not others:
        return found
    for start in range(0, len(names), _BLOCK):
        likeness = looks[start : start + _BLOCK] @ other_looks.T
        best = likeness.argmax(axis=1)
        for place in np.flatnonzero(likeness.max(axis=1) >= ALIKE):
            found.append((names[start + place], others[best[place]]))
    return found


def _standing_out(looks: Sequence[Look]) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Scale looks to a mean of 0 and a length of 1, float32 [N, 1024], without flat ones."""
    kept = [(name, look) for name, look in looks if look.std() >= FLAT]
    if not kept:
        return [], np.zeros((0, SIDE * SIDE), np.float32)
    scaled = np.stack([look for _, look in kept]).astype(np.float32)
    scaled -= scaled.mean(axis=1, keepdims=True)
    scaled /= np.linalg.norm(scaled, axis=1, keepdims=True)
    return [name for name, _ in kept], scaled
