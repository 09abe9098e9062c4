"""A fleet where Ray is not installed: plain processes, and the same results."""

from __future__ import annotations

from collections.abc import Callable
import json
import os
from pathlib import Path
import signal
import threading
import time
from typing import Any

import pytest

pytest.importorskip('jinja2')

from replay_samples import call, lasting, rows, write_drive
from tiny_model import tiny_folder

from time2general_ros.cli.main import main
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.fleet.hall import LostWorkerError
from time2general_ros.replay.fleet.job import Glance, PoolOptions, Task
from time2general_ros.replay.fleet.processes import ProcessHall, ProcessSeat, processes
from time2general_ros.replay.fleet.worker import Worker
from time2general_ros.replay.runs.parts import FOLDER


class Sleeper:
    """A job that takes as long as its source says."""

    def look(self, source: str) -> Glance:
        return Glance(1, 1.0)

    def load(self) -> None:
        pass

    def replay(
        self, source: str, out: Path, on_frame: Callable[[int, int], None]
    ) -> dict[str, Any]:
        on_frame(1, 2)
        time.sleep(float(source))
        raise ReplayError('slept well')


def heard(hall: ProcessHall, seat: ProcessSeat) -> Any:
    """Wait for what a worker says."""
    while not hall.ready([seat], 0.1):
        pass
    return seat.answer()


def test_a_process_tells_how_far_it_is_and_ends_with_its_fleet():
    with processes(Sleeper(), PoolOptions(1)) as hall:
        seat = hall.seat(0)
        assert heard(hall, seat) is None
        assert seat.look() is None
        seat.begin(Task('a', '1.5', 'out'))
        while (now := seat.look()) is None or not now.done:
            hall.ready([seat], 0.1)
        assert (now.key, now.done, now.total) == ('a', 1, 2)
        assert now.pid not in (0, os.getpid())
        assert heard(hall, seat).reason == 'slept well'
        seat.begin(Task('b', '1000', 'out'))
        os.kill(now.pid, signal.SIGKILL)
        with pytest.raises(LostWorkerError):
            heard(hall, seat)
        other = hall.seat(0)
        assert heard(hall, other) is None
        other.begin(Task('b', '1000', 'out'))
        while (now := other.look()) is None or not now.done:
            hall.ready([other], 0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(now.pid, 0)


def test_a_process_that_nobody_listens_to_ends():
    with processes(Sleeper(), PoolOptions(1)) as hall:
        seat = hall.seat(0)
        heard(hall, seat)
        seat.begin(Task('a', '1000', 'out'))
        # As the system does for a fleet that was killed.
        seat.line.close()
        seat._process.join()
        assert seat._process.exitcode == 1


@pytest.mark.usefixtures('without_ray')
def test_a_fleet_of_processes_gives_what_single_replays_give(tmp_path, capsys):
    bags = [write_drive(tmp_path / f'drive{n}.mcap', 130 - 120 * n) for n in range(2)]
    out = tmp_path / 'out'
    killer = threading.Thread(target=_kill_once, args=(out, 'drive0.mcap'), daemon=True)
    killer.start()
    model = ('--model', str(tiny_folder().path), '--no-flow')
    assert main(['fleet', *map(str, bags), '--out', str(out), '--workers', '2', *model]) == 0
    printed = capsys.readouterr().err
    assert 'Ray is not installed: workers are plain processes' in printed
    assert 'is gone; another goes on there' in printed
    read = json.loads((out / 'fleet.json').read_text())
    assert read['counts'] == {'done': 2, 'partial': 0, 'failed': 0}
    assert {row['name']: row['workers_lost'] for row in read['recordings']} == {
        'drive0.mcap': 1,
        'drive1.mcap': 0,
    }
    for bag in bags:
        one, other = tmp_path / bag.stem, out / 'recordings' / bag.name
        assert call(bag, '--out', one, '--no-flow') == 0
        assert (other / 'masks.mcap').read_bytes() == (one / 'masks.mcap').read_bytes()
        assert rows(other) == rows(one)
        assert lasting(other) == lasting(one)


@pytest.mark.usefixtures('without_ray')
def test_a_name_that_is_not_utf_8_costs_one_recording(tmp_path, capsys):
    bags = [
        write_drive(tmp_path / name, 2) for name in (os.fsdecode(b'stra\xdfe.mcap'), 'good.mcap')
    ]
    out, model = tmp_path / 'out', ('--model', str(tiny_folder().path), '--no-flow')
    assert main(['fleet', *map(str, bags), '--out', str(out), '--workers', '1', *model]) == 3
    assert r'stra\xdfe.mcap has a name that is not UTF-8' in capsys.readouterr().err
    read = json.loads((out / 'fleet.json').read_text())
    assert read['counts'] == {'done': 1, 'partial': 0, 'failed': 1}
    assert read['recordings'][0]['source'] == str(tmp_path / r'stra\xdfe.mcap')
    assert r'stra\xdfe.mcap' in (out / 'index.html').read_text()
    assert (out / 'recordings.parquet').is_file()
    # So does a part of a bag whose name a reason tells.
    bags[0].unlink()
    (tmp_path / 'ride').mkdir()
    (tmp_path / 'ride' / bags[0].name).write_bytes(b'hello')
    assert main(['fleet', str(tmp_path / 'ride'), '--out', str(out), *model]) == 3
    (row,) = json.loads((out / 'fleet.json').read_text())['recordings']
    assert r'stra\xdfe.mcap is not an MCAP file' in row['reason']
    odd = tmp_path / os.fsdecode(b'\xdf')
    assert main(['fleet', str(bags[1]), '--out', str(odd), *model]) == 1
    assert not odd.exists()


class _Resumed:
    """A job that ends what another worker began."""

    def replay(self, source: str, out: Path, on_frame: object) -> dict[str, Any]:
        return {
            'complete': True,
            'partial': [],
            'sources': [],
            'totals': None,
            'scored': None,
            'settings': {'memory': ['on']},
            'timing': {'seconds': 30.0},
        }


def test_the_time_of_a_recording_is_that_of_all_attempts(tmp_path):
    worker = Worker(_Resumed(), [])  # type: ignore[arg-type]
    assert worker.replay('a.mcap', str(tmp_path)).seconds == 30.0


def _kill_once(out: Path, name: str) -> None:
    """Kill the worker that has done the first part of a recording."""
    parts = out / 'recordings' / name / FOLDER / 'parts' / '000000'
    killed = 0
    while not killed:
        time.sleep(0.02)
        if parts.is_dir():
            running = json.loads((out / '.fleet' / 'progress.json').read_text())['running']
            killed = next((one['pid'] for one in running if one['key'] == name), 0)
    os.kill(killed, signal.SIGKILL)


@pytest.mark.usefixtures('without_ray')
@pytest.mark.parametrize('option', ['--address=auto', '--gpus=1'])
def test_what_needs_ray_says_how_to_get_it(tmp_path, capsys, option):
    bag = write_drive(tmp_path / 'drive.mcap', 2)
    model = ('--model', str(tiny_folder().path))
    assert main(['fleet', str(bag), '--out', str(tmp_path / 'out'), option, *model]) == 1
    (error,) = capsys.readouterr().err.splitlines()
    assert "the module 'ray" in error
    assert 'pip install ray pyarrow jinja2 markupsafe' in error
