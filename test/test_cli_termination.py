from __future__ import annotations

from collections.abc import Callable
import importlib.util
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import threading
import time

from bag_samples import write_jpegs
import pytest

from time2general_ros.cli.main import main
from time2general_ros.cli.terminal.termination import TerminatedError, signals_unwind
from time2general_ros.share import share_folder
from time2general_ros.whole import whole, write_whole

PATIENCE_S = 120
MODEL = share_folder() / 'models' / 'compact'
DATA = 'synthetic:3:clear:60'


def needs(*modules: str) -> pytest.MarkDecorator:
    missing = [name for name in modules if not importlib.util.find_spec(name)]
    return pytest.mark.skipif(bool(missing), reason=f'{missing} is not installed')


def hidden(folder: Path) -> bool:
    """Tell whether an output is in the making."""
    return any(path.name.startswith('.') for path in folder.rglob('*'))


def says(text: str) -> Callable[[Path], bool]:
    return lambda folder: text in (folder.parent / 'stderr').read_text()


def made(name: str) -> Callable[[Path], bool]:
    return lambda folder: (folder / name).exists()


# Arguments, what shows that the command is at work, and what it may leave besides.
COMMANDS = {
    'synthesize': (['--out', 'drive.mcap', '--seconds', '600', '--jobs', '1'], hidden, ()),
    'synthesize in processes': (
        ['--out', 'drive', '--seconds', '600', '--jobs', '2'],
        hidden,
        (),
    ),
    'replay': (['../in.mcap', '--out', 'masks.mcap'], hidden, ()),
    # What it keeps is what the same command goes on with.
    'replay to a folder': (
        ['../in.mcap', '--out', 'masks'],
        hidden,
        ('masks', '.replay', 'lock', 'parts', 'identity.json'),
    ),
    'evaluate': (['--data', DATA, '--json', 'scores.json'], says('engine:'), ()),
    'benchmark': (
        ['--data', DATA, '--engine', 'auto', '--corruptions', 'none', '--out', 'scores'],
        says('engine:'),
        ('scores',),
    ),
    'bench': (['--frames', '100000', '--json', 'figures.json'], says('engine:'), ()),
    'export': ([str(MODEL), '--engine', 'onnxruntime', '--out', 'model'], hidden, ()),
    'demo': (['--seconds', '600', '--out', 'demo'], hidden, ('demo',)),
}
MODULES = {
    'benchmark': ('matplotlib',),
    'export': ('torch', 'onnx', 'onnxscript'),
    'demo': ('rclpy',),
}


def started(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, 'OMP_NUM_THREADS': '1', 'ROS_DOMAIN_ID': '87'}
    with (folder.parent / 'stderr').open('wb') as errors:
        return subprocess.Popen(
            [sys.executable, '-m', 'time2general_ros.cli.main', *arguments],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )


def wait_until_at_work(
    process: subprocess.Popen[bytes], folder: Path, is_at_work: Callable[[Path], bool]
) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_at_work(folder):
        assert process.poll() is None, (folder.parent / 'stderr').read_text()
        assert time.monotonic() < end, 'it did not begin'
        time.sleep(0.02)


RUNS = [(name, signal.SIGTERM, False) for name in COMMANDS] + [
    # systemd and terminals send signals to all processes.
    ('synthesize in processes', signal.SIGTERM, True),
    ('synthesize in processes', signal.SIGINT, True),
    ('bench', signal.SIGTERM, True),
    ('demo', signal.SIGTERM, True),
    ('replay', signal.SIGINT, False),
]


def ended(
    arguments: list[str],
    folder: Path,
    is_at_work: Callable[[Path], bool],
    number: signal.Signals = signal.SIGTERM,
    to_all: bool = False,
) -> None:
    """Start a command, end it by a signal while it is at work, and look how it ended."""
    process = started(arguments, folder)
    try:
        wait_until_at_work(process, folder, is_at_work)
        (os.killpg if to_all else os.kill)(process.pid, number)
        status = process.wait(PATIENCE_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    told = (folder.parent / 'stderr').read_text()
    last = 'interrupted' if number == signal.SIGINT else 'terminated by SIGTERM'
    # Python itself ends by SIGINT where Ctrl-C fell into an exec, whoever caught it: the same to a
    # shell, another status to who waits.
    by_signal = [-number] if number == signal.SIGINT else []
    assert status in [128 + number, *by_signal], told
    assert told.splitlines()[-1] == last, told
    assert 'Traceback' not in told


def test_an_error_that_is_dropped_comes_again(tmp_path):
    """As C code does that clears errors of what it calls."""
    code = """
import os, signal, sys, time
from time2general_ros.cli.terminal.termination import TerminatedError, signals_unwind
try:
    with signals_unwind():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(9)
        except TerminatedError:
            pass
        time.sleep(20)
except TerminatedError as error:
    sys.exit(error.exit_code)
"""
    ended = subprocess.run([sys.executable, '-c', code], check=False)
    assert ended.returncode == 143


@pytest.mark.parametrize(
    ('name', 'number', 'to_all'),
    [pytest.param(*run, marks=needs(*MODULES.get(run[0], ()))) for run in RUNS],
)
def test_termination_leaves_nothing_half_written(tmp_path, name, number, to_all):
    arguments, is_at_work, folders = COMMANDS[name]
    folder = tmp_path / 'work'
    folder.mkdir()
    if name.startswith('replay'):
        write_jpegs(tmp_path / 'in.mcap', ['/camera/image'], 300)
    ended([name.split()[0], *arguments], folder, is_at_work, number, to_all)
    assert [path for path in folder.rglob('*') if path.name not in folders] == []


@needs('torch', 'onnx', 'onnxscript')
def test_terminated_training_leaves_whole_files(tmp_path):
    from tiny_model import TINY
    from training_samples import write_camvid

    stage = {'batch': 1, 'frames': 1, 'sources': {'camvid': 1}, 'crop': [64, 64], 'warm_up': 1}
    recipe = {
        'name': 'tiny',
        'model': json.loads(json.dumps(TINY.to_dict())),
        'camvid': str(write_camvid(tmp_path)),
        'stages': [{'name': 'image', 'steps': 1_000_000, **stage}],
    }
    folder = tmp_path / 'work'
    folder.mkdir()
    (tmp_path / 'tiny.yaml').write_text(json.dumps(recipe))
    arguments = ['train', '../tiny.yaml', '--out', 'run', '--cache', 'drives']
    ended(arguments, folder, made('run'))
    left = {path.name for path in folder.rglob('*') if path.is_file()}
    assert not {name for name in left if name.startswith('.') or name.endswith('.part')}
    assert not (folder / 'run' / 'model').exists()


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
def test_signals_unwind_the_block(number):
    before = signal.getsignal(number)
    with pytest.raises(TerminatedError) as stop, signals_unwind():
        signal.raise_signal(number)
    assert stop.value.exit_code == 128 + number
    assert signal.getsignal(number) is before


def test_ignored_signals_stay_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_unwind():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_commands_run_in_other_threads_too(tmp_path):
    arguments = ['synthesize', '--out', str(tmp_path / 'a.mcap'), '--seconds', '0.1']
    arguments += ['--rate', '10', '--size', '64x48', '--jobs', '1']
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(main(arguments)))
    thread.start()
    thread.join()
    assert statuses == [0]


def leave_half(path: Path, error: BaseException) -> None:
    with whole(path) as place:
        if path.name == 'folder':
            place.mkdir()
        else:
            place.write_bytes(b'half')
        raise error


@pytest.mark.parametrize('error', [ValueError(), KeyboardInterrupt(), TerminatedError(15)])
def test_what_is_not_finished_does_not_appear(tmp_path, error):
    file, folder = tmp_path / 'file', tmp_path / 'folder'
    write_whole(file, b'old')
    for path in (file, folder):
        with pytest.raises(type(error)):
            leave_half(path, error)
    assert [path.name for path in tmp_path.iterdir()] == ['file']
    assert file.read_bytes() == b'old'


def test_a_whole_folder_replaces_an_earlier_one(tmp_path):
    folder = tmp_path / 'above' / 'folder'
    for name in ('first', 'second'):
        with whole(folder) as place:
            place.mkdir()
            (place / name).touch()
    assert [path.name for path in folder.iterdir()] == ['second']
    assert [path.name for path in folder.parent.iterdir()] == ['folder']
