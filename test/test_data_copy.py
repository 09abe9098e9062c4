"""``time2general data copy``, and the outlines that a script makes of the copy's label maps."""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

import numpy as np
from own_pictures import write_field
import pytest

from time2general_ros.cli.main import main
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
    assert some_drives(data, 2) == []
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


def test_outlines_become_the_same_labels(field: Path, tmp_path: Path) -> None:
    before = [v.frame(0).labels for v in open_data(f'folder:{field}', 'train').videos]
    subprocess.run([sys.executable, str(SCRIPT), str(field)], check=True)
    assert not list(field.glob('*/labels/*.png'))
    content = json.loads(next(field.glob('train/labels/*.json')).read_text(encoding='utf-8'))
    assert {shape['shape_type'] for shape in content['shapes']} == {'polygon'}
    after = [v.frame(0).labels for v in open_data(f'folder:{field}', 'train').videos]
    assert np.mean(np.stack(before) != np.stack(after)) < 0.01
