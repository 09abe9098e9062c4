"""What of a chain of recipes is still to be run, and whether it can be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.model.backbones.source import find_encoder
from time2general_ros.model.config import ModelConfig
from time2general_ros.training.chains.chain import ChainError, Link, maker, reads
from time2general_ros.training.chains.run_record import read_record
from time2general_ros.training.recipe_check import check_recipe
from time2general_ros.training.run_folder import RunFolder
from time2general_ros.training.teachers.answers import ABOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from time2general_ros.training.recipes.recipe import Recipe

FINISHED, BEGUN, NEW, OTHER, UNNEEDED = (
    'finished', 'goes on', 'to be run', 'another recipe', 'not needed'
)  # fmt: skip

# Settings of a network that name an encoder.
PLACES = ('backbone', 'depth_encoder')


class Step(NamedTuple):
    """
    A recipe of a chain, and what becomes of it.

    :param state: :data:`FINISHED`; :data:`BEGUN`, where it was cut off; :data:`NEW`;
        :data:`OTHER`, where its folder holds another run; or :data:`UNNEEDED`, where it is not
        finished, but all that come after it are.
    """

    link: Link
    state: str

    @property
    def is_run(self) -> bool:
        """Whether it has to be run."""
        return self.state in (BEGUN, NEW, OTHER)


def plan(links: Sequence[Link]) -> list[Step]:
    """
    Say what becomes of each recipe.

    :param links: As :func:`~time2general_ros.training.chains.chain.read_chain` returns them.
    :raises RunRecordError: if the record of a run is damaged.
    """
    needed = {links[-1].folder.resolve()}
    steps: list[Step] = []
    for link in reversed(links):
        state = _state(link)
        if state != FINISHED and link.folder.resolve() not in needed:
            state = UNNEEDED
        step = Step(link, state)
        if step.is_run:
            needed |= {other.folder.resolve() for other in _before(link, links)}
        steps.append(step)
    return steps[::-1]


def _before(link: Link, links: Sequence[Link]) -> list[Link]:
    files = {file.resolve() for file in link.recipe.after.values()}
    return [other for other in links if other.file.resolve() in files]


def _state(link: Link) -> str:
    record = read_record(link.folder)
    same = record is not None and record.fingerprint == link.fingerprint
    if record and same and record.finished:
        return FINISHED
    if not RunFolder(link.folder).state.exists():
        return NEW
    return BEGUN if same else OTHER


def check(steps: Sequence[Step]) -> None:
    """
    See that what is to be run can be, before hours are spent.

    :raises ChainError: if a folder holds another run, or what is read is missing.
    :raises BackboneError: if a pretrained encoder is missing.
    :raises Time2GeneralError: if a recipe would be refused as soon as it is run.
    """
    finished = [step.link for step in steps if step.state == FINISHED]
    links = [step.link for step in steps]
    for link, state in (step for step in steps if step.is_run):
        if state == OTHER:
            raise ChainError(
                f'{link.folder} holds a run by what {link.file}, or a recipe before it, does not '
                'say (any more): move it away to train it anew; or go on with it, which its card '
                f'will tell: time2general train {link.file} --out {link.folder}'
            )
        before = _before(link, links)
        _check_reads(link, before, finished)
        _check_answers(link, before, finished)
        if missing := [str(path) for path in material(link.recipe) if not path.exists()]:
            raise ChainError(
                f'{link.file} learns from {", ".join(missing)}: not there; relative paths are '
                'taken from the working directory'
            )
        for name in encoders(link.recipe):
            find_encoder(name)
        check_recipe(link.recipe)


def _check_reads(link: Link, before: Sequence[Link], finished: Sequence[Link]) -> None:
    for what, path in reads(link.recipe).items():
        other = maker(path, before)
        if path.exists() or (other and other not in finished):
            continue
        if other:
            raise ChainError(
                f'{other.folder} is finished, but {path} is missing, which {link.file} reads '
                f'({what}); restore it, or delete {other.folder} to train it anew'
            )
        remedy = next(
            (
                f'{file} makes it: give --all'
                for place, file in link.recipe.after.items()
                if path.resolve().is_relative_to(Path(place).resolve())
            ),
            'no recipe that it names makes it: say after: {FOLDER OF THE RUN: RECIPE.yaml}, or '
            'restore it',
        )
        raise ChainError(f'{link.file} reads {path} ({what}), which is not there; {remedy}')


def _check_answers(link: Link, before: Sequence[Link], finished: Sequence[Link]) -> None:
    teacher = link.recipe.teacher
    other = maker(teacher.weights, before) if teacher else None
    if teacher and other and other not in finished and (teacher.answers / ABOUT).exists():
        raise ChainError(
            f'{teacher.answers} holds answers of a teacher of before, and {other.file} trains '
            f'another, from which {link.file} learns; move these answers away'
        )


def material(recipe: Recipe) -> Iterator[Path]:
    """List the folders and files that a recipe learns from, but for its data sets."""
    yield from (place for place in (recipe.camvid, recipe.videos) if place)
    yield from recipe.footage
    yield from (source.folder for source in recipe.voted.values())


def encoders(recipe: Recipe) -> list[str]:
    """Name the pretrained encoders that a recipe's network and those it learns from need."""
    models = [recipe.model, *(o.model for o in (recipe.imitate, recipe.teacher) if o)]
    keys = ('preset', *PLACES)
    configs = [
        ModelConfig.from_dict({key: model[key] for key in keys if key in model})
        for model in models
    ]
    named = [getattr(config, place) for config in configs for place in PLACES]
    return sorted({*named, recipe.context_from} - {''})
