"""How the images of each camera travel, from the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.ros.parameters.declared import (
    CAMERAS,
    IMAGE_TRANSPORT,
    IMAGE_TRANSPORTS,
    camera_names,
)
from time2general_ros.ros.parameters.parameter import ParameterError

if TYPE_CHECKING:
    from time2general_ros.ros.parameters.server import ParameterServer


def read_transports(parameters: ParameterServer) -> dict[str, str]:
    """
    Give ``raw`` or ``compressed`` for each camera, by its name.

    :raises ParameterError: if transports are listed, but not one for each camera.
    """
    names = camera_names(parameters.read(CAMERAS))
    listed = parameters.read(IMAGE_TRANSPORTS)
    if not any(listed):
        listed = [''] * len(names)
    if len(listed) != len(names):
        raise ParameterError(
            f'{IMAGE_TRANSPORTS.name} is {listed} for {len(names)} cameras: list one for each, in '
            f'the order of {CAMERAS.name}'
        )
    common = parameters.read(IMAGE_TRANSPORT)
    return {name: own or common for name, own in zip(names, listed, strict=True)}
