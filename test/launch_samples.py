"""The launch files: what they declare, where they are installed, and runs of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import re
import signal
import stat
import subprocess
import sys
import time
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = 'time2general_ros'
LAUNCH_FILES = sorted((PROJECT / 'launch').glob('*.launch.py'))
PATIENCE_S = 180.0
NO_LAUNCH = 'launch and launch_ros are not installed; they come with ROS 2, not from PyPI'

# The same as `ros2 launch`, which is not needed this way.
_RUNNER = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
arguments = [argument.split(':=', 1) for argument in sys.argv[2:]]
service = LaunchService(argv=sys.argv[2:], noninteractive=True)
source = PythonLaunchDescriptionSource(sys.argv[1])
service.include_launch_description(
    LaunchDescription([IncludeLaunchDescription(source, launch_arguments=arguments)])
)
sys.exit(service.run())
"""


@dataclass(frozen=True)
class Argument:
    """One launch argument; ``default`` is None where it has to be given."""

    name: str
    default: str | None
    choices: tuple[str, ...]
    description: str

    @property
    def row(self) -> str:
        """Its line in the table of the documentation."""
        default = 'must be given' if self.default is None else f'`{self.default or chr(39) * 2}`'
        choices = ', '.join(choice for choice in self.choices if choice)
        choices = f' One of {choices}.' if choices else ''
        description = self.description.replace('<', '&lt;')
        return f'| `{self.name}` | {default} | {description}{choices} |'


def declared_arguments(path: Path) -> list[Argument]:
    """Read the arguments of a launch file without running it."""
    tree = ast.parse(path.read_text('utf-8'))
    names = {
        node.targets[0].id: _value(node.value, {})
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
        if isinstance(node.targets[0], ast.Name) and node.targets[0].id != 'ARGUMENTS'
    }
    return [_argument(call, names) for call in _declarations(tree)]


def _declarations(tree: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if getattr(call.func, 'id', '') == 'DeclareLaunchArgument']


def _argument(call: ast.Call, names: dict[str, Any]) -> Argument:
    given = {keyword.arg: _value(keyword.value, names) for keyword in call.keywords}
    return Argument(
        ast.literal_eval(call.args[0]),
        given.get('default_value'),
        tuple(given.get('choices', ())),
        given.get('description', ''),
    )


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    """Evaluate a literal, a list with names in it, or a path below the package."""
    if isinstance(node, ast.List):
        parts = [_value(item, names) for item in node.elts]
        return [
            part for value in parts for part in (value if isinstance(value, list) else [value])
        ]
    if isinstance(node, ast.Starred):
        return _value(node.value, names)
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.Call):
        constants = [item.value for item in ast.walk(node) if isinstance(item, ast.Constant)]
        return '/'.join(sorted(constants, key=lambda text: '.' in text))
    return ast.literal_eval(node)


def install(prefix: Path) -> Path:
    """Lay the package out as ``colcon build --symlink-install`` does, and find it with ament."""
    share = prefix / 'share' / PACKAGE
    for top in ('launch', 'config', 'rviz', 'models'):
        for path in (PROJECT / top).rglob('*'):
            if path.is_file() and '__pycache__' not in path.parts:
                link = share / path.relative_to(PROJECT)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path)
    add_package(prefix, PACKAGE)
    for name, module in _programs().items():
        add_program(prefix, PACKAGE, name, f'from {module} import main\nsys.exit(main())')
    return prefix


def _programs() -> dict[str, str]:
    """Read from setup.py which programs run nodes, and their modules."""
    text = (PROJECT / 'setup.py').read_text('utf-8')
    return dict(re.findall(rf"'(\w+) = ({PACKAGE}\.ros\.[\w.]+):main'", text))


def add_package(prefix: Path, name: str) -> None:
    """Make a package known to ament."""
    index = prefix / 'share' / 'ament_index' / 'resource_index' / 'packages'
    index.mkdir(parents=True, exist_ok=True)
    (index / name).touch()


def add_program(prefix: Path, package: str, name: str, body: str) -> Path:
    """Give a package a Python program."""
    path = prefix / 'lib' / package / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!{sys.executable}\nimport sys\n{body}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class LaunchRun:
    """A launch file that runs as a process of its own."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def output(self) -> str:
        """What it and its processes have printed so far."""
        return self._log.read_text('utf-8', errors='replace')

    def pids(self, program: str) -> list[int]:
        """Give the process ids that a program has had, the newest last."""
        started = re.findall(
            rf'\[{program}-\d+\]: process started with pid \[(\d+)\]', self.output
        )
        return [int(pid) for pid in started]

    def wait(self) -> int:
        """Wait for its end and give its exit code."""
        return self.process.wait(PATIENCE_S)


@contextmanager
def launched(
    name: str, prefix: Path, arguments: Sequence[str] = (), programs: Path | None = None
) -> Iterator[LaunchRun]:
    """
    Run a launch file of the installed package, and end it as Ctrl-C does.

    :param programs: Folder that the processes find programs in first.
    """
    log = prefix / f'{time.monotonic_ns()}.log'
    environment = {
        **os.environ,
        'PYTHONPATH': _joined(PROJECT, os.environ.get('PYTHONPATH')),
        'AMENT_PREFIX_PATH': _joined(prefix, os.environ.get('AMENT_PREFIX_PATH')),
        'PATH': _joined(programs, os.environ['PATH']),
        'ROS_LOG_DIR': str(prefix / 'log'),
    }
    path = prefix / 'share' / PACKAGE / 'launch' / name
    with log.open('w') as file:
        process = subprocess.Popen(
            [sys.executable, '-c', _RUNNER, str(path), *arguments],
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
    run = LaunchRun(process, log)
    try:
        yield run
    except BaseException:
        print(run.output)
        raise
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_S)


def _joined(*parts: object) -> str:
    return os.pathsep.join(str(part) for part in parts if part)
