from __future__ import annotations

from pathlib import Path

import pytest

from time2general_ros.cli.main import main
from time2general_ros.training.recipes.recipe_file import READER
from time2general_ros.user_path import user_path


def test_a_home_folder_is_put_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('HOME', str(tmp_path))
    assert user_path('~/data') == tmp_path / 'data'
    assert user_path('data') == Path('data')


def test_options_and_recipes_know_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('HOME', str(tmp_path))
    # A shell puts it in for --model ~/x, and not for --model=~/x.
    assert main(['layout', '--rviz', '~/no_model']) == 1
    assert f'{tmp_path}/no_model' in capsys.readouterr().err
    assert READER.value(Path, '~/weights', 'start') == tmp_path / 'weights'


def test_a_user_that_does_not_exist_is_no_traceback() -> None:
    assert user_path('~nobody-of-this-name/data') == Path('~nobody-of-this-name/data')
