"""A fleet on Ray: bad recordings, lost workers, and results that are those of single replays."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
import json
import os
from pathlib import Path
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any
from unittest.mock import MagicMock

import pytest

pytest.importorskip('ray', reason='ray is not installed')

from bag_forms import write_split
import pyarrow.parquet as pq
from replay_samples import LABELS, call, lasting, rows, write_drive
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from tiny_model import tiny_folder

from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli import fleet as fleet_command
from time2general_ros.cli.main import main
from time2general_ros.replay.fleet.job import Outcome, Status
from time2general_ros.replay.fleet.ledger import Ledger
from time2general_ros.replay.fleet.listing import listed
from time2general_ros.replay.runs.parts import FOLDER


def fleet(*arguments: object) -> int:
    model = ('--model', tiny_folder().path, '--no-flow')
    return main(['fleet', *map(str, arguments), *map(str, model)])


def read_fleet(out: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((out / 'fleet.json').read_text())
    return read


@pytest.fixture(scope='module')
def bags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp('bags')
    for number, count in enumerate((130, 20)):
        write_drive(root / f'drive{number}.mcap', count)
    whole = (root / 'drive0.mcap').read_bytes()
    (root / 'cut.mcap').write_bytes(whole[: len(whole) // 2])
    (root / 'letter.mcap').write_bytes(b'hello')
    with BagWriter(root / 'empty.mcap'):
        pass
    return root


class Killer(threading.Thread):
    """Kills, once, the worker that has done some images of a recording."""

    def __init__(self, out: Path, name: str) -> None:
        super().__init__(daemon=True)
        self._progress = out / '.fleet' / 'progress.json'
        self._parts = out / 'recordings' / name / FOLDER / 'parts' / '000000'
        self._name = name
        self.killed = 0

    def run(self) -> None:
        while not self.killed:
            time.sleep(0.02)
            if self._parts.is_dir():
                self._kill(json.loads(self._progress.read_text())['running'])

    def _kill(self, running: Sequence[dict[str, Any]]) -> None:
        for one in running:
            if one['key'] == self._name and one['pid']:
                os.kill(one['pid'], signal.SIGKILL)
                self.killed = one['pid']


def test_bad_recordings_and_a_killed_worker_lose_nothing(bags, tmp_path, capsys):
    out = tmp_path / 'out'
    (tmp_path / 'list.txt').write_text(f'# all of them\n{bags}/*.mcap\n\n{bags}/none.mcap\n')
    killer = Killer(out, 'drive0.mcap')
    killer.start()
    assert fleet(tmp_path / 'list.txt', '--out', out, '--workers', 2) == 3
    assert killer.killed
    read = read_fleet(out)
    assert read['counts'] == {'done': 2, 'partial': 1, 'failed': 3}
    by_name = {row['name']: row for row in read['recordings']}
    for name, reason in (
        ('none.mcap', 'there is no file or folder'),
        ('letter.mcap', 'is not an MCAP file'),
        ('empty.mcap', 'no image topic'),
        ('cut.mcap', 'is cut off'),
    ):
        assert reason in by_name[name]['reason']
    assert by_name['cut.mcap']['frames_out'] > 0
    assert {row['status'] for row in read['recordings'][:3]} == {'failed'}
    assert by_name['drive0.mcap']['workers_lost'] == 1
    printed = capsys.readouterr().err
    assert 'is gone; another goes on there' in printed
    assert '6/6' in printed
    assert pq.read_table(out / 'recordings.parquet').num_rows == 6
    for name in ('drive0.mcap', 'drive1.mcap'):
        one, other = tmp_path / Path(name).stem, out / 'recordings' / name
        assert call(bags / name, '--out', one, '--no-flow') == 0
        assert (other / 'masks.mcap').read_bytes() == (one / 'masks.mcap').read_bytes()
        assert rows(other) == rows(one)
        assert lasting(other) == lasting(one)
        assert f'href="recordings/{name}/report.html"' in (out / 'index.html').read_text()
        assert (other / 'report.html').is_file()

    # What is done is not done again, and what failed is set aside.
    finished = (out / 'recordings' / 'drive0.mcap' / 'results.json').stat().st_mtime_ns
    drive, letter = bags / 'drive0.mcap', bags / 'letter.mcap'
    assert fleet(drive, letter, '--out', out) == 3
    printed = capsys.readouterr().err
    assert '2 of 2 recordings are done already' in printed
    assert '1 of them failed before: --retry tries them again' in printed

    # Unless it is asked for, or has changed; a namesake from elsewhere has a folder of its own.
    changed = write_drive(bags / 'drive1.mcap', 12)
    (tmp_path / 'other').mkdir()
    namesake = write_drive(tmp_path / 'other' / 'drive0.mcap', 5)
    given = (drive, letter, changed, namesake)
    assert fleet(*given, '--out', out, '--workers', 1, '--retry') == 3
    printed = capsys.readouterr().err
    assert '1 of 4 recordings are done already' in printed
    assert 'letter.mcap: failed' in printed
    frames = {row['name']: row['frames_out'] for row in read_fleet(out)['recordings']}
    expected = {'letter.mcap': 0, 'drive0.mcap': 130, 'drive1.mcap': 12, 'drive0.mcap_2': 5}
    assert frames == expected
    assert finished == (out / 'recordings' / 'drive0.mcap' / 'results.json').stat().st_mtime_ns


def test_work_with_other_labels_or_classes_is_other_work(tmp_path):
    def key() -> str:
        parser = argparse.ArgumentParser()
        fleet_command.add_parser(parser.add_subparsers())
        given = ['fleet', 'a.mcap', '--out', 'out', '--model', 'm']
        given += ['--labels', str(maps), '--label-set', str(classes)]
        args = parser.parse_args(given)
        return fleet_command._key(args, {}, fleet_command.checksums_of(args))

    maps, classes = tmp_path / 'maps', tmp_path / 'two.txt'
    maps.mkdir()
    (maps / '0.png').write_bytes(b'old')
    classes.write_text('road\ncar\n')
    keys = [key(), key()]
    (maps / '0.png').write_bytes(b'new')
    keys.append(key())
    (maps / '0.png').rename(maps / '1.png')
    keys.append(key())
    classes.write_text('road\nsky\n')
    keys.append(key())
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_work_with_another_card_is_other_work_as_it_is_for_a_replay(tmp_path, monkeypatch):
    model = shutil.copytree(tiny_folder().path, tmp_path / 'model')
    drive = write_drive(tmp_path / 'drive.mcap', 2)
    keys: list[str] = []
    monkeypatch.setattr(fleet_command, '_look', lambda run: keys.append(run.key))
    card = json.loads((model / 'card.json').read_text())
    for name in (card['name'], 'other'):
        (model / 'card.json').write_text(json.dumps({**card, 'name': name}))
        options = ('--model', model, '--out', tmp_path / 'out', '--dry-run')
        main(['fleet', str(drive), *map(str, options)])
    assert len(set(keys)) == 2


def test_labels_are_read_once_for_all_recordings(tmp_path, monkeypatch):
    bag = write_drive(tmp_path / 'drive.mcap', 2, with_labels=True)
    parser = argparse.ArgumentParser()
    fleet_command.add_parser(parser.add_subparsers())
    given = ['fleet', str(bag), '--out', str(tmp_path), '--labels', f'bag:{bag}?labels={LABELS}']
    args = parser.parse_args([*given, '--model', str(tiny_folder().path), '--no-flow'])
    args.threads = 1
    checksums = fleet_command.checksums_of(args)
    assert checksums
    job = fleet_command.ReplayJob(args, checksums)
    monkeypatch.setattr('time2general_ros.cli.options.replay_sources.labels_checksum', None)
    job.load()
    for name in 'ab':
        read = job.replay(str(bag), tmp_path / name, lambda done, total: None)
        assert read['settings']['labels_checksum'] == checksums['labels_checksum']
        assert read['totals']['frames'] == 2


@pytest.mark.parametrize('name', ['results.json', 'report.html', 'masks.mcap', 'frames.parquet'])
def test_a_recording_whose_files_are_gone_is_not_settled(tmp_path, name):
    drive = tmp_path / 'drive.mcap'
    drive.touch()
    ledger = Ledger(tmp_path / 'out')
    (record,) = ledger.open(listed([str(drive)]))
    record.outcome, record.key = Outcome(Status.DONE), 'key'
    folder = ledger.folder(record)
    folder.mkdir(parents=True)
    for file in ('results.json', 'report.html', 'masks.mcap', 'frames.parquet'):
        (folder / file).touch()
    assert ledger.is_settled(record, 'key', retry=False)
    (folder / name).unlink()
    assert not ledger.is_settled(record, 'key', retry=False)


def test_a_folder_of_renamed_images_is_not_settled(tmp_path):
    images = tmp_path / 'images'
    images.mkdir()
    for index, name in enumerate('abc'):
        (images / f'{name}.png').touch()
        os.utime(images / f'{name}.png', ns=(index, 10 + index))
    ledger = Ledger(tmp_path / 'out')

    def outcome() -> Outcome | None:
        with ledger.locked():
            (record,) = ledger.open(listed([str(images)]))
            before, record.outcome = record.outcome, Outcome(Status.DONE)
            ledger.write(record)
        return before

    assert outcome() is None
    assert outcome() == Outcome(Status.DONE)
    (images / 'a.png').rename(images / 'd.png')
    assert outcome() is None
    # Two change places.
    for old, new in (('b', 'x'), ('c', 'b'), ('x', 'c')):
        (images / f'{old}.png').rename(images / f'{new}.png')
    assert outcome() is None
    assert outcome() == Outcome(Status.DONE)


def test_parts_of_a_split_bag_are_one_recording(tmp_path, monkeypatch):
    for folder, parts in (('split', 3), ('whole', 1)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / 'metadata.yaml').touch()
        for number in range(parts):
            (tmp_path / folder / f'{folder}_{number}.mcap').touch()
    (tmp_path / 'plain').mkdir()
    for number in range(2):
        (tmp_path / 'plain' / f'drive_{number}.mcap').touch()
    found = [one.source for one in listed([f'{tmp_path}/*/*.mcap'])]
    expected = ['plain/drive_0.mcap', 'plain/drive_1.mcap', 'split', 'whole/whole_0.mcap']
    assert found == [str(tmp_path / name) for name in expected]
    # Whatever way it is spelled, and beside its folder.
    monkeypatch.chdir(tmp_path / 'plain')
    spelled = ['./drive_0.mcap', 'drive_0.mcap', '../plain/drive_0.mcap']
    assert [one.source for one in listed(spelled)] == spelled[:1]
    assert [one.source for one in listed([*spelled, str(tmp_path / 'plain')])] == [
        str(tmp_path / 'plain')
    ]
    both = listed([f'{tmp_path}/split/split_1.mcap', '../split', '../split/split_0.mcap'])
    assert [one.source for one in both] == ['../split']
    # Who names one part wants that part.
    part = str(tmp_path / 'split' / 'split_1.mcap')
    assert [one.source for one in listed([part])] == [part]


def test_what_lies_beside_a_bag_is_a_recording_of_its_own(tmp_path):
    folder = write_split(tmp_path / 'ride', StoragePlugin.SQLITE3, CompressionMode.FILE)
    beside = [folder / name for name in ('filtered.mcap', 'gopro.mp4', 'ride_2.db3')]
    for file in beside:
        file.touch()
    # A part is one unpacked too.
    parts = [folder / 'ride_0.db3', folder / 'ride_1.db3.zstd']
    (folder / 'ride_0.db3.zstd').rename(parts[0])
    found = [one.source for one in listed([*map(str, parts), *map(str, beside)])]
    assert found == [*map(str, [folder, *beside])]
    assert [one.source for one in listed([*map(str, beside), str(folder)])] == [
        *map(str, [*beside, folder])
    ]
    # Where the metadata lists nothing, all bags are parts.
    (folder / 'metadata.yaml').write_text('rosbag2_bagfile_information: [')
    found = [one.source for one in listed([*map(str, parts), *map(str, beside)])]
    assert found == [str(folder), str(folder / 'gopro.mp4')]


def test_a_fleet_that_cannot_work_says_why_in_a_line(tmp_path, capsys):
    def refused(*arguments: object) -> str:
        assert fleet(*arguments) == 1
        printed = capsys.readouterr().err
        assert printed.startswith('error: ')
        assert printed.count('\n') == 1
        return printed

    out = tmp_path / 'out'
    assert 'no file fits the pattern' in refused(tmp_path / '*.mcap', '--out', out)
    (tmp_path / 'empty.txt').write_text('# none\n')
    assert 'no recording is named' in refused(tmp_path / 'empty.txt', '--out', out)
    assert 'cannot be read' in refused(tmp_path / 'no.txt', '--out', out)
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'mine').touch()
    assert 'holds other files' in refused('a.mcap', '--out', tmp_path / 'full')
    assert 'is a file' in refused('a.mcap', '--out', tmp_path / 'empty.txt')
    assert not out.exists()


TOKEN = {'RAY_AUTH_MODE': 'token', 'RAY_AUTH_TOKEN': secrets.token_hex(16)}


class Machine:
    """A machine of a Ray cluster, as `ray start` makes one; here all share one computer."""

    def __init__(self, log: Path, *options: str) -> None:
        program = [str(Path(sys.executable).with_name('ray')), 'start', '--block']
        program += ['--node-ip-address=127.0.0.1', f'--object-store-memory={100 * 2**20}']
        quiet = {'RAY_USAGE_STATS_ENABLED': '0', 'RAY_worker_niceness': '0'}
        with log.open('wb') as told:
            self._started = subprocess.Popen(
                [*program, '--num-cpus=2', *options],
                stdout=told,
                stderr=told,
                env={**os.environ, **quiet, **TOKEN},
                start_new_session=True,
            )
        while b'Ray runtime started' not in log.read_bytes():
            assert self._started.poll() is None, log.read_text()
            time.sleep(0.1)

    def has(self, pid: int) -> bool:
        """Tell whether a process runs here."""
        return os.getsid(pid) == self._started.pid

    def lose(self) -> None:
        """Let it end without a word."""
        os.killpg(self._started.pid, signal.SIGKILL)
        self._started.wait()

    def end(self) -> None:
        """Take it out of the cluster; a fleet has left it as it was."""
        assert self._started.poll() is None
        self._started.terminate()
        self._started.wait()


@pytest.fixture
def cluster_address(tmp_path: Path) -> Iterator[str]:
    """Start a cluster on its first machine, with two cores and a GPU that is only a number."""
    with socket.socket() as held:
        held.bind(('127.0.0.1', 0))
        port = held.getsockname()[1]
    options = ['--head', f'--port={port}', '--num-gpus=1', '--include-dashboard=false']
    first = Machine(tmp_path / 'first.log', *options)
    yield f'127.0.0.1:{port}'
    first.end()


def fleet_on(address: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a fleet in a process of its own: what Ray knows of tokens lasts as long as that."""
    command = [sys.executable, '-m', 'time2general_ros.cli.main', 'fleet', *map(str, arguments)]
    command += ['--address', address, '--no-flow', '--model', str(tiny_folder().path)]
    return subprocess.Popen(
        command, env={**os.environ, **TOKEN}, stderr=subprocess.PIPE, text=True
    )


def pids_at_work(out: Path) -> list[int]:
    try:
        told = json.loads((out / '.fleet' / 'progress.json').read_text())
    except FileNotFoundError:
        return []
    return [one['pid'] for one in told['running'] if one['pid']]


def test_a_fleet_joins_a_cluster(cluster_address, tmp_path):
    bags = [write_drive(tmp_path / f'drive{number}.mcap', 10 + number) for number in range(2)]
    out = tmp_path / 'out'
    run = fleet_on(cluster_address, *bags, '--out', out, '--workers', 3, '--gpus', 1)
    told = run.communicate()[1]
    assert run.returncode == 0, told
    assert '1 of 2 workers run at a time: each reserves --threads 1 CPU cores and --gpus 1' in told
    assert read_fleet(out)['counts'] == {'done': 2, 'partial': 0, 'failed': 0}
    for bag in bags:
        one, other = tmp_path / bag.stem, out / 'recordings' / bag.name
        assert call(bag, '--out', one, '--no-flow') == 0
        assert (other / 'masks.mcap').read_bytes() == (one / 'masks.mcap').read_bytes()


def test_a_machine_that_a_cluster_loses_loses_nothing(cluster_address, tmp_path):
    # Workers of two cores: one has room on each machine.
    second = Machine(tmp_path / 'second.log', f'--address={cluster_address}')
    bags = [write_drive(tmp_path / 'drive0.mcap', 130)]
    for number in range(1, 12):
        bags.append(tmp_path / f'drive{number}.mcap')
        shutil.copy(bags[0], bags[-1])
    out = tmp_path / 'out'
    run = fleet_on(cluster_address, *bags, '--out', out, '--workers', 2, '--threads', 2)
    while not any(second.has(pid) for pid in pids_at_work(out)):
        assert run.poll() is None
        time.sleep(0.02)
    second.lose()
    told = run.communicate()[1]
    assert run.returncode == 0, told
    read = read_fleet(out)
    assert read['counts'] == {'done': 12, 'partial': 0, 'failed': 0}
    assert sum(row['workers_lost'] for row in read['recordings']) == 1
    assert call(bags[0], '--out', tmp_path / 'alone', '--no-flow') == 0
    alone = (tmp_path / 'alone' / 'masks.mcap').read_bytes()
    assert {path.read_bytes() for path in out.glob('recordings/*/masks.mcap')} == {alone}


def test_gpus_are_reserved_and_what_does_not_fit_is_told(monkeypatch):
    from time2general_ros.replay.fleet.cluster import check_room
    from time2general_ros.replay.fleet.job import FleetError, PoolOptions
    from time2general_ros.replay.fleet.quiet_ray import ray
    from time2general_ros.replay.fleet.seat import RaySeat

    nodes: list[dict[str, Any]] = []
    monkeypatch.setattr(ray, 'nodes', lambda: nodes)

    def room(gpus: float, address: str | None, *machines: tuple[int, int]) -> str | None:
        nodes[:] = [{'Alive': True, 'Resources': {'CPU': c, 'GPU': g}} for c, g in machines]
        nodes.append({'Alive': False, 'Resources': {'CPU': 64.0, 'GPU': 8.0}})
        return check_room(PoolOptions(4, 2, gpus, address), 9)

    assert room(0.0, None, (8, 0)) is None
    assert room(0.5, 'auto', (8, 2)) is None
    assert room(1, 'auto', (4, 2), (4, 2)) is None
    # Two shares of more than a half lie on two GPUs.
    assert '2 of 4 workers' in (room(0.6, 'auto', (8, 2)) or '')
    assert '1 of 4 workers' in (room(2, 'auto', (8, 3)) or '')
    assert 'until it grows' in (room(1, 'auto', (8, 0)) or '')
    with pytest.raises(FleetError, match=r'fits on this machine.* 8 CPU cores and 0 GPU'):
        room(1, None, (8, 0))
    with pytest.raises(FleetError, match=r'--gpus 1\.5: .* give 1'):
        room(1.5, None, (8, 4))

    remote = MagicMock()
    monkeypatch.setattr(ray, 'remote', remote)
    RaySeat(None, PoolOptions(1, 3, 0.25), 0)  # type: ignore[arg-type]
    asked = remote.return_value.options.call_args.kwargs
    assert (asked['num_cpus'], asked['num_gpus']) == (3, 0.25)
