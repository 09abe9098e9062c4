"""Where rare classes are, so that training can look at them more often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from time2general_ros.labels.pixels import count_ids

if TYPE_CHECKING:
    from time2general_ros.data.takes import Frames

# A frame holds a class if at least this share of it does.
ENOUGH = 2e-4
# How much rarer classes are preferred: class c is drawn as exp((1 - frequency) / TEMPERATURE).
TEMPERATURE = 0.1


class Found(NamedTuple):
    """A pixel of a rare class: its take, frame, and (column, row)."""

    take: int
    frame: int
    place: tuple[float, float]


class RareClasses:
    """
    Rare class sampling after Hoyer et al., DAFormer (CVPR 2022), with crops around what was drawn.

    :param labels: The label maps of each take, uint8 [T, H, W]; groups and 255 are no classes.
    :param first_group: Labels from here on are no classes.
    """

    def __init__(self, labels: Sequence[Frames], first_group: int) -> None:
        self._labels = labels
        total = np.zeros(256, np.int64)
        frames: dict[int, list[tuple[int, int]]] = {}
        for take, maps in enumerate(labels):
            for frame, ids in enumerate(maps):
                counts = count_ids(ids)
                total += counts
                for label in np.flatnonzero(counts[:first_group] >= ENOUGH * ids.size):
                    frames.setdefault(int(label), []).append((take, frame))
        self.classes = sorted(frames)
        frequency = total[self.classes] / max(1, total[:first_group].sum())
        preference = np.exp((1 - frequency) / TEMPERATURE)
        self._chances = preference / preference.sum() if self.classes else preference
        self._frames = frames

    def draw(self, rng: np.random.Generator) -> Found | None:
        """Draw a class, a frame that holds it and one of its pixels; None without any label."""
        if not self.classes:
            return None
        label = self.classes[int(rng.choice(len(self.classes), p=self._chances))]
        take, frame = self._frames[label][int(rng.integers(len(self._frames[label])))]
        maps = self._labels[take][frame]
        pixels = np.flatnonzero(maps == label)
        row, column = divmod(int(pixels[rng.integers(len(pixels))]), maps.shape[1])
        return Found(take, frame, (float(column), float(row)))
