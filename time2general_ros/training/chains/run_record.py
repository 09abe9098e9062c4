"""What a run folder and a model's card say of how weights were made: ``run.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from time2general_ros.checksum import sha256
from time2general_ros.errors import Time2GeneralError
from time2general_ros.field_values import FieldReader
from time2general_ros.training.recipes.recipe_file import recipe_files
from time2general_ros.training.run_folder import RunFolder
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from time2general_ros.training.chains.chain import Link

HOUR_S = 3600.0


class RunRecordError(Time2GeneralError):
    """The record of a run cannot be read."""


@dataclass(frozen=True)
class RunRecord:
    """
    How the weights in a run folder were made; of a run that left no record only by which recipe.

    :param files: SHA-256 of the recipe's file and of those that it is based on, by their names.
    :param fingerprint: Of the recipe, see :class:`~time2general_ros.training.chains.chain.Link`.
    :param commits: Of the code of all legs, see :func:`~time2general_ros.revision.revision`;
        machines: likewise.
    :param hours: Of all legs together, once finished.
    :param whole: Whether all legs were of this recipe; not so where it was changed on the way, or
        where a leg left no record.
    :param before: The runs that it reads from and those before them, in order.
    """

    recipe: str
    files: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ''
    seed: int | None = None
    commits: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    hours: float | None = None
    whole: bool = True
    finished: bool = False
    before: tuple[RunRecord, ...] = ()

    @property
    def card(self) -> dict[str, Any]:
        """What the card of its model says of it and of the runs before it."""
        return {**self._made, 'chain': [run._entry for run in (*self.before, self)]}

    @property
    def _made(self) -> dict[str, Any]:
        made = {
            'seed': self.seed,
            'commit': ', '.join(self.commits) or None,
            'hours': self.hours,
            'machine': '; '.join(self.machines) or None,
        }
        return {key: value for key, value in made.items() if value is not None}

    @property
    def _entry(self) -> dict[str, Any]:
        files = {'files': self.files} if self.files else {}
        broken = {} if self.whole else {'whole': False}
        return {'recipe': self.recipe, **self._made, **broken, **files}


READER = FieldReader(RunRecordError)


def read_record(folder: Path) -> RunRecord | None:
    """
    Read the record of a run folder; None if it has none.

    :raises RunRecordError: if it is damaged.
    """
    file = RunFolder(folder).record
    try:
        values = json.loads(file.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RunRecordError(
            f'cannot read {file}: {error}; delete it, and the run goes on without it'
        ) from error
    return READER.build(RunRecord, values, str(file))


def begin_leg(link: Link, commit: str, machine: str) -> RunRecord:
    """
    Write down that a run begins, or goes on.

    :raises RunRecordError: if the record that is there is damaged.
    """
    known = read_record(link.folder)
    begun = RunFolder(link.folder).state.exists()
    record = RunRecord(
        recipe=str(link.file),
        files={str(file): sha256(file) for file in recipe_files(link.file)},
        fingerprint=link.fingerprint,
        seed=link.recipe.seed,
        commits=(commit,),
        machines=(machine,),
        whole=not begun,
        before=_before(link),
    )
    if known and begun:
        same = known.fingerprint == link.fingerprint
        if same and known.finished:
            return known
        # What a changed recipe goes on from came of the runs before that are noted there.
        record = replace(
            known if same else record,
            before=known.before,
            commits=tuple(dict.fromkeys((*known.commits, commit))),
            machines=tuple(dict.fromkeys((*known.machines, machine))),
            whole=same and known.whole,
        )
    _write(link.folder, record)
    return record


def ended(record: RunRecord, seconds: float) -> RunRecord:
    """Say of a run that it has ended and took so long."""
    return replace(record, finished=True, hours=round(seconds / HOUR_S, 4))


def end_run(folder: Path, record: RunRecord) -> None:
    """Write down that a run has left all that it leaves."""
    _write(folder, record)


def _write(folder: Path, record: RunRecord) -> None:
    text = json.dumps(asdict(record), indent=2) + '\n'
    write_whole(RunFolder(folder).record, text.encode())


def _before(link: Link) -> tuple[RunRecord, ...]:
    runs: list[RunRecord] = []
    for place, file in link.recipe.after.items():
        record = read_record(Path(place)) or RunRecord(str(file))
        found = [*record.before, replace(record, before=())]
        runs += [run for run in found if run not in runs]
    return tuple(runs)
