"""Services that switch cameras on and off and clear their memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from std_srvs.srv import SetBool, Trigger  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from contextlib import ExitStack

    from rclpy.node import Node

    from time2general_ros.ros.cameras.camera_stream import CameraStream

RESET_CAUSE = 'request'


class CameraServices:
    """
    Offer ``enable`` and ``reset_memory`` for some cameras.

    :param scope: Withdraws the services when it is closed.
    :param prefix: Put before the names of the services, such as ``~/`` or ``~/front/``.
    :param cameras: Gives the cameras, which may change.
    """

    def __init__(
        self,
        node: Node,
        scope: ExitStack,
        prefix: str,
        cameras: Callable[[], Collection[CameraStream]],
    ) -> None:
        self._cameras = cameras
        for service in (
            node.create_service(SetBool, f'{prefix}enable', self._enable),
            node.create_service(Trigger, f'{prefix}reset_memory', self._reset_memory),
        ):
            scope.callback(node.destroy_service, service)

    def _enable(self, request: Any, response: Any) -> Any:
        for camera in self._cameras():
            camera.enable(request.data)
        done = 'answered' if request.data else 'ignored'
        return self._answer(response, f'cameras whose images are {done} from now on')

    def _reset_memory(self, _request: Any, response: Any) -> Any:
        for camera in self._cameras():
            camera.request_reset(RESET_CAUSE)
        return self._answer(response, 'cameras that start afresh at their next image')

    def _answer(self, response: Any, text: str) -> Any:
        count = len(self._cameras())
        response.success = count > 0
        response.message = f'{text}: {count}' if count else 'configure the node first'
        return response
