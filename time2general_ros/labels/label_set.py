"""A label set: the classes of a mask, what they are made of and what they look like."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from time2general_ros.errors import Time2GeneralError

Colour = tuple[int, int, int]

UNLABELLED = 255
MOST_CLASSES = UNLABELLED


class LabelSetError(Time2GeneralError, ValueError):
    """A label set cannot be read, or does not relate to another as it must."""


@dataclass(frozen=True)
class LabelSet:
    """
    An ordered list of classes; the index of a class is its id in every mask.

    Two sets are equal if their content is, whatever they are called.

    :param palette: RGB of each class.
    :param members: The classes of finer sets that each class stands for, the commonest first; a
        class that groups none stands for itself.
    :param void_id: What stands for "no class" in label maps of this set; in masks it is 255.
    """

    name: str = field(compare=False)
    classes: tuple[str, ...]
    palette: tuple[Colour, ...]
    members: tuple[tuple[str, ...], ...]
    void_id: int = field(default=UNLABELLED, compare=False)

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.classes)

    @cached_property
    def colours(self) -> npt.NDArray[np.uint8]:
        """RGB, uint8 [256, 3], black beyond the last class: a lookup table for masks."""
        table = np.zeros((256, 3), np.uint8)
        table[: len(self)] = self.palette
        table.flags.writeable = False
        return table

    def to_list(self) -> list[dict[str, Any]]:
        """Return the classes as a label set file has them."""
        entries: list[dict[str, Any]] = []
        for name, colour, members in zip(self.classes, self.palette, self.members, strict=True):
            groups = {} if members == (name,) else {'groups': list(members)}
            entries.append({'name': name, 'colour': list(colour), **groups})
        return entries

    def to_dict(self) -> dict[str, Any]:
        """Return what a label set file holds; see :func:`~.description.read_label_set`."""
        return {'name': self.name, 'void_id': self.void_id, 'classes': self.to_list()}
