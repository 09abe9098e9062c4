"""Recipes that start from what others end with: which are run first, and what they leave."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from time2general_ros.errors import Time2GeneralError
from time2general_ros.training.recipes.recipe import Recipe, is_weights
from time2general_ros.training.recipes.recipe_file import load_recipe
from time2general_ros.training.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What changes nothing of the weights.
IDLE = ('name', 'about', 'after')


class ChainError(Time2GeneralError):
    """Recipes cannot be run one after the other."""


class Link(NamedTuple):
    """
    A recipe of a chain.

    :param fingerprint: Of what it says and of what those before it say, in hexadecimal; comments
        and order do not count.
    """

    file: Path
    folder: Path
    recipe: Recipe
    fingerprint: str


def read_chain(file: Path, folder: Path) -> list[Link]:
    """
    Read a recipe and all that it comes after, in the order in which they are run.

    :param folder: Of its run.
    :raises ChainError: if recipes come after each other in a circle, two share a folder, or one
        reads of a run what that does not leave.
    :raises RecipeError: if one cannot be read.
    """
    links: dict[Path, Link] = {}
    _add(file, folder, links, ())
    owners: dict[Path, Link] = {}
    for link in links.values():
        other = owners.setdefault(link.folder.resolve(), link)
        if other is not link:
            raise ChainError(
                f'{other.file} and {link.file} would both run in {link.folder}; give each a '
                'folder of its own, with --out or in after'
            )
    return list(links.values())


def _add(file: Path, folder: Path, links: dict[Path, Link], below: tuple[Path, ...]) -> Link:
    """Add what a recipe comes after, then itself."""
    key = file.resolve()
    if key in below:
        raise ChainError(f'{file} comes after {below[-1]}, which comes after it; break the circle')
    if known := links.get(key):
        if known.folder.resolve() != folder.resolve():
            raise ChainError(
                f'{file} would run in {known.folder} and in {folder}; name one folder for it'
            )
        return known
    recipe = load_recipe(file)
    before = [
        _add(other, Path(place), links, (*below, key)) for place, other in recipe.after.items()
    ]
    for what, path in reads(recipe).items():
        _check_left(file, what, path, before)
    said = [json.dumps(_plain(recipe), sort_keys=True), *(link.fingerprint for link in before)]
    fingerprint = hashlib.sha256('\n'.join(said).encode()).hexdigest()
    links[key] = Link(file, folder, recipe, fingerprint)
    return links[key]


def reads(recipe: Recipe) -> dict[str, Path]:
    """Return the files and folders of other runs that a recipe reads, by the keys that say so."""
    named = {
        'start': recipe.start,
        'imitate': recipe.imitate and recipe.imitate.weights,
        'teacher': recipe.teacher and recipe.teacher.weights,
    }
    files = {what: path for what, path in named.items() if path}
    others = [Path(name) for name in recipe.average if is_weights(name)]
    return files | {f'average {number}': path for number, path in enumerate(others, start=1)}


def maker(path: Path, before: Iterable[Link]) -> Link | None:
    """Return the recipe in whose run folder a path lies, if it is one of these."""
    place = path.resolve()
    return next((link for link in before if place.is_relative_to(link.folder.resolve())), None)


def _check_left(file: Path, what: str, path: Path, before: list[Link]) -> None:
    link = maker(path, before)
    if link and path.resolve() not in [left.resolve() for left in left_by(link)]:
        raise ChainError(
            f'{file} reads {path} ({what}), which {link.file} does not leave; it leaves '
            f'{", ".join(str(left) for left in left_by(link))}'
        )


def left_by(link: Link) -> Iterator[Path]:
    """List what others may read of a finished run: weights, model folder, ends of stages."""
    run = RunFolder(link.folder)
    yield run.weights
    yield run.model
    yield from (run.stage(index) for index in range(len(link.recipe.stages)))


def _plain(value: Any) -> Any:
    """Bring to JSON what a recipe says beside its defaults, which later versions may add to."""
    if is_dataclass(value) and not isinstance(value, type):
        known = {
            item.name: getattr(value, item.name)
            for item in fields(value)
            if not (isinstance(value, Recipe) and item.name in IDLE)
        }
        usual = {item.name: item.default for item in fields(value)}
        return {
            name: _plain(one) for name, one in known.items() if one != usual[name] and one != {}
        }
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Path):
        return str(value)
    # A whole number may stand for any other.
    return float(value) if type(value) is int else value
