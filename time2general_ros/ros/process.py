"""What every process with a node shares: signals, spinning and a clean end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import importlib
import signal
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError

if TYPE_CHECKING:
    from rclpy.node import Node

_POLL_S = 0.1
_PAUSE_S = 0.01
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_NEEDED = ('rclpy', 'sensor_msgs.msg', 'std_srvs.srv', 'diagnostic_msgs.msg', 'lifecycle_msgs.msg')


class RosMissingError(Time2GeneralError):
    """ROS 2 is needed and cannot be imported."""


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
    """
    try:
        for name in _NEEDED:
            importlib.import_module(name)
    except ImportError as error:
        raise RosMissingError(
            f'ROS 2 is not available to {sys.executable} ({error}); source a ROS 2 installation '
            'of the same Python version, or pip install "time2general_ros[ros]"'
        ) from error
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    try:
        yield
    finally:
        rclpy.try_shutdown()
