"""What a fleet looks at before it starts: what is usable, and how much there is to do."""

from __future__ import annotations

import json
from pathlib import Path

from bag_forms import write_mcap, write_ros1_bag, write_rosbag2, write_split
import pytest
from replay_samples import picture, png, stamp, write_drive, write_folder
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from tiny_model import tiny_folder

from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli.main import main
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.fleet.fleet_run import FleetRun
from time2general_ros.replay.fleet.job import Glance, Outcome, PoolOptions, Status
from time2general_ros.replay.fleet.ledger import Ledger, Record
from time2general_ros.replay.fleet.listing import Listed
from time2general_ros.replay.fleet.plan import make_plan
from time2general_ros.replay.fleet.triage import Triage, triage
from time2general_ros.replay.sources.open_source import SourceOptions, look_at


def fleet(*arguments: object) -> int:
    return main(['fleet', *map(str, arguments), '--model', str(tiny_folder().path), '--no-flow'])


@pytest.mark.usefixtures('without_ray')
def test_a_dry_run_tells_what_there_is_and_needs_no_ray(tmp_path, capsys):
    bags = [write_drive(tmp_path / f'drive{n}.mcap', 20 + n) for n in range(2)]
    (tmp_path / 'letter.mcap').write_bytes(b'hello')
    with BagWriter(tmp_path / 'empty.mcap'):
        pass
    out = tmp_path / 'out'
    assert fleet(*bags, '--out', out, '--dry-run') == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(
        '2 recordings to do: 0.00 GB, 0.00 hours of video, about 41 imag'
    )
    assert 'how long that takes is known once one is done' in printed.out
    assert printed.err == ''
    # A stretch of time is a share of them.
    for window, images in (('--end', 10), ('--start', 31)):
        assert fleet(*bags, window, '0.5', '--out', out, '--dry-run') == 0
        assert f'about {images} images' in capsys.readouterr().out
    given = (tmp_path / 'letter.mcap', tmp_path / 'empty.mcap', tmp_path / 'none.mcap')
    assert fleet(*bags, *given, '--out', out, '--dry-run') == 3
    printed = capsys.readouterr()
    assert '; 3 unusable; ' in printed.out
    lines = printed.err.splitlines()
    assert [line[:10] for line in lines] == ['unusable: '] * 3
    assert 'is not an MCAP file' in lines[0]
    assert 'no image topic' in lines[1]
    assert 'there is no file or folder' in lines[2]
    # Whoever asks for a topic hears which recordings lack it.
    assert fleet(*bags, '--topic', '/other', '--out', out, '--dry-run') == 3
    assert 'has no topic /other' in capsys.readouterr().err
    assert not out.exists()


def test_what_is_unusable_costs_no_worker(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('time2general_ros.replay.fleet.fleet._hall', None)
    (tmp_path / 'letter.mcap').write_bytes(b'hello')
    write_rosbag2(tmp_path / 'silent', StoragePlugin.SQLITE3, CompressionMode.NONE, range(0))
    out = tmp_path / 'out'
    assert fleet(tmp_path / 'letter.mcap', tmp_path / 'silent', '--out', out) == 3
    printed = capsys.readouterr().err
    assert '0 recordings to do' in printed
    assert '2 unusable' in printed
    read = json.loads((out / 'fleet.json').read_text())
    assert read['counts'] == {'done': 0, 'partial': 0, 'failed': 2}
    reasons = {row['name']: row['reason'] for row in read['recordings']}
    assert 'has no image on' in reasons['silent']
    # They are set aside as whatever fails.
    assert fleet(tmp_path / 'letter.mcap', '--out', out) == 3
    assert '--retry tries them again' in capsys.readouterr().err


def test_how_long_a_recording_is_needs_no_reading(tmp_path):
    plain = CompressionMode.NONE
    bags = [
        write_mcap(tmp_path / 'a.mcap', chunk_size=64),
        write_ros1_bag(tmp_path / 'a.bag'),
        write_rosbag2(tmp_path / 'sqlite', StoragePlugin.SQLITE3, plain),
        write_rosbag2(tmp_path / 'packed', StoragePlugin.SQLITE3, CompressionMode.FILE),
        write_split(tmp_path / 'split', StoragePlugin.MCAP, plain),
    ]
    for bag in bags:
        with BagReader(bag) as reader:
            times = [raw.log_time_ns for raw in reader.raw_messages()]
            assert reader.span_ns == (min(times), max(times)), bag
        source = look_at(str(bag), SourceOptions())
        assert (source.total, source.duration_s) == (6, (max(times) - min(times)) / 1e9)
        source.close()
    # One that is cut off lists no times.
    whole = bags[0].read_bytes()
    (tmp_path / 'cut.mcap').write_bytes(whole[: len(whole) * 2 // 3])
    assert look_at(str(tmp_path / 'cut.mcap'), SourceOptions()).duration_s is None
    folder = write_folder(tmp_path / 'data', range(11))
    assert look_at(f'folder:{folder}', SourceOptions()).duration_s == pytest.approx(1.0)
    (tmp_path / 'images').mkdir()
    for index in range(3):
        name = tmp_path / 'images' / f'drive_{stamp(index)}.png'
        name.write_bytes(png(picture(index)))
    assert look_at(str(tmp_path / 'images'), SourceOptions()).duration_s == pytest.approx(0.2)


def record(name: str, size: int, **facts: object) -> Record:
    return Record(name, Listed(name, size, 1), **facts)  # type: ignore[arg-type]


def test_what_was_done_before_tells_how_long_the_rest_takes():
    done = Outcome(Status.DONE, frames_in=10, seconds=30.0)
    old, other = record('old', 100, key='k', outcome=done), record('x', 1, key='o', outcome=done)
    new = [record('a', 2000), record('b', 1000), record('c', 1000)]
    found = Triage({'a': Glance(50, 3600.0), 'b': Glance(30, None), 'c': None}, {'d': 'torn'})
    told = found.told([old, other, *new], 2, 'k')
    assert told == (
        '3 recordings to do: 0.00 GB, 1.00 hours of video, about 80 images (2 do not say how long '
        'they are); 1 unusable; about 0:10 hours with 2 workers'
    )
    assert 'about 60 s with 1 worker' in Triage({'a': None}).told([old, record('a', 200)], 8, 'k')


def test_what_cannot_be_told_at_little_cost_is_left_to_workers():
    def look(source: str) -> Glance:
        if 'bad' in source:
            raise ReplayError('torn\nin two')
        if 'odd' in source:
            raise ZeroDivisionError
        return Glance(1, 1.0)

    names = ['a.mcap', 'b.mcap.zstd', 'bad.mcap', 'odd.mcap']
    found = triage([record(name, 1) for name in names], look)
    assert found.usable == {'a.mcap': Glance(1, 1.0), 'b.mcap.zstd': None, 'odd.mcap': None}
    assert found.unusable == {'bad.mcap': 'torn in two'}


def test_a_folder_that_may_not_be_listed_is_left_to_a_worker(tmp_path, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr(Path, 'iterdir', forbidden)
    found = triage([record(str(tmp_path), 1)], lambda source: Glance(1, 1.0))
    assert found.usable == {str(tmp_path): None}


def test_a_record_of_another_version_is_passed_over_and_stays(tmp_path):
    ledger = Ledger(tmp_path)
    with ledger.locked():
        ledger.write(Record('a', Listed('a.mcap', 1, 1), key='k'))
        (file,) = tmp_path.rglob('a.json')
        file.write_text('{"name": "a"}')
        assert [one.key for one in ledger.open([Listed('a.mcap', 1, 1)])] == [Record.key]
    assert file.read_text() == '{"name": "a"}'


def test_another_spelling_is_no_other_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'a.mcap').touch()
    names = ['a.mcap', './a.mcap', str(tmp_path / 'a.mcap'), 'gone.mcap', './gone.mcap']
    ledger = Ledger(tmp_path / 'out')
    with ledger.locked():
        for source in (names[0], names[3], 'camvid:data'):
            (record,) = ledger.open([Listed(source, 1, 7)])
            record.outcome, record.key = Outcome(Status.FAILED, 'torn'), 'key'
            ledger.write(record)
        found = [ledger.open([Listed(name, 1, 7)])[0] for name in names]
        assert [one.name for one in found] == ['a.mcap'] * 3 + ['gone.mcap'] * 2
        assert [one.listed.source for one in found] == names
        assert all(ledger.is_settled(one, 'key', retry=False) for one in found)
        # Earlier versions noted no place.
        for file in tmp_path.rglob('*.json'):
            file.write_text(json.dumps({**json.loads(file.read_text()), 'place': ''}))
        assert ledger.open([Listed(names[2], 1, 7)])[0].outcome is not None
        # Of the same name in another folder it is another recording; a data set is the same.
        (tmp_path / 'other').mkdir()
        monkeypatch.chdir(tmp_path / 'other')
        for file in tmp_path.rglob('a.mcap.json'):
            kept = json.loads(file.read_text())
            file.write_text(json.dumps({**kept, 'place': names[2]}))
        (tmp_path / 'other' / 'a.mcap').touch()
        opened = ledger.open([Listed('a.mcap', 1, 7), Listed('camvid:data', 1, 7)])
        assert [one.name for one in opened] == ['a.mcap_2', 'camvid_data']


class _Blind:
    """A job of a machine that holds none of the recordings."""

    def look(self, source: str) -> Glance:
        raise ReplayError(f'there is no file or folder {source}')


@pytest.mark.parametrize(('address', 'usable'), [(None, 0), ('auto', 1)])
def test_a_cluster_may_see_what_this_machine_does_not(tmp_path, address, usable):
    run = FleetRun(
        [Listed('/far/a.mcap')],
        tmp_path / 'out',
        _Blind(),  # type: ignore[arg-type]
        'key',
        PoolOptions(1, address=address),
    )
    plan = make_plan(run, Ledger(run.out))
    assert (len(plan.usable), len(plan.unusable)) == (usable, 1 - usable)
