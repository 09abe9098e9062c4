"""A cheap look at all recordings before any work: what is usable, and how much that is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from time2general_ros.bags.storages.open_file import ZSTD_SUFFIX
from time2general_ros.errors import Time2GeneralError, one_line
from time2general_ros.replay.sources.file_names import shown
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from time2general_ros.replay.fleet.job import Glance
    from time2general_ros.replay.fleet.ledger import Record

# Files on other machines answer late.
_AT_ONCE = 8


@dataclass
class Triage:
    """
    What is to be expected of some recordings.

    :param usable: By name, what is known of each; None where it was not looked into.
    :param unusable: By name, what is wrong with it.
    """

    usable: dict[str, Glance | None] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)

    def told(self, records: Sequence[Record], workers: int, key: str) -> str:
        """
        Sum it up in a line.

        :param records: All of the fleet: those that are done tell how long others will take.
        :param key: Of the work.
        """
        glances = [glance for glance in self.usable.values() if glance]
        sizes = {record.name: record.listed.size_bytes for record in records}
        size = sum(sizes[name] for name in self.usable)
        hours = sum(glance.video_s or 0.0 for glance in glances) / 3600
        frames = sum(glance.frames for glance in glances)
        silent = len(self.usable) - sum(glance.video_s is not None for glance in glances)
        told = (
            f'{len(self.usable)} recordings to do: {size / 1e9:.2f} GB, {hours:.2f} hours of '
            f'video, about {frames} images'
        )
        told += f' ({silent} do not say how long they are)' if silent else ''
        told += f'; {len(self.unusable)} unusable' if self.unusable else ''
        seconds = _seconds_of_a_byte(records, key)
        if not self.usable:
            return told
        if seconds is None:
            return f'{told}; how long that takes is known once one is done'
        busy = min(workers, len(self.usable))
        workers_told = '1 worker' if busy == 1 else f'{busy} workers'
        return f'{told}; about {_clock(seconds * size / busy)} with {workers_told}'


def triage(records: Sequence[Record], look: Callable[[str], Glance]) -> Triage:
    """
    Look at recordings.

    What is compressed as a whole would have to be unpacked first, and is left to a worker.

    :param look: As :meth:`.job.Job.look`.
    """

    def found(record: Record) -> Glance | str | None:
        try:
            packed = _is_packed(record.listed.source)
            return None if packed else look(record.listed.source)
        except Time2GeneralError as error:
            # It may name a part of a bag, whose name nobody checked.
            return shown(one_line(error))
        except Exception:  # a worker will say more of it; one recording must not end the night
            return None

    result = Triage()
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        for record, one in zip(records, pool.map(found, records), strict=True):
            if isinstance(one, str):
                result.unusable[record.name] = one
            else:
                result.usable[record.name] = one
    finally:
        # Whoever ends the command does not wait for the rest.
        pool.shutdown(cancel_futures=True)
    return result


def _is_packed(source: str) -> bool:
    path = user_path(source)
    files = path.iterdir() if path.is_dir() else [path]
    return any(file.suffix == ZSTD_SUFFIX for file in files)


def _seconds_of_a_byte(records: Sequence[Record], key: str) -> float | None:
    """Tell what a byte took where the same work was done before; None if none was."""
    done = [
        (record.outcome.seconds, record.listed.size_bytes)
        for record in records
        if record.outcome and record.outcome.frames_in and record.key == key
    ]
    size = sum(size for _, size in done)
    return sum(seconds for seconds, _ in done) / size if size else None


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f'{minutes // 60}:{minutes % 60:02} hours' if minutes > 1 else f'{seconds:.0f} s'
