"""``time2general data copy``, and the outlines that a script makes of the copy's label maps."""

from __future__ import annotations

import json
from pathlib import Path
import shutil
import subprocess
import sys

import numpy as np
from own_pictures import describe, write_field, write_picture
import pytest

from time2general_ros.cli.main import main
from time2general_ros.data.frame_times import time_if_any
from time2general_ros.data.labelled_video import LabelledFrame
from time2general_ros.data.own.copied_names import CopiedNames
from time2general_ros.data.own.copy import some_drives
from time2general_ros.data.specs import open_data
from time2general_ros.data.survey.survey import drive_of

SCRIPT = Path(__file__).parents[1] / 'scripts' / 'outlines_of_maps.py'


@pytest.fixture
def field(tmp_path: Path) -> Path:
    return write_field(tmp_path / 'field')


def copy(root: Path, out: Path, *more: object) -> int:
    return main([str(w) for w in ('data', 'copy', f'folder:{root}', '--out', out, *more)])


def test_a_copy_holds_the_same_pictures_and_labels(field: Path, tmp_path: Path) -> None:
    assert copy(field, tmp_path / 'copy') == 0
    assert copy(field, tmp_path / 'copy', '--split', 'val', '--as', 'test') == 0
    for part, other in (('train', 'train'), ('val', 'test')):
        first, second = open_data(f'folder:{field}', part), open_data(
            f'folder:{tmp_path / "copy"}', other
        )  # fmt: skip
        assert second.label_set.classes == first.label_set.classes
        assert [drive_of(v) for v in second.videos] == [drive_of(v) for v in first.videos]
        for a, b in zip(first.videos, second.videos, strict=True):
            assert np.array_equal(a.frame(0).image, b.frame(0).image)
            assert np.array_equal(a.frame(0).labels, b.frame(0).labels)


def test_a_copy_takes_whole_drives(field: Path, tmp_path: Path) -> None:
    data = open_data(f'folder:{field}', 'train')
    assert some_drives(data, 6) == ['a', 'b']
    assert some_drives(data, 5) == ['a']
    assert some_drives(data, None) == ['a', 'b']
    assert copy(field, tmp_path / 'copy', '--frames', 4) == 0
    assert len(list((tmp_path / 'copy' / 'train' / 'images').rglob('*.png'))) == 3


def test_a_part_that_is_there_or_other_classes_are_refused(
    field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert copy(field, tmp_path / 'copy') == 0
    assert copy(field, tmp_path / 'copy') == 1
    assert 'is there already' in capsys.readouterr().err
    other = write_field(tmp_path / 'other', classes=['a', 'b', 'c'])
    assert copy(other, tmp_path / 'copy', '--as', 'more') == 1
    assert 'name another folder' in capsys.readouterr().err
    assert copy(field, tmp_path / 'copy', '--as', '../up') == 1
    assert 'no name of a part' in capsys.readouterr().err


def test_a_part_that_its_folder_would_not_name_is_refused(
    field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'copy'
    assert copy(field, out) == 0
    described = json.loads((out / 'dataset.json').read_text())
    described['splits'] = {'val': {'of': 'train', 'drives': ['a']}}
    (out / 'dataset.json').write_text(json.dumps(described))
    assert copy(field, out, '--as', 'val') == 1
    told = capsys.readouterr().err
    assert "says itself which parts there are (val), so that 'val' would" in told
    assert not (out / 'val').exists()


def test_a_copy_of_nothing_is_refused_and_leaves_nothing(
    field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert copy(field, tmp_path / 'copy', '--frames', 2) == 1
    assert "the smallest, 'a', has 3" in capsys.readouterr().err
    shutil.rmtree(field / 'val' / 'labels')
    (field / 'val' / 'labels').mkdir()
    assert copy(field, tmp_path / 'copy', '--split', 'val') == 1
    assert 'no frame has labels' in capsys.readouterr().err
    assert not (tmp_path / 'copy').exists()


def test_a_drive_without_labels_is_not_counted_as_copied(
    field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (field / 'train' / 'labels').glob('b_*'):
        file.unlink()
    assert copy(field, tmp_path / 'copy') == 0
    assert '3 frames of 1 drives' in capsys.readouterr().out


def test_a_damaged_label_map_leaves_no_part(field: Path, tmp_path: Path) -> None:
    last = field / 'train' / 'labels' / 'b_2.png'
    last.write_bytes(last.read_bytes()[:40])
    assert copy(field, tmp_path / 'copy') == 1
    assert list((tmp_path / 'copy').iterdir()) == []
    assert copy(field, tmp_path / 'copy', '--split', 'val') == 0


@pytest.mark.parametrize('part', ['images', 'labels', 'dataset.json', 'train-without-a'])
def test_a_part_that_could_not_be_read_again_is_refused(
    field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    assert copy(field, tmp_path / 'copy', '--as', part) == 1
    assert f'{part!r} is no name of a part' in capsys.readouterr().err
    assert not (tmp_path / 'copy').exists()


def pictures_of(root: Path, part: str = 'train') -> dict[str, list[bytes]]:
    """Give what the pictures of each drive hold, in any order."""
    found: dict[str, list[bytes]] = {}
    for video in open_data(f'folder:{root}', part).videos:
        frames = [video.frame(index).image.tobytes() for index in range(len(video))]
        found[drive_of(video)] = sorted(found.get(drive_of(video), []) + frames)
    return found


def test_names_that_become_the_same_stay_apart(tmp_path: Path) -> None:
    root = tmp_path / 'field'
    describe(root)
    for seed, drive in enumerate(('a b', 'a/b', 'a_b', 'a_b_2', '.')):
        for number in range(2):
            write_picture(root / 'train', f'{drive}/000{number}', 10 * seed + number)
    for seed, name in enumerate(('x 1', 'x+1', 'x_1', 'left/IMG_7')):
        write_picture(root / 'train', name, 100 + seed)
    assert copy(root, tmp_path / 'copy') == 0
    before, after = pictures_of(root), pictures_of(tmp_path / 'copy')
    assert sorted(before.values()) == sorted(after.values())
    assert len(before['x']) == 2
    for drive in ('a_b', 'a_b_2', 'x', '.'):
        assert before[drive] == after[drive]


def test_stills_of_a_drive_are_of_it_again_whatever_their_names() -> None:
    names, nothing = CopiedNames(['a', 'b']), np.zeros((1, 1, 3), np.uint8)
    asked = ['7', 'x_7', 'frame_007_left8bit', 'y_7', '1.5', 'z_1.5', 'road', 'field']
    frames = [LabelledFrame(name, nothing, nothing[..., 0], 0) for name in asked]
    given = [names.still('a', frame) for frame in frames]
    assert given == [f'a/{name}' for name in ('7', '7.2', '007', '7.3', '1.5', '1.52', '0', '0.2')]
    assert {time_if_any(Path(f'{name}.png')) for name in given} == {('', None)}
    assert names.still('b', frames[0]) == 'b/7'


def test_frames_of_one_time_in_a_drive_stay_apart() -> None:
    names, nothing = CopiedNames(['a']), np.zeros((1, 1, 3), np.uint8)
    frame = LabelledFrame('x', nothing, nothing[..., 0], 5)
    given = [names.of_video('a', frame, 0) for _ in range(3)]
    assert given == [f'a/{lines}1000000000000000005' for lines in ('', '_', '__')]


@pytest.mark.parametrize('first', [0, 1_790_000_000])
def test_a_copy_of_a_video_is_a_video(tmp_path: Path, first: int) -> None:
    root = tmp_path / 'field'
    describe(root, rate_hz=1000 if first else 10)
    for i in range(5):
        write_picture(root / 'train', f'a_{first * 1000 + i}', i)
    write_picture(root / 'train', f'b_{first}_{2:09}' if first else 'b_3', 9)
    assert copy(root, tmp_path / 'copy') == 0
    videos = [open_data(f'folder:{r}', 'train').videos for r in (root, tmp_path / 'copy')]
    assert [[len(video) for video in some] for some in videos] == [[5, 1], [5, 1]]
    (old, alone), (new, still) = videos
    steps = [[v.frame(i).stamp_ns - v.frame(0).stamp_ns for i in range(5)] for v in (old, new)]
    assert steps[0] == steps[1]
    if first:
        assert old.frame(0).stamp_ns == new.frame(0).stamp_ns
        assert alone.frame(0).stamp_ns == still.frame(0).stamp_ns == first * 10**9 + 2


def test_outlines_become_the_same_labels(field: Path, tmp_path: Path) -> None:
    before = [v.frame(0).labels for v in open_data(f'folder:{field}', 'train').videos]
    subprocess.run([sys.executable, str(SCRIPT), str(field)], check=True)
    assert not list(field.glob('*/labels/*.png'))
    content = json.loads(next(field.glob('train/labels/*.json')).read_text(encoding='utf-8'))
    assert {shape['shape_type'] for shape in content['shapes']} == {'polygon'}
    after = [v.frame(0).labels for v in open_data(f'folder:{field}', 'train').videos]
    assert np.mean(np.stack(before) != np.stack(after)) < 0.01
