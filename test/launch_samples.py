"""The launch files: what they declare, where they are installed, and runs of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import os
from pathlib import Path
import re
import signal
import stat
import subprocess
import sys
import time

from time2general_ros.ros.launching.launch_argument import LaunchArgument

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


def row(argument: LaunchArgument) -> str:
    """Give the line of an argument in the table of the documentation."""
    default = (
        'must be given' if argument.default is None else f'`{argument.default or chr(39) * 2}`'
    )
    return f'| `{argument.name}` | {default} | {argument.description.replace("<", "&lt;")} |'


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
    for name, module, function in _programs():
        body = f'from {module} import {function}\nsys.exit({function}())'
        add_program(prefix, PACKAGE, name, body)
    return prefix


def _programs() -> list[tuple[str, str, str]]:
    """Read from setup.py which programs run nodes, with their modules and functions."""
    text = (PROJECT / 'setup.py').read_text('utf-8')
    return re.findall(rf"'(\w+) = ({PACKAGE}\.ros\.[\w.]+):(\w+)'", text)


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
    name: str,
    prefix: Path,
    arguments: Sequence[str] = (),
    programs: Path | None = None,
    modules: Path | None = None,
) -> Iterator[LaunchRun]:
    """
    Run a launch file of the installed package, and end it as Ctrl-C does.

    :param programs: Folder that the processes find programs in first.
    :param modules: The same for Python modules.
    """
    log = prefix / f'{time.monotonic_ns()}.log'
    environment = {
        **os.environ,
        'PYTHONPATH': _joined(modules, PROJECT, os.environ.get('PYTHONPATH')),
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
