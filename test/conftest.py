"""What all tests share: a ROS 2 graph of their own, what is measured, the folder of real data."""

from __future__ import annotations

from collections.abc import Generator
import os
from pathlib import Path
import signal
import sys

import hypothesis
import pytest
from unmeasured import unmeasured

from time2general_ros.ros.own_graph import free_domain


def _own_domain() -> int:
    """Pick a free domain that no other worker of pytest-xdist picks at the same moment."""
    worker = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw'))
    workers = int(os.environ.get('PYTEST_XDIST_WORKER_COUNT', '1'))
    while (domain := free_domain()) % workers != worker % workers:
        pass
    return domain


# Read once, when rclpy is imported for the first time: tests and the nodes of the machine see
# nothing of each other.
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ['ROS_DOMAIN_ID'] = str(_own_domain())

# Of a shell's background job SIGINT is ignored, and so of every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is not a failure.
hypothesis.settings.register_profile('no deadline', deadline=None)
hypothesis.settings.load_profile('no deadline')

ROOT = Path(__file__).resolve().parent.parent
# The tests of the rooms whose coverage counts; pyproject.toml names the rooms.
MEASURED = ('test_streaming_', 'test_ros_', 'test_launch_')


def _measured(item: pytest.Item) -> bool:
    return item.path.name.startswith(MEASURED)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the measured tests first: modules are counted where they are imported first."""
    items.sort(key=lambda item: not _measured(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run the other tests, with their fixtures, without the tracer."""
    if _measured(item):
        return (yield)
    with unmeasured():
        return (yield)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run without tests: colcon takes pytest's own exit code for it as a success."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.USAGE_ERROR


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Give the folder of real data, which is no part of the project, or skip."""
    folder = Path(os.environ.get('TIME2GENERAL_DATA', ROOT.parent / 'shared' / 'data'))
    if not folder.is_dir():
        pytest.skip(f'no real data at {folder}; TIME2GENERAL_DATA can name another folder')
    return folder


@pytest.fixture
def without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no Ray, as where the extra is not installed."""
    for name in ('ray', 'ray.exceptions'):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ('quiet_ray', 'cluster', 'fleet', 'pool', 'seat'):
        monkeypatch.delitem(sys.modules, f'time2general_ros.replay.fleet.{name}', raising=False)
