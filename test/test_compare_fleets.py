"""Comparing fleets: one run over all recordings, by tag too, and limits on those with a tag."""

from __future__ import annotations

from collections.abc import Sequence
import json
from pathlib import Path
import shutil
from typing import Any
from xml.etree import ElementTree

import pytest
from replay_samples import LABELS, call, results, write_drive

from time2general_ros.cli.main import main
from time2general_ros.replay.comparison.difference import Difference
from time2general_ros.replay.comparison.limits import LimitError, read_limit
from time2general_ros.replay.fleet.job import Outcome, PoolOptions, Status
from time2general_ros.replay.fleet.ledger import Record
from time2general_ros.replay.fleet.listing import Listed
from time2general_ros.replay.fleet.summary import write_summary

# Of the same name in two folders, as drives of two days are.
DRIVES = ('day/drive.mcap', 'night/drive.mcap')


def gather(out: Path, replays: Sequence[Path], failed: Sequence[str] = ()) -> Path:
    """Lay out replays as a fleet leaves them, with the folders they lie in as tags."""
    records = []
    for number, (name, replay) in enumerate(zip(DRIVES, replays, strict=True)):
        listed = Listed(name, 1, 1, (Path(name).parent.name, 'all'))
        figures = {'flow_flicker': float(number)}
        records.append(Record(f'r{number}', listed, '', Outcome(Status.DONE, figures=figures)))
        shutil.copytree(replay, out / 'recordings' / f'r{number}')
    records += [Record(name, Listed(name), '', Outcome(Status.FAILED)) for name in failed]
    write_summary(out, records, PoolOptions(1), 1.0, len(records))
    return out


@pytest.fixture(scope='module')
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp('fleets')
    replays = []
    for number, name in enumerate(DRIVES):
        (root / name).parent.mkdir()
        bag = write_drive(root / name, 20 + 10 * number, with_labels=True)
        replays.append(root / f'out{number}')
        assert call(bag, '--out', replays[-1], '--labels', LABELS, '--memory', 'both') == 0
    return gather(root / 'fleet', replays)


def told(out: Path, *arguments: object) -> dict[str, Any]:
    assert main(['compare', *map(str, arguments), '--json', str(out)]) == 0
    read: dict[str, Any] = json.loads(out.read_text())
    return read


def test_fleets_are_compared_as_one_run_and_by_tag(fleet, tmp_path, capsys):
    page = tmp_path / 'page.html'
    read = told(tmp_path / 'c.json', f'{fleet}:off', fleet, '--page', page)
    assert read['frames'] == 50
    assert read['recordings'].keys() == {'drive.mcap', 'drive.mcap_2'}
    assert {tag: sorted(one['recordings']) for tag, one in read['tags'].items()} == {
        'all': ['drive.mcap', 'drive.mcap_2'],
        'day': ['drive.mcap'],
        'night': ['drive.mcap_2'],
    }
    assert read['tags']['all']['metrics'] == read['metrics']
    for number, tag in enumerate(('day', 'night')):
        alone = results(fleet / 'recordings' / f'r{number}')['totals']
        metrics = read['tags'][tag]['metrics']
        assert metrics['flow_flicker']['b'] == pytest.approx(alone['flow_flicker'], abs=1e-4)
        assert metrics['flow_flicker']['high'] < 0
    # Masks and labels lie in the folders of the recordings.
    assert read['changes']['frames'] == 50
    assert read['changes']['notes'] == []
    printed = capsys.readouterr().out
    assert 'tag night, 1 recordings, B - A: flicker -' in printed
    assert 'night: flow flicker' in page.read_text('utf-8')


def test_limits_on_recordings_with_a_tag(fleet, tmp_path, capsys):
    gate, cases = tmp_path / 'gate.yaml', tmp_path / 'cases.xml'
    gate.write_text("fail: ['flow_flicker>+5% @night']\nwarn: ['flow_flicker>+5% @day']\n")
    command = ['compare', str(fleet), f'{fleet}:off', '--gate', str(gate)]
    assert main([*command, '--junit', str(cases)]) == 4
    printed = capsys.readouterr().err
    assert 'FAILED: flow_flicker>+5% @night' in printed
    assert 'fails no run: flow_flicker>+5% @day' in printed
    (suite,) = ElementTree.parse(cases).getroot().findall('testsuite')
    assert [suite.get(name) for name in ('tests', 'failures', 'skipped')] == ['2', '1', '1']
    gate.write_text("fail: ['flow_flicker>+5% @rain']")
    assert main(command) == 1
    error = capsys.readouterr().err
    assert 'no recording has the tag rain, there are all, day, night' in error
    replay = str(fleet / 'recordings' / 'r0')
    assert main(['compare', replay, replay, '--fail-if', 'miou<-1 @day']) == 1
    assert 'no recording has the tag day, none has any' in capsys.readouterr().err


def test_a_margin_asks_for_more_than_a_difference():
    def judged(text: str, *ends: float) -> str:
        interval = (ends[0], ends[1])
        metric = Difference(50.0, 51.0, 1.0, interval, 0.1, 0.0, 1)
        fall = Difference(50.0, 49.0, -1.0, (-ends[1], -ends[0]), 0.1, 0.0, 1)
        return read_limit(text).judge({'flicker': metric, 'miou': fall})

    assert judged('flicker>+0.5', 0.1, 1.9) == 'passed'
    assert judged('flicker>+0.5 margin 0.2', 0.1, 1.9) == 'undecided'
    assert judged('flicker>+0.5 margin 0.05', 0.1, 1.9) == 'passed'
    # Percent are of the baseline, 50 here.
    assert judged('flicker>+1% margin 0.2%', 0.15, 1.9) == 'passed'
    assert judged('flicker>+1% margin 0.4%', 0.15, 1.9) == 'undecided'
    assert judged('miou<-0.5 margin 0.2', 0.1, 1.9) == 'undecided'
    assert judged('miou<-0.5 margin 0.05', 0.1, 1.9) == 'passed'
    assert judged('miou<-2 margin 0.05', 0.1, 1.9) == 'kept'


@pytest.mark.parametrize('text', ['miou<-1 margin', 'miou<-1 @', 'miou<-1 @a/b', 'miou<-1 night'])
def test_what_stands_behind_a_limit_is_read_or_refused(text):
    with pytest.raises(LimitError, match='limit'):
        read_limit(text)
    limit = read_limit('iou:traffic light<-.5% margin 2 @night:1')
    assert (limit.name, limit.tag, limit.sign) == ('iou:traffic light', 'night:1', -1)
    assert (limit.size, limit.margin) == ((0.5, True), (2.0, False))


def refused(capsys: pytest.CaptureFixture[str], *runs: object, status: int = 1) -> str:
    assert main(['compare', *map(str, runs)]) == status
    printed = capsys.readouterr().err
    assert printed.count('\n') == 1
    return printed


def test_fleets_that_cannot_be_compared_say_why(fleet, tmp_path, capsys):
    parts = [fleet / 'recordings' / f'r{number}' for number in range(2)]
    lost = gather(tmp_path / 'lost', parts, ['bad.mcap'])
    assert main(['compare', str(fleet), str(lost)]) == 0
    assert 'is partial: bad.mcap failed' in capsys.readouterr().err
    other = tmp_path / 'other'
    shutil.copytree(parts[1], other)
    read = results(other)
    read['scored']['classes'][0] = 'lane'
    (other / 'results.json').write_text(json.dumps(read))
    mixed = gather(tmp_path / 'mixed', [parts[0], other])
    assert 'differ in their classes: r0 and r1' in refused(capsys, fleet, mixed)
    old = json.loads((lost / 'fleet.json').read_text())
    (lost / 'fleet.json').write_text(json.dumps({**old, 'schema': 0}))
    assert 'has schema 0' in refused(capsys, fleet, lost)
    for row in old['recordings']:
        del row['tags']
    (lost / 'fleet.json').write_text(json.dumps(old))
    assert main(['compare', str(fleet), str(lost)]) == 0
    capsys.readouterr()
    old['recordings'][0]['tags'] = 'night'
    (lost / 'fleet.json').write_text(json.dumps(old))
    assert 'tags is of the wrong type str' in refused(capsys, fleet, lost)
    (lost / 'fleet.json').write_text('{')
    assert 'cannot be read' in refused(capsys, fleet, lost)
    shutil.rmtree(mixed / 'recordings' / 'r1')
    assert 'the baseline is missing' in refused(capsys, mixed, fleet, status=5)
