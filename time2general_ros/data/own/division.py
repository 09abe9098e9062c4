"""A part of a folder divided into train and val, so that no drive of the folder is lost."""

from __future__ import annotations

from dataclasses import dataclass
import json
from typing import TYPE_CHECKING, Any

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.description import CLASS_LIST, DESCRIPTION, read_description
from time2general_ros.data.own.splits import split_names
from time2general_ros.data.polygons.files import read_json
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from time2general_ros.data.own.splits import Split

LEARNED, HELD_OUT = 'train', 'val'
MADE = (LEARNED, HELD_OUT)
PLACES = ('images', 'labels')


@dataclass(frozen=True)
class Division:
    """
    What is divided.

    :param part: The part whose drives are divided; origin: the one that has its pictures.
    :param anew: Whether train and val are drives of that part already, and are made again.
    :param taken: Drives of it that other parts have.
    :param others: Parts that are folders only: they stay parts if they are named with the others.
    """

    part: str
    origin: str
    anew: bool
    taken: frozenset[str]
    others: tuple[str, ...]

    def splits(self, learned: Sequence[str], held_out: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Describe train and val of these drives, as ``dataset.json`` has them."""
        drives = zip(MADE, (learned, held_out), strict=True)
        made = {name: {'of': self.origin, 'drives': sorted(chosen)} for name, chosen in drives}
        return made | {name: {} for name in self.others}


def find_division(root: Path, of: str | None) -> Division:
    """
    Find out which part is divided, and whether train and val may be made of it.

    :param of: The part; if it is not given the only one there is, else train. Train and val that
        are drives of another part are made anew only if that one is given.
    :raises DataError: if there is a train or val whose drives would be lost; names it.
    """
    said = read_description(root).splits
    on_disk = split_names(root if root.is_dir() else root.parent, {})
    names = [*said] or on_disk
    part = of or (names[0] if len(names) == 1 else LEARNED)
    if of is None and names and part not in names:
        raise DataError(f'{root} has the parts {", ".join(names)}; --of says which to split')
    entry = said.get(part)
    origin = entry.of if entry and entry.of else part
    if origin != part and part not in MADE:
        raise DataError(
            f'the part {part!r} of {root} is itself a choice of drives of {origin!r}; give --of '
            f'{origin}, or take the choice out of {DESCRIPTION}'
        )
    of_it = [name for name in said if said[name].of == origin]
    # Train may be a choice of drives out of the folder train: alone, it is that choice.
    anew = of == origin and any(name in of_it for name in MADE if name != origin)
    replaced = {part, *(of_it if anew else ())}
    if lost := [name for name in MADE if name in said and name not in replaced]:
        raise DataError(_lost(root, lost, _remedy(said)))
    if lost := [n for n in MADE if n in on_disk and n not in said and n not in (part, origin)]:
        remedy = (
            f'keep it if its drives are not those of {part!r}, or put the pictures and labels of '
            'both into one part, such as all, and give --of all'
        )
        raise DataError(_lost(root, lost, remedy))
    rivals = [name for name in of_it if name not in (*MADE, part)]
    if whole := [name for name in rivals if said[name].drives is None]:
        raise DataError(
            f'the part {whole[0]!r} of {root} has all drives of {origin!r}, so that none is left; '
            f'name its drives in {DESCRIPTION}'
        )
    taken = (said[name].drives or () for name in rivals)
    others = () if said else tuple(name for name in on_disk if name not in (*MADE, origin))
    drives = frozenset(drive for some in taken for drive in some)
    return Division(part, origin, anew, drives, others)


def write_splits(root: Path, splits: Mapping[str, Mapping[str, Any]]) -> Path:
    """
    Write splits into ``dataset.json``, in place of those of their names; all else in it stays.

    :returns: The file.
    :raises DataError: if the folder is described by a file of another form, or not at all.
    """
    file = root / DESCRIPTION
    if not file.is_file() and not (root / CLASS_LIST).is_file():
        raise DataError(
            f'{root} has no {DESCRIPTION} to write splits to; name its parts where it has its '
            f'classes, or describe it in {DESCRIPTION}'
        )
    content: dict[str, Any] = read_json(file) if file.is_file() else {'rate_hz': None}
    before = content.get('splits', {})
    # Where a part lies that is taken from itself, its entry of before alone may know.
    places = {
        name: {key: before[name][key] for key in PLACES if key in before[name]}
        for name, split in splits.items()
        if name in before and split.get('of') == name
    }
    made = {name: {**places.get(name, {}), **split} for name, split in splits.items()}
    content['splits'] = {**before, **made}
    text = json.dumps(content, indent=2, ensure_ascii=False) + '\n'
    # Names of files may hold what is no text: it is written as JSON has it.
    write_whole(file, text.encode(errors='backslashreplace'))
    return file


def _lost(root: Path, names: Sequence[str], remedy: str) -> str:
    named = f'part{"" if len(names) == 1 else "s"} {" and ".join(map(repr, names))}'
    return f'{root} has the {named} already, whose drives would be lost; {remedy}'


def _remedy(said: Mapping[str, Split]) -> str:
    origins = {said[name].of for name in MADE if name in said}
    if len(origins) == 1 and (origin := origins.pop()) is not None:
        return f'--of {origin} makes train and val anew of its drives that no other part has'
    return 'keep what is there, or call it otherwise'
