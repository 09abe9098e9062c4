"""How the classes of one label set are those of another: the same, finer, or to be mapped."""

from __future__ import annotations

from dataclasses import dataclass
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.labels.label_set import UNLABELLED, LabelSet, LabelSetError
from time2general_ros.labels.pixels import translate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    # Names of one set by names of another; None for what is no class there.
    ClassMap = Mapping[str, str | None]

MAP_EXAMPLE = '{"car": "vehicle", "truck": "vehicle", "sky": null}'
_BY_FILE = f'say what is what with --map FILE, which holds all classes of one, like {MAP_EXAMPLE}'


@dataclass(frozen=True)
class Comparison:
    """
    Two label sets brought to one.

    :param labels: The set in which both are compared.
    :param predicted: Ids of the one as ids of it, uint8 [256]; true: those of the other.
    """

    labels: LabelSet
    predicted: npt.NDArray[np.uint8]
    true: npt.NDArray[np.uint8]

    def prediction(self, ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Give the ids of a mask, uint8 [H, W], those of the set of comparison."""
        return translate(ids, self.predicted)

    def truth(self, ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Give the ids of a label map, uint8 [H, W], those of the set of comparison."""
        return translate(ids, self.true)


def compare(
    predicted: LabelSet,
    true: LabelSet,
    mapped: ClassMap | None = None,
    *,
    remedy: str = _BY_FILE,
) -> Comparison:
    """
    Find the set in which predictions of one set are scored against labels of another.

    Where the classes of one set, by their groups, lie each in one of the other, it is the other.

    :param mapped: Classes of either set by all those of the other, where groups do not tell.
    :param remedy: What a user of this command may do where neither set refines the other.
    :raises LabelSetError: if neither set refines the other and there is no map, or it does not
        fit.
    """
    if mapped is not None:
        return _by_map(predicted, true, mapped)
    obstacles = []
    for fine, coarse in ((predicted, true), (true, predicted)):
        obstacle = _obstacle(fine, coarse)
        if obstacle is None:
            tables = merge_table(fine, coarse), _identity(coarse)
            return Comparison(coarse, *(tables if fine is predicted else tables[::-1]))
        obstacles.append(obstacle)
    raise LabelSetError(
        f'the classes of the model ({_short(predicted)}) are not those of the data '
        f'({_short(true)}), and no set refines the other: {" and ".join(obstacles)}; '
        f'{remedy}'
    )


def merge_table(fine: LabelSet, coarse: LabelSet) -> npt.NDArray[np.uint8]:
    """
    Map ids of a set to ids of a coarser one.

    :returns: uint8 [256]; ids that belong to no class of the coarse set map to 255.
    """
    table = np.full(256, UNLABELLED, np.uint8)
    for index, common in enumerate(counterparts(fine, coarse)):
        if len(common) == 1:
            table[index] = common[0]
    return table


def stand_in_table(coarse: LabelSet, fine: LabelSet) -> npt.NDArray[np.uint8]:
    """
    Map ids of a set to ids of a finer one: the commonest member stands for a class.

    :returns: uint8 [256]; ids beyond the classes map to 255.
    """
    table = np.full(256, UNLABELLED, np.uint8)
    table[: len(coarse)] = [fine.classes.index(names[0]) for names in coarse.members]
    return table


def counterparts(labels: LabelSet, others: LabelSet) -> list[list[int]]:
    """Give the ids of the classes of another set that each class has members in common with."""
    owners = {member: i for i, names in enumerate(others.members) for member in names}
    return [sorted({owners[m] for m in names if m in owners}) for names in labels.members]


def read_class_map(path: Path) -> dict[str, str | None]:
    """
    Read names of classes by names of other classes, null for none, from a JSON file.

    :raises LabelSetError: if it cannot be read, holds anything else, or a name twice.
    """

    def unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
            raise ValueError(f'{twice[0]!r} is there twice')
        return dict(pairs)

    try:
        content = json.loads(path.read_text(encoding='utf-8-sig'), object_pairs_hook=unique)
    except OSError as error:
        raise LabelSetError(f'cannot read the map {path}: {error.strerror}') from error
    except (ValueError, RecursionError) as error:
        raise LabelSetError(
            f'{path} is no map of classes: {error}; it should be like {MAP_EXAMPLE}'
        ) from error
    if not isinstance(content, dict) or not content:
        raise LabelSetError(f'{path} is no map of classes; it should be like {MAP_EXAMPLE}')
    if wrong := [k for k, v in content.items() if not (v is None or isinstance(v, str))]:
        raise LabelSetError(
            f'{path} maps {wrong[0]!r} to {content[wrong[0]]!r}, neither a name nor null'
        )
    return content


def map_table(labels: LabelSet, others: LabelSet, mapped: ClassMap) -> npt.NDArray[np.uint8]:
    """
    Lay a map from all classes of one set to those of another out by id: uint8 [256].

    :raises LabelSetError: if it leaves a class out, or names one that is in neither set.
    """
    if missing := [name for name in labels.classes if name not in mapped]:
        raise LabelSetError(
            f'the map says nothing of {_listed(missing)} of {labels.name}; give each the name of '
            f'a class of {others.name} ({_listed(others.classes)}), or null'
        )
    wrong = [*(n for n in mapped if n not in labels.classes)]
    wrong += [v for v in mapped.values() if v is not None and v not in others.classes]
    if wrong:
        raise LabelSetError(
            f'the map names {_listed(wrong)}; it must map the classes of {labels.name} '
            f'({_listed(labels.classes)}) to those of {others.name} ({_listed(others.classes)})'
        )
    table = np.full(256, UNLABELLED, np.uint8)
    for index, name in enumerate(labels.classes):
        other = mapped[name]
        if other is not None:
            table[index] = others.classes.index(other)
    return table


def _by_map(predicted: LabelSet, true: LabelSet, mapped: ClassMap) -> Comparison:
    """Map whichever of the sets the map begins with; the predictions, if it could be either."""
    unknown = {name: [k for k in mapped if k not in labels.classes] for name, labels in
               (('predicted', predicted), ('true', true))}  # fmt: skip
    if len(unknown['true']) < len(unknown['predicted']):
        return Comparison(predicted, _identity(predicted), map_table(true, predicted, mapped))
    return Comparison(true, map_table(predicted, true, mapped), _identity(true))


def _obstacle(fine: LabelSet, coarse: LabelSet) -> str | None:
    """Say why a set does not refine another; None if it does."""
    common = counterparts(fine, coarse)
    for name, members, ids in zip(fine.classes, fine.members, common, strict=True):
        if len(ids) > 1:
            names = _listed([coarse.classes[i] for i in ids])
            return f'{name!r} of {fine.name} lies in {names} of {coarse.name}'
        if ids and not {*members} <= {*coarse.members[ids[0]]}:
            other = coarse.classes[ids[0]]
            return f'{name!r} of {fine.name} is more than {other!r} of {coarse.name}'
    met = {i for ids in common for i in ids}
    if missing := [name for i, name in enumerate(coarse.classes) if i not in met]:
        return f'{fine.name} has no class for {_listed(missing)} of {coarse.name}'
    return None


def _identity(labels: LabelSet) -> npt.NDArray[np.uint8]:
    table = np.full(256, UNLABELLED, np.uint8)
    table[: len(labels)] = np.arange(len(labels))
    return table


def _short(labels: LabelSet) -> str:
    return f'{labels.name}: {_listed(labels.classes)}'


def _listed(names: Sequence[str]) -> str:
    more = f' and {len(names) - 6} more' if len(names) > 6 else ''
    return ', '.join(map(repr, names[:6])) + more
