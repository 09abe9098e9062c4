"""The guard between what callbacks raise and the process."""

from __future__ import annotations

from pathlib import Path
import traceback
from typing import TYPE_CHECKING, Any

from rcl_interfaces.msg import SetParametersResult  # type: ignore[import-untyped]
from rcl_interfaces.srv import (  # type: ignore[import-untyped]
    SetParameters,
    SetParametersAtomically,
)

from time2general_ros.errors import one_line
from time2general_ros.ros.cameras.throttled_log import ThrottledLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from rclpy.impl.rcutils_logger import RcutilsLogger


class CallbackGuard:
    """
    Log what callbacks raise, in one line each and not too often, and let the node go on.

    rclpy lets every exception of a callback end the process, its own among them: before 8 a
    lifecycle request that the state does not have raises one.
    """

    def __init__(self, logger: RcutilsLogger) -> None:
        self._log = ThrottledLog(logger)

    def tell(self, error: Exception, what: str = 'a callback of the node') -> None:
        """Log an error; one that repeats itself is told now and then."""
        text = f'{what} failed: {one_line(error)} ({_place(error)}); the node goes on'
        self._log.error(f'{what} {type(error)}', text)

    def quiet(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Guard a callback that rclpy calls where no executor would see what it raises."""

        def call(*arguments: Any) -> None:
            try:
                callback(*arguments)
            except Exception as error:
                self.tell(error)

        return call

    def cover(self, service: Any) -> None:
        """Have a service answer also where its callback raises; its client would wait for ever."""
        if not isinstance(service.callback, _Answering):
            service.callback = _Answering(service.callback, service.srv_name, self)


class _Answering:
    """The callback of a service, whose answer is no if it raises."""

    def __init__(self, callback: Callable[..., Any], name: str, guard: CallbackGuard) -> None:
        self._callback = callback
        self._what = f'a request on {name}'
        self._guard = guard

    def __call__(self, request: Any, response: Any) -> Any:
        try:
            return self._callback(request, response)
        except Exception as error:
            self._guard.tell(error, self._what)
            return _no(request, type(response)(), one_line(error))


def _no(request: Any, response: Any, reason: str) -> Any:
    """Say no, and why where the type of the response has a place for it."""
    refusal = SetParametersResult(successful=False, reason=reason)
    if isinstance(response, SetParameters.Response):
        response.results = [refusal for _ in request.parameters]
    elif isinstance(response, SetParametersAtomically.Response):
        response.result = refusal
    elif hasattr(response, 'message'):
        response.message = reason
    return response


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f'{Path(frames[-1].filename).name}:{frames[-1].lineno}' if frames else 'nowhere'
