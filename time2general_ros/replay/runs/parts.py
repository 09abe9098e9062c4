"""The parts of an unfinished run on disk: what is in one is never done again."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
import fcntl
import json
import shutil
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from time2general_ros.replay.errors import ReplayError
from time2general_ros.whole import whole, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from time2general_ros.replay.segmenting import State

FOLDER = '.replay'
MASKS, FRAMES = 'masks.mcap', 'frames.parquet'
_IDENTITY, _PROGRESS, _STATE, _LOCK = 'identity.json', 'progress.json', 'state.npz', 'lock'


@dataclass(frozen=True)
class Progress:
    """
    How far a run is.

    :param source: Number of the source that is being read.
    :param pictures: Images of it that are done; total: those of all sources.
    :param damage: Of the sources that are done, by their numbers.
    :param examples: The first words on each reason of a refusal, by ``SOURCE NUMBER|TOPIC``.
    :param seconds: Wall-clock time so far; pieces: how often the run was taken up.
    """

    source: int
    pictures: int
    total: int
    damage: tuple[str | None, ...]
    examples: Mapping[str, Mapping[str, str]]
    seconds: float
    pieces: int

    def with_example(self, topic: str, reason: str, message: str) -> Progress:
        """Add the words on a refusal of the source that is being read, if they are the first."""
        key = f'{self.source}|{topic}'
        told = {reason: message, **self.examples.get(key, {})}
        # Others hold the same examples, as BEGINNING does for all runs of a process.
        return replace(self, examples={**self.examples, key: told})


BEGINNING = Progress(0, 0, 0, (), {}, 0.0, 0)


class Parts:
    """
    The parts of a run, in a hidden folder of its output.

    Each appears whole or not at all; the last one holds the states to go on from.

    :param out: The folder of the run.
    """

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER
        self._parts = self._folder / 'parts'
        self._count = 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """
        Keep other processes out.

        :raises ReplayError: if one is at work there.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open('w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ReplayError(
                    f'another replay writes to {self._folder.parent}; wait for it, or name '
                    'another folder with --out'
                ) from error
            yield

    @property
    def identity(self) -> dict[str, Any] | None:
        """What the parts belong to; None if there are none."""
        with suppress(OSError, ValueError):
            read = json.loads((self._folder / _IDENTITY).read_text('utf-8'))
            return read if isinstance(read, dict) else None
        return None

    def begin(self, identity: Mapping[str, Any]) -> None:
        """Remove all parts, and begin those of another run."""
        shutil.rmtree(self._parts, ignore_errors=True)
        write_whole(self._folder / _IDENTITY, json.dumps(identity).encode())

    def remove(self) -> None:
        """Remove everything: the run is done."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __iter__(self) -> Iterator[Path]:
        """Go through the folders of the finished parts, in order."""
        number = 0
        while (folder := self._place(number)).is_dir():
            yield folder
            number += 1

    def last(self) -> tuple[Progress, dict[str, State]]:
        """
        Tell where to go on.

        A last part that cannot be read, as after a disk failed, is done again.
        """
        for folder in reversed(list(self)):
            try:
                progress = json.loads((folder / _PROGRESS).read_text('utf-8'))
                with np.load(folder / _STATE, allow_pickle=False) as arrays:
                    states = _unflattened(arrays)
                self._count = int(folder.name) + 1
                return Progress(**{**progress, 'damage': tuple(progress['damage'])}), states
            except (OSError, ValueError, KeyError, TypeError, BadZipFile):
                shutil.rmtree(folder)
        self._count = 0
        return BEGINNING, {}

    @contextmanager
    def next(self) -> Iterator[Path]:
        """Give a folder for the next part, which is one if the block ends well."""
        place = self._place(self._count)
        with whole(place) as folder:
            folder.mkdir()
            yield folder
        self._count += 1
        before = self._place(self._count - 3)
        # One more than needed is kept, for a last one that cannot be read.
        with suppress(OSError):
            (before / _STATE).unlink()

    def _place(self, number: int) -> Path:
        return self._parts / f'{number:06}'


def write_progress(folder: Path, progress: Progress, states: Mapping[str, State]) -> None:
    """Write to the folder of a part where to go on after it."""
    (folder / _PROGRESS).write_text(json.dumps(asdict(progress)), 'utf-8')
    np.savez(folder / _STATE, **_flattened(states))


def _flattened(states: Mapping[str, State]) -> dict[str, Any]:
    """Give the arrays numbers: topics have slashes, which archives take for folders."""
    names = [(group, key) for group, state in states.items() for key in state]
    arrays = {str(n): states[group][key] for n, (group, key) in enumerate(names)}
    return {'names': np.array(json.dumps(names)), **arrays}


def _unflattened(arrays: Mapping[str, Any]) -> dict[str, State]:
    states: dict[str, State] = {}
    for number, (group, key) in enumerate(json.loads(str(arrays['names']))):
        states.setdefault(group, {})[key] = arrays[str(number)]
    return states
