"""Replaying many recordings: what is done already is left, what is bad is set aside."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
import json
import time
from typing import TYPE_CHECKING, Any

from time2general_ros.replay.fleet.fleet_run import FleetRun, State
from time2general_ros.replay.fleet.job import Outcome, Status, Task
from time2general_ros.replay.fleet.ledger import HIDDEN, Ledger
from time2general_ros.replay.fleet.plan import has_failed, make_plan
from time2general_ros.replay.fleet.pool import Pool
from time2general_ros.replay.fleet.summary import write_summary
from time2general_ros.replay.runs.results import remove_results
from time2general_ros.report.fleet_page import write_fleet_page
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from time2general_ros.replay.fleet.hall import Hall
    from time2general_ros.replay.fleet.job import PoolOptions, Running
    from time2general_ros.replay.fleet.ledger import Record
    from time2general_ros.replay.fleet.plan import Plan

PROGRESS = 'progress.json'


def run_fleet(run: FleetRun) -> dict[str, Any]:
    """
    Replay the recordings of a fleet; docs/fleet.md says what it writes.

    :returns: What ``fleet.json`` holds.
    :raises FleetError: if nothing can be done at all.
    """
    if _is_on_ray(run.pool):
        # Whether it loads is known before all recordings are looked at.
        import_module('time2general_ros.replay.fleet.cluster')
    ledger = Ledger(run.out)
    with ledger.locked():
        plan = make_plan(run, ledger)
        run.say(plan.told)
        for record, reason in plan.unusable:
            _settle(run, ledger, record, Outcome(Status.FAILED, reason))
            run.say(f'{record.listed.shown}: failed: {reason}')
        began = time.monotonic()
        if plan.usable:
            watch = _Watch(run, ledger, plan)
            with _hall(run, len(plan.usable)) as hall:
                pool = Pool(hall, run.pool.workers, watch.settle, watch.lose, watch.look)
                pool.work([_task(ledger, record) for record in plan.usable])
        (run.out / HIDDEN / PROGRESS).unlink(missing_ok=True)
        seconds = time.monotonic() - began
        fleet = write_summary(run.out, plan.records, run.pool, seconds, len(plan.usable))
        write_fleet_page(run.out, fleet)
        return fleet


def _is_on_ray(options: PoolOptions) -> bool:
    return bool(options.address or options.gpus) or find_spec('ray') is not None


@contextmanager
def _hall(run: FleetRun, recordings: int) -> Iterator[Hall]:
    """Give room for workers: on Ray, or where that is not installed as plain processes."""
    if not _is_on_ray(run.pool):
        from time2general_ros.replay.fleet.processes import processes

        run.say('Ray is not installed: workers are plain processes of this machine')
        with processes(run.job, run.pool) as hall:
            yield hall
        return
    from time2general_ros.replay.fleet.cluster import check_room, cluster
    from time2general_ros.replay.fleet.seat import RayHall

    with cluster(run.pool):
        short = check_room(run.pool, recordings)
        if short:
            run.say(short)
        yield RayHall(run.job, run.pool)


class _Watch:
    """Notes what becomes of the recordings, and how far they are."""

    def __init__(self, run: FleetRun, ledger: Ledger, plan: Plan) -> None:
        self._run = run
        self._ledger = ledger
        self._all = plan.records
        self._by_name = {record.name: record for record in plan.usable}
        self._left = set(self._by_name)
        self._frames = 0
        self._began = time.monotonic()

    def settle(self, task: Task, outcome: Outcome) -> None:
        """Note what became of a recording."""
        record = self._by_name[task.key]
        record.attempts = task.attempts
        _settle(self._run, self._ledger, record, outcome)
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
            sum(map(has_failed, self._all)),
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


def _settle(run: FleetRun, ledger: Ledger, record: Record, outcome: Outcome) -> None:
    """Note what became of a recording."""
    record.outcome, record.key = outcome, run.key
    if outcome.status is Status.FAILED and record.listed.size_bytes:
        # Those of an earlier state of the recording.
        remove_results(ledger.folder(record))
    ledger.write(record)


def _task(ledger: Ledger, record: Record) -> Task:
    return Task(record.name, record.listed.source, str(ledger.folder(record)))


def _told(record: Record, number: int, total: int) -> str:
    outcome = record.outcome
    assert outcome
    where = f'{number}/{total} {record.listed.shown}'
    if outcome.status is Status.FAILED:
        return f'{where}: failed: {outcome.reason}'
    flicker = outcome.figures.get('flow_flicker')
    told = f'{where}: {outcome.frames_out} masks in {outcome.seconds:.0f} s'
    told += '' if flicker is None else f', flow flicker {flicker:.2f} %'
    return told if outcome.reason is None else f'{told}; partial: {outcome.reason}'
