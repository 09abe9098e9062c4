from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from pathlib import Path
import subprocess
import sys

from imported_modules import imported_libraries, imported_modules
import pytest

import time2general_ros

CODE = Path(time2general_ros.__file__).resolve().parent
NAME = 'time2general_ros'
RUN = {'camera', 'errors', 'segmenting', 'sources'}


@pytest.mark.parametrize('module', ['streaming', 'streaming.engines', 'bags', 'cli.main'])
def test_running_needs_neither_torch_nor_ros(module: str) -> None:
    code = f'import sys, {NAME}.{module}; print(sorted({{"torch", "rclpy"}} & sys.modules.keys()))'
    result = subprocess.run(
        [sys.executable, '-c', code], cwd=CODE.parent, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == '[]'


@pytest.mark.parametrize(
    ('library', 'rooms'),
    [
        ('rclpy', ['ros']),
        ('sensor_msgs', ['ros']),
        ('torch', ['model', 'training', 'export', 'streaming/engines/torch_engine.py']),
        ('openvino', ['streaming/engines']),
        ('ray', ['replay/fleet']),
    ],
)
def test_library_stays_in_its_rooms(library: str, rooms: list[str]) -> None:
    users = {path for path in CODE.rglob('*.py') if library in imported_libraries(path)}
    homes = {path for room in rooms for path in [CODE / room, *(CODE / room).rglob('*.py')]}
    assert users <= homes


@pytest.mark.parametrize(
    ('room', 'strangers'),
    [
        ('messages', {'ros', 'bags', 'cli', 'streaming', 'model', 'training', 'evaluation'}),
        ('data', {'ros', 'cli', 'streaming', 'model', 'training', 'evaluation'}),
        ('model', {'ros', 'bags', 'cli', 'messages', 'streaming', 'training', 'evaluation'}),
        ('streaming', {'ros', 'bags', 'cli', 'messages', 'training', 'evaluation'}),
        ('evaluation', {'ros', 'bags', 'cli', 'training'}),
        ('training', {'ros', 'bags', 'cli', 'messages', 'streaming', 'export'}),
        ('export', {'ros', 'bags', 'cli', 'messages', 'training', 'evaluation'}),
        ('timing', {'ros', 'bags', 'cli', 'demo', 'training', 'evaluation'}),
        ('bags', {'ros', 'cli', 'replay', 'streaming', 'model', 'training', 'evaluation'}),
        ('replay', {'ros', 'cli', 'demo', 'timing', 'model', 'training', 'export'}),
    ],
)
def test_arrows_between_rooms_point_one_way(room: str, strangers: set[str]) -> None:
    used = {
        module.split('.')[1]
        for module in imported_modules(CODE / room)
        if module.startswith(f'{NAME}.')
    }
    assert not used & strangers


@pytest.mark.parametrize(
    ('room', 'known'),
    [
        ('ros/statistics', set()),
        ('ros/parameters', set()),
        ('ros/engine', {'parameters'}),
        ('ros/cameras', {'engine', 'parameters', 'statistics'}),
        ('ros/diagnostics', {'engine', 'parameters', 'statistics'}),
        ('ros/programs', {'diagnostics', 'process'}),
        ('ros/launching', {'parameters'}),
        ('ros/load', {'process'}),
        ('bags/storages', {'bag_error', 'channel'}),
        ('training/objective', {'batch', 'inheritance'}),
        ('training/recipes', {'objective'}),
        ('training/teachers', {'errors', 'hardware', 'recipes', 'start'}),
        ('training/chains', {'recipe_check', 'recipes', 'run_folder', 'teachers'}),
        ('cli/options', set()),
        ('cli/terminal', set()),
        ('cli/training', {'options', 'terminal'}),
        ('replay/sources', {'errors'}),
        ('replay/evidence', set()),
        ('replay/figures', {'camera', 'segmenting', 'sources'}),
        ('replay/outputs', {'camera', 'errors', 'segmenting', 'sources'}),
        ('replay/runs', {*RUN, 'evidence', 'figures', 'outputs'}),
        ('replay/views', {*RUN, 'figures', 'outputs', 'runs'}),
        ('replay/fleet', {'errors', 'evidence', 'runs', 'sources'}),
        (
            'replay/comparison',
            {'errors', 'evidence', 'figures', 'fleet', 'live', 'outputs', 'runs', 'sources'},
        ),
    ],
)
def test_rooms_know_only_those_below_them(room: str, known: set[str]) -> None:
    floor, name = room.split('/')
    used = {
        module.split('.')[2]
        for module in imported_modules(CODE / room)
        if module.startswith(f'{NAME}.{floor}.')
    }
    assert used - {name} == known


def test_no_file_knows_another_that_knows_it() -> None:
    files = {_module_of(path): path for path in CODE.rglob('*.py')}
    known = {
        name: {module for module in imported_modules(path) if module in files and module != name}
        for name, path in files.items()
    }
    # A package lists what it holds, and what it holds names the package on the way to another.
    for name, modules in known.items():
        modules -= {other for other in known if name.startswith(f'{other}.')}
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        pytest.fail(f'a circle of imports: {" -> ".join(error.args[1])}')


def _module_of(path: Path) -> str:
    parts = path.relative_to(CODE.parent).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)
