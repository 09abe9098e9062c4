"""What cannot be read as YAML is told in one line, whatever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.ultralytics import read_ultralytics
from time2general_ros.errors import Time2GeneralError
from time2general_ros.yaml_file import read_yaml

DAMAGED = [b'a: [', b'a: 2024-99-99', b'[' * 5000, b'a: !!int x', b'\xff\xfe\xfd', b'a: !!set [1]']


@pytest.mark.parametrize('content', DAMAGED)
def test_damaged_files_are_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / 'data.yaml'
    file.write_bytes(content)
    with pytest.raises(Time2GeneralError) as told:
        read_yaml(file, 'the recipe', Time2GeneralError)
    assert str(told.value).startswith(f'cannot read the recipe {file}: ')
    assert '\n' not in str(told.value)
    with pytest.raises(DataError) as of_data:
        read_ultralytics(file)
    assert '\n' not in str(of_data.value)


def test_numbers_and_words_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    file = tmp_path / 'recipe.yaml'
    file.write_text('{rate: 1e-3, name: no}')
    assert read_yaml(file, 'the recipe', Time2GeneralError) == {'rate': 1e-3, 'name': 'no'}
