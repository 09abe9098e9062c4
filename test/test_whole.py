from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
import os
from pathlib import Path

import pytest

from time2general_ros.whole import whole


def write(path: Path, text: str) -> None:
    with whole(path) as partial:
        partial.write_text(text)


def test_a_file_takes_the_place_of_another(tmp_path: Path) -> None:
    file = tmp_path / 'file'
    write(file, 'one')
    write(file, 'two')
    assert file.read_text() == 'two'
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize('error', [OSError('full'), KeyboardInterrupt(), SystemExit(143)])
def test_what_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException
) -> None:
    file = tmp_path / 'file'
    write(file, 'whole')

    def fail() -> None:
        with whole(file) as partial:
            partial.write_text('ha')
            raise error

    with pytest.raises(type(error)):
        fail()
    assert file.read_text() == 'whole'
    assert list(tmp_path.iterdir()) == [file]


def test_what_was_never_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole(tmp_path / 'file'):
        pass


def test_those_who_write_at_the_same_time_do_not_meet(tmp_path: Path) -> None:
    file = tmp_path / 'file'
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: write(file, str(n) * 100_000), range(8)))
    assert len(set(file.read_text())) == 1
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_killed_process_left_behind_is_taken_away_later(tmp_path: Path) -> None:
    file, other = tmp_path / 'a[1].csv', tmp_path / 'b'
    ages = {'old': '0' * 16, 'new': '1' * 16}
    for name in (file.name, other.name):
        for age, number in ages.items():
            left = tmp_path / f'.{name}.{number}'
            left.mkdir()
            (left / name).write_text('half')
            if age == 'old':
                os.utime(left, (0, 0))
    write(file, 'whole')
    old, new = ages.values()
    kept = {f'.{file.name}.{new}', f'.{other.name}.{old}', f'.{other.name}.{new}'}
    assert {p.name for p in tmp_path.iterdir()} == kept | {file.name}
