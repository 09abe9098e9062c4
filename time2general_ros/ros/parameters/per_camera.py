"""What cameras have each of their own, from the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.ros.parameters.declared import (
    CAMERAS,
    IMAGE_TRANSPORT,
    IMAGE_TRANSPORTS,
    MODEL_PATH,
    MODEL_PATHS,
    camera_names,
)
from time2general_ros.ros.parameters.parameter import Parameter, ParameterError

if TYPE_CHECKING:
    from time2general_ros.ros.parameters.server import ParameterServer


def read_transports(parameters: ParameterServer) -> dict[str, str]:
    """
    Give ``raw`` or ``compressed`` for each camera, by its name.

    :raises ParameterError: if transports are listed, but not one for each camera.
    """
    return _read(parameters, IMAGE_TRANSPORT, IMAGE_TRANSPORTS)


def read_model_paths(parameters: ParameterServer) -> dict[str, str]:
    """
    Give the folder of the model of each camera, by its name; empty for the shipped one.

    :raises ParameterError: if models are listed, but not one for each camera.
    """
    return _read(parameters, MODEL_PATH, MODEL_PATHS)


def _read(
    parameters: ParameterServer, common: Parameter[str], each: Parameter[list[str]]
) -> dict[str, str]:
    names = camera_names(parameters.read(CAMERAS))
    listed = parameters.read(each)
    if not any(listed):
        listed = [''] * len(names)
    if len(listed) != len(names):
        raise ParameterError(
            f'{each.name} is {listed} for {len(names)} cameras: list one for each, in the order '
            f'of {CAMERAS.name}'
        )
    usual = parameters.read(common)
    return {name: own or usual for name, own in zip(names, listed, strict=True)}
