"""Labels that stand for a group of fine classes, and what belongs to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.labels import UNLABELLED, load_label_set

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.labels import LabelSet

# Ids below are fine classes, ids from here to 254 are groups of them.
FIRST_GROUP = 128


class Groups:
    """
    Codes of groups of fine classes, given out as label sets are met.

    A coarse class with one member is that fine class. One with several gets a code of its own, so
    that a label map holds fine and coarse labels side by side. Equal groups share a code.
    """

    def __init__(self) -> None:
        self._codes: dict[frozenset[int], int] = {}

    def code_table(self, labels: LabelSet) -> npt.NDArray[np.uint8]:
        """
        Map ids of a label set to fine classes and codes of groups.

        :returns: uint8 [256]; ids beyond the classes map to 255.
        """
        fine = load_label_set('cityscapes19').classes
        table = np.full(256, UNLABELLED, np.uint8)
        for index, names in enumerate(labels.members):
            table[index] = self._code(frozenset(fine.index(name) for name in names))
        return table

    def membership(self, classes: int) -> npt.NDArray[np.bool_]:
        """Say which fine classes each label may be: [256, classes], no class for 255."""
        table = np.eye(256, classes, dtype=np.bool_)
        for members, code in self._codes.items():
            table[code] = False
            table[code, list(members)] = True
        return table

    def _code(self, members: frozenset[int]) -> int:
        if len(members) == 1:
            return next(iter(members))
        return self._codes.setdefault(members, FIRST_GROUP + len(self._codes))
