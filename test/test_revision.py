from __future__ import annotations

from pathlib import Path
import subprocess

import pytest

from time2general_ros import __version__
from time2general_ros import revision as room
from time2general_ros.revision import revision

VERSION = f'version {__version__}'


def git(folder: Path, *words: str) -> str:
    who = ('-c', 'user.name=a', '-c', 'user.email=a@example.com')
    done = subprocess.run(
        ['git', '-C', str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, 'init', '--quiet')
    (tmp_path / 'code.py').write_text('one = 1\n')
    git(tmp_path, 'add', 'code.py')
    git(tmp_path, 'commit', '--quiet', '-m', 'first')
    git(tmp_path, 'tag', '-a', '-m', 'told', 'v9')
    return tmp_path


def test_a_checkout_is_told_by_its_commit(checkout: Path) -> None:
    commit = git(checkout, 'rev-parse', '--short', 'HEAD')
    assert revision(checkout) == commit
    (checkout / 'new.py').write_text('')
    assert revision(checkout) == commit
    (checkout / 'code.py').write_text('one = 2\n')
    assert revision(checkout) == f'{commit}-dirty'


def test_what_is_installed_is_told_by_its_version(checkout: Path) -> None:
    # As a virtual environment lies in the checkout of something else.
    inside = checkout / 'site-packages'
    inside.mkdir()
    assert revision(inside) == VERSION


@pytest.mark.parametrize('fault', ['missing', 'slow', 'refuses'])
def test_without_an_answer_of_git_the_version_is_told(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def run(command: list[str], **_: object) -> object:
        if fault == 'missing':
            raise FileNotFoundError(command[0])
        if fault == 'slow':
            raise subprocess.TimeoutExpired(command, 1)
        return subprocess.CompletedProcess(command, 128, '', 'fatal: dubious ownership')

    monkeypatch.setattr(room.subprocess, 'run', run)
    assert revision(checkout) == VERSION
