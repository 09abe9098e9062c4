"""What every process with a node shares: signals, spinning and a clean end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import importlib
import re
import signal
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError, one_line
from time2general_ros.imports import import_errors_told, pip_install

if TYPE_CHECKING:
    from rclpy.node import Node

_POLL_S = 0.1
_PAUSE_S = 0.01
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_NEEDED = ('rclpy', 'sensor_msgs.msg', 'std_srvs.srv', 'diagnostic_msgs.msg', 'lifecycle_msgs.msg')


# Where in rclpy's sources it was raised.
_SOURCE = re.compile(r',? at \S+:\d+')
_REMEDY = 'check the arguments after --ros-args and the environment variables ROS_*'
_REMEDIES = {
    'logging': 'set ROS_LOG_DIR to a folder that can be written',
    'ROS_DOMAIN_ID': 'set ROS_DOMAIN_ID to a number from 0 to 101',
}


class RosMissingError(Time2GeneralError):
    """ROS 2 is needed and cannot be imported."""


class RosStartError(Time2GeneralError):
    """ROS 2 is there and does not start."""


def require_ros() -> None:
    """
    Import what every node needs of ROS 2.

    :raises RosMissingError: if it cannot be imported.
    :raises RosStartError: if it fails otherwise while it is imported.
    """
    try:
        with started():
            for name in _NEEDED:
                importlib.import_module(name)
    except ImportError as error:
        raise RosMissingError(
            f'ROS 2 is not available to {sys.executable} ({error}); source a ROS 2 installation '
            f'of the same Python version, or {pip_install("rclpy")}'
        ) from error


def spin(
    node: Node,
    is_done: Callable[[], bool],
    on_error: Callable[[Exception], None] | None = None,
) -> None:
    """
    Run a node's callbacks in this thread until ``is_done`` says so or ROS is shut down.

    :param on_error: Told what a callback raises, which then ends nothing; None lets it through.
    """
    from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    try:
        while not is_done():
            try:
                executor.spin_once(timeout_sec=_POLL_S)
            except ExternalShutdownException:
                break
            except Exception as error:
                if on_error is None:
                    raise
                on_error(error)
                # What fails before it waits would fail again at once.
                time.sleep(_PAUSE_S)
    finally:
        executor.shutdown()


def spin_guarded(node: Node, is_done: Callable[[], bool]) -> None:
    """Run a node's callbacks as :func:`spin` does; what they raise is logged and ends nothing."""
    from time2general_ros.ros.callback_guard import CallbackGuard

    spin(node, is_done, CallbackGuard(node.get_logger()).tell)


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """
    Turn SIGINT and SIGTERM into an event.

    The handlers of ``rclpy`` are not used: they pull the middleware from under the feet of a
    worker that is still publishing.
    """
    stop = threading.Event()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, request_stop) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ros(arguments: list[str] | None = None) -> Iterator[None]:
    """
    Start ``rclpy`` and shut it down.

    :raises RosMissingError: if ROS 2 cannot be imported.
    :raises ImportFailedError: if something else that is used meanwhile cannot be.
    :raises RosStartError: if it does not start, or a node in it cannot be made.
    """
    require_ros()
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    try:
        with started():
            rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
        with import_errors_told():
            yield
    finally:
        rclpy.try_shutdown()


@contextmanager
def started() -> Iterator[None]:
    """
    Turn what ``rclpy`` raises while it starts, or makes a node, into one error with a remedy.

    :raises RosStartError: in place of anything but an error of this package or of an import.
    """
    try:
        yield
    except (Time2GeneralError, ImportError):
        raise
    except Exception as error:
        text = _SOURCE.sub('', one_line(error))
        remedy = next((remedy for word, remedy in _REMEDIES.items() if word in text), _REMEDY)
        raise RosStartError(f'ROS 2 does not start: {text}; {remedy}') from error
