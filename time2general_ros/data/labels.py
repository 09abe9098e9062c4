"""Label sets: class names, colours and how finer classes merge into coarser ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
import json

import numpy as np
import numpy.typing as npt

UNLABELLED = 255


@dataclass(frozen=True)
class LabelSet:
    """
    An ordered list of classes; the index of a class is its id in every mask.

    :param colours: RGB, uint8 [256, 3], black beyond the last class: a lookup table for masks.
    :param members: For a coarse set, the ``cityscapes19`` names merged into each class, the
        commonest first.
    """

    name: str
    classes: tuple[str, ...]
    colours: npt.NDArray[np.uint8]
    members: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.classes)

    def merge_table(self) -> npt.NDArray[np.uint8]:
        """
        Map ids of ``cityscapes19`` to ids of this set.

        :returns: uint8 [256]; ids that belong to no class of this set map to 255.
        """
        fine = load_label_set('cityscapes19')
        table = np.full(256, UNLABELLED, np.uint8)
        for index, names in enumerate(self.members):
            for name in names:
                table[fine.classes.index(name)] = index
        return table

    def stand_in_table(self) -> npt.NDArray[np.uint8]:
        """
        Map ids of this set to ids of ``cityscapes19``: the commonest member stands for a class.

        :returns: uint8 [256]; ids beyond the classes map to 255.
        """
        fine = load_label_set('cityscapes19')
        table = np.full(256, UNLABELLED, np.uint8)
        table[: len(self)] = [fine.classes.index(names[0]) for names in self.members]
        return table


@lru_cache
def load_label_set(name: str) -> LabelSet:
    """
    Read a label set that ships with the package.

    :raises ValueError: if there is none of that name; the message lists those that exist.
    """
    folder = resources.files('time2general_ros.data') / 'label_sets'
    known = sorted(p.name.removesuffix('.json') for p in folder.iterdir())
    # A name is no path: it must not lead out of the folder.
    if name not in known:
        raise ValueError(f'unknown label set {name!r}; there are: {", ".join(known)}')
    classes = json.loads((folder / f'{name}.json').read_text(encoding='utf-8'))['classes']
    colours = np.zeros((256, 3), np.uint8)
    colours[: len(classes)] = [entry['colour'] for entry in classes]
    return LabelSet(
        name=name,
        classes=tuple(entry['name'] for entry in classes),
        colours=colours,
        members=tuple(tuple(entry.get('cityscapes19', (entry['name'],))) for entry in classes),
    )
