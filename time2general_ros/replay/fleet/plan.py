"""What is to be done of a fleet, before anything is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from time2general_ros.replay.fleet.job import Status
from time2general_ros.replay.fleet.triage import triage

if TYPE_CHECKING:
    from time2general_ros.replay.fleet.fleet_run import FleetRun
    from time2general_ros.replay.fleet.ledger import Ledger, Record


@dataclass(frozen=True)
class Plan:
    """
    What is to be done.

    :param records: All of the fleet.
    :param usable: Those to work on, the largest first, that no worker is left with one at the end.
    :param unusable: Those that no worker need see, with the reason.
    :param told: All of that in a line.
    """

    records: list[Record]
    usable: list[Record]
    unusable: list[tuple[Record, str]]
    told: str


def make_plan(run: FleetRun, ledger: Ledger) -> Plan:
    """Look at all recordings that are not settled."""
    records = ledger.open([*run.recordings])
    waiting = [r for r in records if not ledger.is_settled(r, run.key, retry=run.retry)]
    settled = len(records) - len(waiting)
    if settled:
        run.say(f'{settled} of {len(records)} recordings are done already')
    aside = [r for r in records if r not in waiting and has_failed(r)]
    if aside:
        run.say(f'{len(aside)} of them failed before: --retry tries them again')
    # In a cluster this machine need not hold what the others do.
    seen = [r for r in waiting if r.listed.mtime_ns or not run.pool.address]
    found = triage(seen, run.job.look)
    found.usable |= dict.fromkeys(r.name for r in waiting if r not in seen)
    usable = [record for record in waiting if record.name in found.usable]
    unusable = [(r, found.unusable[r.name]) for r in waiting if r.name in found.unusable]
    told = found.told(records, run.pool.workers, run.key)
    return Plan(records, sorted(usable, key=_largest_first), unusable, told)


def has_failed(record: Record) -> bool:
    """Tell whether there are no results of a recording, though it was tried."""
    return record.outcome is not None and record.outcome.status is Status.FAILED


def _largest_first(record: Record) -> int:
    return -record.listed.size_bytes
