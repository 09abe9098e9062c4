"""What is known of each recording of a fleet, on disk: the next run goes on from it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
import fcntl
import json
from pathlib import PurePath
import re
from typing import TYPE_CHECKING, Any

from time2general_ros.replay.fleet.job import FleetError, Outcome, Status
from time2general_ros.replay.fleet.listing import Listed, place_of
from time2general_ros.replay.runs.results import FILES
from time2general_ros.unique import unique
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORDINGS = 'recordings'
HIDDEN = '.fleet'
_LOCK, _RECORDS = 'lock', 'records'


@dataclass
class Record:
    """
    One recording of a fleet.

    :param name: Of its folder under ``recordings``.
    :param key: Of the work that the outcome belongs to.
    :param attempts: How many workers were lost over it.
    :param place: Where the recording lies, however it was spelled.
    """

    name: str
    listed: Listed
    key: str = ''
    outcome: Outcome | None = None
    attempts: int = 0
    place: str = ''


class Ledger:
    """
    The records of a fleet.

    :param out: Its folder.
    :raises FleetError: if that is a file or holds something else.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self._records = out / HIDDEN / _RECORDS
        if out.exists() and not out.is_dir():
            raise FleetError(f'{out} is a file; name a folder with --out')
        if out.is_dir() and any(out.iterdir()) and not (out / HIDDEN).is_dir():
            raise FleetError(f'{out} holds other files than a fleet; name another with --out')

    @contextmanager
    def locked(self) -> Iterator[None]:
        """
        Keep other fleets out.

        :raises FleetError: if one is at work there, or the folder cannot be written.
        """
        try:
            self._records.mkdir(parents=True, exist_ok=True)
            lock = (self.out / HIDDEN / _LOCK).open('w')
        except OSError as error:
            raise FleetError(f'cannot write to {self.out}: {error.strerror or error}') from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise FleetError(
                    f'another fleet writes to {self.out}; wait for it, or name another with --out'
                ) from error
            yield

    def folder(self, record: Record) -> Path:
        """Return where the results of a recording lie."""
        return self.out / RECORDINGS / record.name

    def open(self, recordings: list[Listed]) -> list[Record]:
        """Find the records of some recordings, or begin them; names stay what they were."""
        read = [*self._read()]
        known = {record.place: record for record in read}
        names = [record.name for record in read]
        records = []
        for listed in recordings:
            place = place_of(listed.source)
            record = known.get(place)
            if record is None:
                *_, name = unique([*names, _name_of(listed.source)])
                names.append(name)
                record = Record(name, listed, place=place)
            # How a recording is spelled and tagged changes nothing of its results.
            if replace(record.listed, source=listed.source, tags=listed.tags) != listed:
                record = Record(record.name, listed, place=place)
            record.listed = listed
            records.append(record)
        return records

    def is_settled(self, record: Record, key: str, *, retry: bool) -> bool:
        """
        Tell whether nothing is to be done for a recording.

        :param key: Of the work.
        :param retry: Whether to try again what failed.
        """
        if record.outcome is None or record.key != key or not record.listed.mtime_ns:
            return False
        if record.outcome.status is Status.FAILED:
            return not retry
        return all((self.folder(record) / name).is_file() for name in FILES)

    def write(self, record: Record) -> None:
        """Note what is known of a recording now."""
        text = json.dumps(asdict(record), allow_nan=False)
        write_whole(self._records / f'{record.name}.json', text.encode())

    def _read(self) -> Iterator[Record]:
        for file in sorted(self._records.glob('*.json')):
            try:
                yield _record(json.loads(file.read_text('utf-8')))
            except (OSError, ValueError, KeyError, TypeError):
                # Of a version that kept other things: the recording is looked at again.
                continue


def _record(read: dict[str, Any]) -> Record:
    outcome = read['outcome']
    if outcome is not None:
        outcome = Outcome(**{**outcome, 'status': Status(outcome['status'])})
    listed = Listed(**read['listed'])
    listed = replace(listed, tags=tuple(listed.tags))
    # Earlier versions did not note the place.
    place = read.get('place') or place_of(listed.source)
    return Record(**{**read, 'listed': listed, 'outcome': outcome, 'place': place})


def _name_of(source: str) -> str:
    name = re.sub(r'[^A-Za-z0-9._-]+', '_', PurePath(source).name).strip('._')
    return name or 'recording'
