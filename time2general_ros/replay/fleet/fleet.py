"""Replaying many recordings: what is done already is left, what is bad is set aside."""

from __future__ import annotations

from dataclasses import dataclass
import json
import time
from typing import TYPE_CHECKING, Any

from time2general_ros.replay.fleet.cluster import check_room, cluster
from time2general_ros.replay.fleet.job import Outcome, Status
from time2general_ros.replay.fleet.ledger import HIDDEN, Ledger
from time2general_ros.replay.fleet.pool import Pool
from time2general_ros.replay.fleet.seat import Task
from time2general_ros.replay.fleet.summary import write_summary
from time2general_ros.replay.results import remove_results
from time2general_ros.report.fleet_page import write_fleet_page
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from time2general_ros.replay.fleet.job import Job, PoolOptions
    from time2general_ros.replay.fleet.ledger import Record
    from time2general_ros.replay.fleet.listing import Listed
    from time2general_ros.replay.fleet.seat import Running

PROGRESS = 'progress.json'


@dataclass(frozen=True)
class State:
    """
    How far a fleet is.

    :param recordings: Those that are settled, of ``total``; failed: those of them that failed.
    :param frames: Images done in this run.
    :param left_s: Time left, by the bytes of the recordings; None while that is not known.
    """

    recordings: int
    total: int
    failed: int
    frames: int
    frames_per_s: float
    left_s: float | None
    running: list[Running]


@dataclass(frozen=True)
class FleetRun:
    """
    A fleet and where its results go.

    :param out: The folder.
    :param key: Changes if the model or any setting does that changes results.
    :param retry: Whether to try again what failed before.
    :param say: Is told what a user should know of, in one line.
    :param on_state: Is told how far it is, twice a second.
    """

    recordings: Sequence[Listed]
    out: Path
    job: Job
    key: str
    pool: PoolOptions
    retry: bool = False
    say: Callable[[str], None] = lambda line: None
    on_state: Callable[[State], None] = lambda state: None


def run_fleet(run: FleetRun) -> dict[str, Any]:
    """
    Replay the recordings of a fleet; docs/fleet.md says what it writes.

    :returns: What ``fleet.json`` holds.
    :raises FleetError: if nothing can be done at all.
    """
    ledger = Ledger(run.out)
    with ledger.locked():
        records = ledger.open([*run.recordings])
        waiting = [r for r in records if not ledger.is_settled(r, run.key, retry=run.retry)]
        settled = len(records) - len(waiting)
        if settled:
            run.say(f'{settled} of {len(records)} recordings are done already')
        aside = [r for r in records if r not in waiting and _failed(r)]
        if aside:
            run.say(f'{len(aside)} of them failed before: --retry tries them again')
        began = time.monotonic()
        if waiting:
            watch = _Watch(run, ledger, records, waiting)
            with cluster(run.pool):
                short = check_room(run.pool, len(waiting))
                if short:
                    run.say(short)
                # The longest first, that no worker is left with one at the end.
                waiting.sort(key=lambda record: -record.listed.size_bytes)
                pool = Pool(run.job, run.pool, watch.settle, watch.lose, watch.look)
                pool.work([_task(ledger, record) for record in waiting])
        (run.out / HIDDEN / PROGRESS).unlink(missing_ok=True)
        fleet = write_summary(run.out, records, run.pool, time.monotonic() - began, len(waiting))
        write_fleet_page(run.out, fleet)
        return fleet


class _Watch:
    """Notes what becomes of the recordings, and how far they are."""

    def __init__(
        self,
        run: FleetRun,
        ledger: Ledger,
        records: Sequence[Record],
        waiting: Sequence[Record],
    ) -> None:
        self._run = run
        self._ledger = ledger
        self._all = records
        self._by_name = {record.name: record for record in waiting}
        self._left = set(self._by_name)
        self._frames = 0
        self._began = time.monotonic()

    def settle(self, task: Task, outcome: Outcome) -> None:
        """Note what became of a recording."""
        record = self._by_name[task.key]
        record.outcome, record.key, record.attempts = outcome, self._run.key, task.attempts
        if outcome.status is Status.FAILED and record.listed.size_bytes:
            # Those of an earlier state of the recording.
            remove_results(self._ledger.folder(record))
        self._ledger.write(record)
        self._left.discard(task.key)
        self._frames += outcome.frames_in
        self._run.say(_told(record, len(self._all) - len(self._left), len(self._all)))

    def lose(self, task: Task) -> None:
        """Tell of a worker that is gone."""
        self._run.say(f'the worker at {task.source} is gone; another goes on there')

    def look(self, running: list[Running]) -> None:
        """Tell how far the fleet is, the caller and whoever reads the file."""
        seconds = time.monotonic() - self._began
        frames = self._frames + sum(one.done for one in running)
        state = State(
            len(self._all) - len(self._left),
            len(self._all),
            sum(map(_failed, self._all)),
            frames,
            round(frames / seconds, 2) if seconds else 0.0,
            self._left_s(running, seconds),
            running,
        )
        told = {**vars(state), 'running': [vars(one) for one in running]}
        write_whole(self._run.out / HIDDEN / PROGRESS, json.dumps(told).encode())
        self._run.on_state(state)

    def _left_s(self, running: Sequence[Running], seconds: float) -> float | None:
        sizes = {name: record.listed.size_bytes for name, record in self._by_name.items()}
        shares = {one.key: one.done / one.total for one in running if one.total}
        left = sum(sizes[name] * (1 - shares.get(name, 0.0)) for name in self._left)
        done = sum(sizes.values()) - left
        return round(seconds * left / done, 1) if done > 0 else None


def _failed(record: Record) -> bool:
    return record.outcome is not None and record.outcome.status is Status.FAILED


def _task(ledger: Ledger, record: Record) -> Task:
    return Task(record.name, record.listed.source, str(ledger.folder(record)))


def _told(record: Record, number: int, total: int) -> str:
    outcome = record.outcome
    assert outcome
    where = f'{number}/{total} {record.listed.source}'
    if outcome.status is Status.FAILED:
        return f'{where}: failed: {outcome.reason}'
    flicker = outcome.figures.get('flow_flicker')
    told = f'{where}: {outcome.frames_out} masks in {outcome.seconds:.0f} s'
    told += '' if flicker is None else f', flow flicker {flicker:.2f} %'
    return told if outcome.reason is None else f'{told}; partial: {outcome.reason}'
