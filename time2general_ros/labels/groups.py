"""Labels that stand for a group of the classes that a network tells apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.labels.label_set import UNLABELLED, LabelSetError
from time2general_ros.labels.relations import counterparts, map_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.labels.relations import ClassMap

# Ids below are classes, ids from here to 254 are groups of them, unless there are more classes.
FIRST_GROUP = 128


class Groups:
    """
    Codes of groups of classes, given out as label sets are met.

    A class of another set with one counterpart is that class. One with several gets a code of its
    own, so that a label map holds fine and coarse labels side by side. Equal groups share a code.

    :param fine: The classes that are told apart.
    """

    def __init__(self, fine: LabelSet) -> None:
        self.fine = fine
        self._codes: dict[frozenset[int], int] = {}

    @property
    def first(self) -> int:
        """The first code of a group."""
        return max(FIRST_GROUP, len(self.fine))

    def code_table(
        self, labels: LabelSet, mapped: ClassMap | None = None
    ) -> npt.NDArray[np.uint8]:
        """
        Map ids of a label set to classes and codes of groups.

        :param mapped: What its classes are, where names and groups do not tell.
        :returns: uint8 [256]; ids beyond the classes, and of what is no class here, map to 255.
        :raises LabelSetError: if the map does not fit, or there are too many groups.
        """
        if mapped is not None:
            return map_table(labels, self.fine, mapped)
        table = np.full(256, UNLABELLED, np.uint8)
        for index, ids in enumerate(counterparts(labels, self.fine)):
            table[index] = self._code(ids)
        return table

    def codes_of(self, others: Groups) -> npt.NDArray[np.uint8]:
        """Map classes and codes of other groups to those of these: uint8 [256]."""
        table = self.code_table(others.fine)
        common = counterparts(others.fine, self.fine)
        for members, code in others._codes.items():
            table[code] = self._code({i for member in members for i in common[member]})
        return table

    def membership(self) -> npt.NDArray[np.bool_]:
        """Say which classes each label may be: [256, classes], no class for 255."""
        table = np.eye(256, len(self.fine), dtype=np.bool_)
        for members, code in self._codes.items():
            table[code] = False
            table[code, list(members)] = True
        return table

    def _code(self, members: Iterable[int]) -> int:
        group = frozenset(members)
        if len(group) < 2:
            return next(iter(group), UNLABELLED)
        code = self._codes.setdefault(group, self.first + len(self._codes))
        if code >= UNLABELLED:
            raise LabelSetError(
                f'the data has more than {UNLABELLED - self.first} different groups of the '
                f'{len(self.fine)} classes; learn from fewer label sets, or map one'
            )
        return code
