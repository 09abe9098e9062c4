"""What became of the pixels that two runs give different classes."""

from __future__ import annotations

import json
from pathlib import Path
import re
import shutil
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from replay_samples import (
    MASK,
    SIZE,
    call,
    png,
    rows,
    truth,
    write_drive,
    write_folder,
)

from time2general_ros.bags.images import read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.cli.main import main
from time2general_ros.replay.comparison.changes import (
    FrameChange,
    Kind,
    change_of,
    kinds_of,
)
from time2general_ros.report.compare_page import KINDS

# Figures of the document have four digits.
ROUNDED = 4e-4

HALF, VOID_ROWS = SIZE[1] // 2, 4


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Replay a drive with labels that are masks: left those with memory, right those without."""
    root = tmp_path_factory.mktemp('changes')
    bag = write_drive(root / 'drive.mcap', 24)
    both = ('--memory', 'both', '--no-flow')
    assert call(bag, '--out', root / 'first', *both) == 0
    (root / 'maps').mkdir()
    for index, (on, off) in enumerate(zip(*masks(root / 'first'), strict=True)):
        labels = np.hstack([on[:, :HALF], off[:, HALF:]])
        labels[:VOID_ROWS] = 255
        (root / 'maps' / f'{index:03}.png').write_bytes(png(labels))
    assert call(bag, '--out', root / 'out', '--labels', root / 'maps', *both) == 0
    return root


def masks(out: Path) -> list[list[npt.NDArray[np.uint8]]]:
    """Read the masks with memory, and those without."""
    with BagReader(out / 'masks.mcap') as reader:
        return [
            [item.image[..., 0] for item in read_frames(reader, topic)]  # type: ignore[union-attr]
            for topic in (MASK, f'{MASK}_memory_off')
        ]


def told(out: Path, *runs: object) -> dict[str, Any]:
    assert main(['compare', *map(str, runs), '--json', str(out)]) == 0
    read: dict[str, Any] = json.loads(out.read_text())
    return read


def right(row: dict[str, Any]) -> int:
    """Count the right pixels of a frame."""
    return sum(c['pixels'] for c in row['confusion'] or () if c['truth'] == c['prediction'])


def test_the_page_names_kinds_in_their_order():
    assert [name.partition(':')[0] for name, _ in KINDS] == ['fixed', 'broken', 'other', 'differs']
    assert [*Kind] == [Kind.FIXED, Kind.BROKEN, Kind.OTHER, Kind.UNKNOWN] == [0, 1, 2, 3]


def test_a_pixel_is_fixed_broken_or_neither():
    a = np.array([[0, 1, 0, 1, 1, 255]], np.uint8)
    b = np.array([[1, 0, 2, 0, 1, 0]], np.uint8)
    labels = np.array([[1, 1, 1, 255, 1, 0]], np.uint8)
    same = 255
    expected = [Kind.FIXED, Kind.BROKEN, Kind.OTHER, Kind.OTHER, same, Kind.FIXED]
    assert kinds_of(a, b, labels).tolist() == [expected]
    change = change_of(kinds_of(a, b, labels), has_labels=True)
    assert change == FrameChange(6, 5, (2, 1, 2))
    # Of two that are as many none is the direction.
    assert change.direction == Kind.OTHER
    assert FrameChange(6, 5, (3, 1, 1)).direction == Kind.FIXED
    assert FrameChange(6, 5, (1, 3, 1)).direction == Kind.BROKEN
    assert kinds_of(a, b, None).tolist() == [[3, 3, 3, 3, 255, 3]]
    unknown, same = (change_of(kinds_of(a, one, None), has_labels=False) for one in (b, a))
    assert (unknown.direction, same.direction) == (Kind.UNKNOWN, None)


def test_changes_are_counted_by_what_became_of_them(drive, tmp_path):
    out = drive / 'out'
    read = told(tmp_path / 'c.json', f'{out}:off', out)
    changes = read['changes']
    differs = np.array([a != b for a, b in zip(*masks(out), strict=True)])
    known = differs[:, VOID_ROWS:]
    expected = {'fixed': known[..., :HALF], 'broken': known[..., HALF:]}
    expected['other'] = differs[:, :VOID_ROWS]
    assert (changes['labelled'], changes['frames'], changes['notes']) == (24, 24, [])
    assert changes['pixels'] == differs.size
    for kind, where in expected.items():
        assert where.any()
        assert changes[kind] == pytest.approx(100 * where.sum() / differs.size, abs=ROUNDED)
    # Fixed less broken is what the rows of both runs say too.
    gains = [right(row) * (1 if row['memory'] == 'on' else -1) for row in rows(out)]
    assert changes['net'] == pytest.approx(100 * sum(gains) / differs.size, abs=ROUNDED)
    assert changes['recordings'].keys() == read['recordings'].keys()
    (only,) = changes['recordings'].values()
    assert only == {key: changes[key] for key in only}
    for kind in ('fixed', 'broken'):
        counted = sum(one[kind] * one['pixels'] for one in changes['classes'].values())
        assert counted / differs.size == pytest.approx(changes[kind], abs=ROUNDED)
    assert len(read['moments']) > 1
    for one in read['moments']:
        assert one['recording'] == 'drive.mcap'
        for kind, where in expected.items():
            share = 100 * where[one['frame']].sum() / differs[0].size
            assert one[kind] == pytest.approx(share, abs=ROUNDED)
        shares = [one[kind] for kind in expected]
        assert sum(shares) == pytest.approx(one['differs'], abs=ROUNDED)
        assert one[one['direction']] == max(shares)
    steady = read['steadiness']
    assert sum(steady[key] for key in ('steadier', 'less_steady', 'alike')) == 23
    assert steady['recordings'] == {'drive.mcap': {k: n for k, n in steady.items() if k[0] != 'r'}}


def test_every_key_of_a_comparison_is_described(drive, tmp_path):
    page = Path(__file__).resolve().parents[1] / 'docs' / 'compare.md'
    if not page.is_file():
        pytest.skip('the package is not tested from its source checkout')
    described = set(re.findall(r'`(\w+)`', page.read_text('utf-8')))
    read = told(tmp_path / 'c.json', f'{drive / "out"}:off', drive / 'out')
    assert read.keys() - {'schema'} <= described
    (moment, *_), metric = read['moments'], read['metrics']['flicker']
    parts = (read['changes'], read['steadiness'], read['blocks'], moment, metric, read['run'])
    for part in parts:
        assert part.keys() <= described


def test_nothing_changes_in_a_run_beside_itself(drive, tmp_path):
    read = told(tmp_path / 'c.json', drive / 'out', drive / 'out')
    assert {read['changes'][kind] for kind in ('fixed', 'broken', 'other', 'net')} == {0}
    assert read['moments'] == []
    assert read['steadiness']['alike'] == 23


def test_without_labels_the_direction_is_unknown(tmp_path):
    bag, out = write_drive(tmp_path / 'drive.mcap', 12), tmp_path / 'out'
    assert call(bag, '--out', out, '--memory', 'both') == 0
    read = told(tmp_path / 'c.json', f'{out}:off', out)
    assert read['changes']['labelled'] == 0
    assert read['changes']['fixed'] is read['changes']['net'] is None
    assert read['changes']['notes'] == []
    assert {one['direction'] for one in read['moments']} == {'unknown'}
    assert all(one['differs'] > 0 for one in read['moments'])
    assert all(one['fixed'] is one['other'] is None for one in read['moments'])
    assert read['steadiness']['steadier'] > 0
    page = tmp_path / 'page.html'
    assert main(['compare', f'{out}:off', str(out), '--page', str(page)]) == 0
    text = page.read_text('utf-8')
    assert 'whether a change is for the better is unknown' in text
    assert 'no labels here, so whether B is right is unknown' in text
    assert 'mostly' not in text


def test_what_is_not_there_any_more_is_noted_and_nothing_is_guessed(drive, tmp_path):
    out, kept = drive / 'out', tmp_path / 'kept'
    kept.mkdir()
    for name in ('results.json', 'frames.parquet'):
        shutil.copy(out / name, kept)
    read = told(tmp_path / 'c.json', f'{kept}:off', out)
    assert (read['changes']['labelled'], read['changes']['frames']) == (24, 0)
    assert read['changes']['fixed'] is None
    assert 'masks.mcap' in read['changes']['notes'][0]
    assert {one['direction'] for one in read['moments']} == {None}
    # A page needs the masks; what is told of limits does not.
    page, table = tmp_path / 'c.html', tmp_path / 'c.md'
    written = ['--page', str(page), '--markdown', str(table)]
    assert main(['compare', f'{kept}:off', str(out), *written]) == 1
    assert table.exists()
    assert not page.exists()
    bag = drive / 'drive.mcap'
    bag.rename(drive / 'away.mcap')
    try:
        read = told(tmp_path / 'c.json', f'{out}:off', out)
    finally:
        (drive / 'away.mcap').rename(bag)
    (note,) = read['changes']['notes']
    assert note.startswith('drive.mcap: what is fixed or broken is not known: ')
    assert {one['direction'] for one in read['moments']} == {'unknown'}


def write_maps(folder: Path, count: int, shift: int = 0) -> Path:
    """Write labels in the classes of CamVid, void being 11."""
    folder.mkdir(exist_ok=True)
    for index in range(count):
        ids = np.where(truth(index + shift) == 255, 11, truth(index + shift) % 11)
        (folder / f'{index:03}.png').write_bytes(png(ids.astype(np.uint8)))
    return folder


def test_labels_of_another_set_and_labels_that_changed(tmp_path):
    bag, out = write_drive(tmp_path / 'drive.mcap', 8), tmp_path / 'out'
    maps = write_maps(tmp_path / 'maps', 8)
    labels = ('--labels', maps, '--label-set', 'camvid11', '--no-flow')
    assert call(bag, '--out', out, *labels, '--memory', 'both') == 0
    read = told(tmp_path / 'c.json', f'{out}:off', out)
    assert read['changes']['frames'] == 8
    assert {f'iou:{name}' for name in read['changes']['classes']} <= read['metrics'].keys()
    write_maps(maps, 8, shift=3)
    read = told(tmp_path / 'c.json', f'{out}:off', out)
    assert read['changes']['frames'] == 0
    assert 'its labels have changed since it was replayed' in read['changes']['notes'][0]


def test_labels_of_a_data_set(tmp_path):
    folder, out = write_folder(tmp_path / 'data', [*range(8), *range(20, 28)]), tmp_path / 'out'
    assert call(f'folder:{folder}', '--out', out, '--no-flow', '--memory', 'both') == 0
    read = told(tmp_path / 'c.json', f'{out}:off', out)
    assert [one['frames'] for one in read['changes']['recordings'].values()] == [8, 8]
    page = tmp_path / 'page.html'
    assert main(['compare', f'{out}:off', str(out), '--page', str(page)]) == 0
    assert 'of pixels fixed' in page.read_text('utf-8')
