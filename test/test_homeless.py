"""Users without a home folder, as in containers and of system services: everything starts."""

from __future__ import annotations

from importlib.util import find_spec
import os
from pathlib import Path
import subprocess
import sys

import pytest

from time2general_ros.streaming.engines.user_cache import keep, user_cache

GONE = ('HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'USER', 'LOGNAME')
# A user that the system does not know has no entry to take a home folder from.
UNKNOWN = """
import pwd, sys
def unknown(who):
    raise KeyError(f'uid not found: {who}')
pwd.getpwuid = pwd.getpwnam = unknown
"""
START = """
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.model_folder import load_model_folder
create_engine(sys.argv[1], load_model_folder(), threads=1, report=print).close()
"""
COMMAND = """
from time2general_ros.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def run(code: str, *arguments: str, home: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in GONE}
    if home is not None:
        environment['HOME'] = home
    return subprocess.run(
        [sys.executable, '-c', (UNKNOWN if home is None else 'import sys') + code, *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize('engine', ['openvino', 'onnxruntime', 'torch'])
def test_every_engine_starts_without_a_home(engine: str) -> None:
    if find_spec(engine) is None:
        pytest.skip(f'{engine} is not installed')
    done = run(START, engine)
    assert done.returncode == 0, done.stderr[-2000:]
    told = done.stdout.splitlines()
    assert len([line for line in told if 'cannot be kept in a cache' in line]) == (
        engine == 'openvino'
    )


@pytest.mark.skipif(find_spec('openvino') is None, reason='openvino is not installed')
def test_a_home_that_cannot_be_written_is_told_once() -> None:
    done = run(START, 'openvino', home='/dev/null/home')
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count('cannot be kept in /dev/null/home/.cache') == 1


@pytest.mark.parametrize(
    'arguments',
    [
        ('replay', '~/nowhere.mcap', '--out', '{out}/masks.mcap', '--engine', 'openvino'),
        ('evaluate', '--data', 'camvid:~/nowhere', '--engine', 'openvino'),
        ('export', '~nobody/model', '--engine', 'openvino', '--out', '{out}/model'),
    ],
)
def test_commands_name_what_is_missing(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run(COMMAND, *(argument.format(out=tmp_path) for argument in arguments))
    assert done.returncode == 1
    assert 'Traceback' not in done.stderr
    assert done.stderr.splitlines()[-1].startswith('error: ')


def test_a_drive_is_rendered_without_a_home(tmp_path: Path) -> None:
    size = ('--seconds', '0.1', '--rate', '10', '--size', '64x48', '--jobs', '1')
    done = run(COMMAND, 'synthesize', '--out', str(tmp_path / 'drive.mcap'), *size)
    assert done.returncode == 0, done.stderr


def test_a_user_without_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError('Could not determine home directory.')

    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    monkeypatch.setattr(Path, 'home', unknown)
    assert user_cache('openvino') is None
    with pytest.raises(OSError, match='no home folder, and XDG_CACHE_HOME names none'):
        keep(None, 'name', [b''])


@pytest.mark.parametrize('base', ['', 'relative', './cache'])
def test_a_cache_that_is_no_whole_path_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base: str
) -> None:
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('XDG_CACHE_HOME', base)
    assert user_cache('torch') == tmp_path / '.cache' / 'time2general' / 'torch'
    monkeypatch.setenv('HOME', 'relative')
    assert user_cache('torch') is None


def test_the_cache_of_the_user_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    kept = keep(user_cache('openvino'), 'note', [b'a', b'b'])
    assert kept == tmp_path / 'time2general' / 'openvino' / 'note'
    assert kept.read_bytes() == b'ab'
