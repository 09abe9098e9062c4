from __future__ import annotations

import os
from pathlib import Path
import shutil

import pytest

from time2general_ros.streaming.engines.errors import OutOfDeviceMemoryError
from time2general_ros.streaming.engines.library_cache import _seal, start_with_cache

FACTS = ['library', '1.0', 'graph']


class Library:
    """Stands for one that keeps what it has built in a file, and believes what it finds."""

    def __init__(self) -> None:
        self.builds = 0
        self.said: list[str] = []
        self.fails = False

    def start(self, folder: Path | None) -> str:
        if self.fails:
            raise RuntimeError('no such device')
        file = folder / 'blob' if folder else None
        if file is None or not file.exists():
            self.builds += 1
            if file:
                file.write_text('built')
            return 'built'
        if file.read_text() == 'useless':
            raise RuntimeError('of another driver')
        return file.read_text()

    def run(self, folder: Path | None, *, facts: list[str] = FACTS) -> str:
        return start_with_cache(self.start, folder, facts, self.said.append)


@pytest.fixture
def library() -> Library:
    return Library()


def test_what_was_built_is_found_again(library: Library, tmp_path: Path) -> None:
    assert [library.run(tmp_path / 'cache') for _ in range(3)] == ['built'] * 3
    assert library.builds == 1
    assert not library.said
    assert len(list((tmp_path / 'cache').iterdir())) == 1


def test_another_version_builds_another(library: Library, tmp_path: Path) -> None:
    library.run(tmp_path)
    library.run(tmp_path, facts=['library', '1.1', 'graph'])
    assert library.builds == 2


def test_without_a_folder_nothing_is_kept(library: Library) -> None:
    assert library.run(None) == library.run(None) == 'built'
    assert library.builds == 2


@pytest.mark.parametrize('damage', ['cut', 'gone', 'more', 'unsealed', 'seal cut'])
def test_what_is_damaged_is_made_anew(library: Library, tmp_path: Path, damage: str) -> None:
    library.run(tmp_path)
    (place,) = tmp_path.iterdir()
    if damage == 'cut':
        (place / 'blob').write_text('bu')
    elif damage == 'gone':
        (place / 'blob').unlink()
    elif damage == 'more':
        (place / 'other').write_text('half')
    elif damage == 'unsealed':
        (place / 'whole.json').unlink()
    else:
        (place / 'whole.json').write_text('{"blob": "12')
    assert library.run(tmp_path) == library.run(tmp_path) == 'built'
    assert library.builds == 2


def test_what_does_not_start_is_made_anew_and_told(library: Library, tmp_path: Path) -> None:
    library.run(tmp_path)
    (place,) = tmp_path.iterdir()
    (place / 'blob').write_text('useless')
    _seal(place)
    assert library.run(tmp_path) == library.run(tmp_path) == 'built'
    assert library.builds == 2
    assert len(library.said) == 1
    assert 'of another driver' in library.said[0]


def test_a_start_that_fails_leaves_nothing(library: Library, tmp_path: Path) -> None:
    library.fails = True
    with pytest.raises(RuntimeError):
        library.run(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_device_does_not_cost_the_cache(library: Library, tmp_path: Path) -> None:
    library.run(tmp_path)

    def full(_: Path | None) -> str:
        raise OutOfDeviceMemoryError('full')

    with pytest.raises(OutOfDeviceMemoryError):
        start_with_cache(full, tmp_path, FACTS, library.said.append)
    library.run(tmp_path)
    assert library.builds == 1


def test_an_interrupted_start_leaves_nothing_that_is_believed(
    library: Library, tmp_path: Path
) -> None:
    def killed(folder: Path | None) -> str:
        assert folder
        (folder / 'blob').write_text('hal')
        # What a kill would leave: nothing is cleared.
        shutil.copytree(folder, folder.with_name(folder.name + 'left'))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_with_cache(killed, tmp_path, FACTS, library.said.append)
    (left,) = tmp_path.iterdir()
    assert library.run(tmp_path) == 'built'
    assert left.exists()
    shutil.rmtree(next(p for p in tmp_path.iterdir() if p != left))
    os.utime(left, (0, 0))
    assert library.run(tmp_path) == 'built'
    assert not left.exists()


def test_of_two_that_build_at_the_same_time_the_first_is_kept(
    library: Library, tmp_path: Path
) -> None:
    def slow(folder: Path | None) -> str:
        library.run(tmp_path)
        return library.start(folder)

    assert start_with_cache(slow, tmp_path, FACTS, library.said.append) == 'built'
    assert library.builds == 2
    assert len(list(tmp_path.iterdir())) == 1
    assert library.run(tmp_path) == 'built'
    assert library.builds == 2


def test_a_folder_that_cannot_be_written_is_told_once(library: Library, tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    assert library.run(tmp_path / 'file' / 'cache') == 'built'
    assert len(library.said) == 1
    assert 'every start takes as long as the first' in library.said[0]
