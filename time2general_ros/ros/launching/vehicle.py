"""The cameras of a vehicle, as a YAML file lists them for the launch file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.parameters.declared import CAMERAS, IMAGE_TRANSPORT

_VEHICLE_KEYS = ('image_transport', 'frame', 'cameras')
_CAMERA_KEYS = ('image_topic', 'camera_info_topic')


class VehicleError(Time2GeneralError):
    """A vehicle file cannot be used."""


@dataclass(frozen=True)
class VehicleCamera:
    """
    One camera.

    :param name: Prefix of the topics of its masks.
    :param image_topic: Where its driver publishes; a relative name is in the vehicle's namespace.
    :param camera_info_topic: The same for its calibration; empty for the sibling of the images.
    """

    name: str
    image_topic: str
    camera_info_topic: str = ''

    @property
    def remappings(self) -> tuple[tuple[str, str], ...]:
        """What connects the inputs of the node with the driver."""
        pairs = [(f'{self.name}/image_raw', self.image_topic)]
        if self.camera_info_topic:
            folder, slash, _ = self.image_topic.rpartition('/')
            pairs.append((f'{folder}{slash}camera_info', self.camera_info_topic))
        return tuple(pairs)


@dataclass(frozen=True)
class Vehicle:
    """
    The cameras that one process serves.

    :param frame: Fixed frame of RViz.
    """

    image_transport: str
    frame: str
    cameras: tuple[VehicleCamera, ...]

    @property
    def parameters(self) -> dict[str, Any]:
        """What the node is told of the vehicle."""
        return {
            CAMERAS.name: [camera.name for camera in self.cameras],
            IMAGE_TRANSPORT.name: self.image_transport,
        }

    @property
    def remappings(self) -> list[tuple[str, str]]:
        """What connects all inputs of the node with the drivers."""
        return [pair for camera in self.cameras for pair in camera.remappings]


def read_vehicle(path: Path) -> Vehicle:
    """
    Read a vehicle file such as ``config/vehicle.yaml``.

    :raises VehicleError: if it cannot be read, lists no camera, or has a key or value that is not
        understood.
    """
    try:
        content = yaml.safe_load(path.read_text('utf-8'))
    except OSError as error:
        raise VehicleError(
            f'vehicle file {str(path)!r} cannot be read ({error.strerror}): '
            'set vehicle_file to one like config/vehicle.yaml of this package'
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        reason = ' '.join(str(error).split())
        raise VehicleError(f'vehicle file {str(path)!r} is not YAML: {reason}') from error
    return _vehicle(content, f'vehicle file {str(path)!r}')


def _vehicle(content: object, where: str) -> Vehicle:
    keys = _mapping(content, _VEHICLE_KEYS, where)
    transport = _text(keys, 'image_transport', IMAGE_TRANSPORT.default, where)
    _check(IMAGE_TRANSPORT.reason_against(transport), where)
    cameras = keys.get('cameras')
    if not isinstance(cameras, Mapping) or not cameras:
        raise VehicleError(
            f'{where}: cameras is {cameras!r}: list at least one, '
            'such as {front: {image_topic: camera/front/image_raw}}'
        )
    if '' in cameras:
        raise VehicleError(f"{where}: a camera is named '': name it, such as front")
    _check(CAMERAS.reason_against(list(cameras)), where)
    return Vehicle(
        transport,
        _text(keys, 'frame', 'base_link', where),
        tuple(_camera(name, cameras[name], f'{where}: camera {name!r}') for name in cameras),
    )


def _camera(name: str, content: object, where: str) -> VehicleCamera:
    keys = _mapping(content, _CAMERA_KEYS, where)
    if 'image_topic' not in keys:
        raise VehicleError(f'{where}: image_topic is missing: name the topic of its driver')
    return VehicleCamera(name, *(_text(keys, key, '', where) for key in _CAMERA_KEYS))


def _mapping(content: object, allowed: tuple[str, ...], where: str) -> Mapping[str, object]:
    if not isinstance(content, Mapping):
        raise VehicleError(f'{where} is {content!r}: give a mapping of {", ".join(allowed)}')
    for key in content:
        if key not in allowed:
            raise VehicleError(
                f'{where}: unknown key {key!r}: remove it, or use one of {", ".join(allowed)}'
            )
    return content


def _text(keys: Mapping[str, object], key: str, default: str, where: str) -> str:
    value = keys.get(key, default)
    if not isinstance(value, str):
        raise VehicleError(f'{where}: {key} is {value!r}: give a text')
    return value


def _check(reason: str | None, where: str) -> None:
    if reason is not None:
        raise VehicleError(f'{where}: {reason}')
