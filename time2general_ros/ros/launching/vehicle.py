"""The cameras of a vehicle, as a YAML file lists them for the launch file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.parameters.declared import (
    CAMERAS,
    IMAGE_TRANSPORT,
    IMAGE_TRANSPORTS,
    MODEL_PATHS,
)
from time2general_ros.ros.parameters.names import (
    absolute,
    reason_against_frame,
    reason_against_topic,
    sibling,
)
from time2general_ros.ros.parameters.yaml_file import YamlFileError, read_yaml

NODE_NAME = 'time2general'
_VEHICLE_KEYS = ('image_transport', 'frame', 'cameras')
_CAMERA_KEYS = ('image_topic', 'camera_info_topic', 'image_transport', 'model_path')
_INFO = 'camera_info'


class VehicleError(Time2GeneralError):
    """A vehicle file cannot be used."""


@dataclass(frozen=True)
class VehicleCamera:
    """
    One camera.

    :param name: Prefix of the topics of its masks.
    :param image_topic: Where its driver publishes; a relative name is in the vehicle's namespace.
    :param camera_info_topic: The same for its calibration; empty for the sibling of the images.
    :param image_transport: How its images travel; empty for the one of the vehicle.
    :param model_path: Folder of its model; empty for the one of the launch argument.
    """

    name: str
    image_topic: str
    camera_info_topic: str = ''
    image_transport: str = ''
    model_path: str = ''

    @property
    def calibration(self) -> str:
        """Where its calibration is."""
        return self.camera_info_topic or sibling(self.image_topic, _INFO)


@dataclass(frozen=True)
class Vehicle:
    """
    The cameras that one process serves.

    :param frame: Fixed frame of RViz.
    :param namespace: Of the vehicle.
    """

    image_transport: str
    frame: str
    cameras: tuple[VehicleCamera, ...]
    namespace: str = ''

    @property
    def parameters(self) -> dict[str, Any]:
        """What the node is told of the vehicle."""
        parameters: dict[str, Any] = {
            CAMERAS.name: [camera.name for camera in self.cameras],
            IMAGE_TRANSPORT.name: self.image_transport,
        }
        if any(camera.image_transport for camera in self.cameras):
            parameters[IMAGE_TRANSPORTS.name] = [self.transport_of(c) for c in self.cameras]
        if any(camera.model_path for camera in self.cameras):
            parameters[MODEL_PATHS.name] = [camera.model_path for camera in self.cameras]
        return parameters

    @property
    def remappings(self) -> list[tuple[str, str]]:
        """What connects all inputs of the node with the drivers."""
        moved = {
            self.absolute(f'{camera.name}/{_INFO}')
            for camera in self.cameras
            if camera.camera_info_topic
        }
        rules = []
        for camera in self.cameras:
            rules.append((f'{camera.name}/image_raw', camera.image_topic))
            # Beside the images may lie a name that the rule of another camera leads away from.
            if camera.camera_info_topic or self.absolute(camera.calibration) in moved:
                rules.append((f'{camera.name}/{_INFO}', camera.calibration))
        return rules

    @property
    def rviz_remappings(self) -> list[tuple[str, str]]:
        """What moves the absolute topics of RViz's configuration into the vehicle's namespace."""
        shown = ['diagnostics_image']
        for camera in self.cameras:
            shown += [f'{camera.name}/segmentation/{topic}' for topic in ('overlay', 'mask')]
        images = [
            (f'/{camera.name}/image_raw', self.absolute(camera.image_topic))
            for camera in self.cameras
        ]
        return [*images, *((f'/{topic}', topic) for topic in shown)]

    def transport_of(self, camera: VehicleCamera) -> str:
        """Tell how the images of a camera travel."""
        return camera.image_transport or self.image_transport

    def absolute(self, topic: str) -> str:
        """Expand the name of a topic."""
        return absolute(topic, self.namespace, NODE_NAME)


def read_vehicle(path: Path, namespace: str = '') -> Vehicle:
    """
    Read a vehicle file such as ``config/vehicle.yaml``.

    :param namespace: Of the vehicle.
    :raises VehicleError: if it cannot be read, lists no camera, has a key or value that is not
        understood, or gives one topic to two cameras.
    """
    where = f'vehicle file {str(path)!r}'
    try:
        content = read_yaml(path)
    except OSError as error:
        raise VehicleError(
            f'{where} cannot be read ({error.strerror}): '
            'set vehicle_file to one like config/vehicle.yaml of this package'
        ) from error
    except YamlFileError as error:
        raise VehicleError(f'{where} is not YAML: {error}') from error
    return _vehicle(content, where, namespace)


def _vehicle(content: object, where: str, namespace: str) -> Vehicle:
    keys = _mapping(content, _VEHICLE_KEYS, where)
    cameras = keys.get('cameras')
    if not isinstance(cameras, Mapping) or not cameras:
        raise VehicleError(
            f'{where}: cameras is {cameras!r}: list at least one, '
            'such as {front: {image_topic: camera/front/image_raw}}'
        )
    if '' in cameras:
        raise VehicleError(f"{where}: a camera is named '': name it, such as front")
    _check(CAMERAS.reason_against(list(cameras)), where)
    frame = _text(keys, 'frame', 'base_link', where)
    _check_value('frame', frame, reason_against_frame(frame), where)
    vehicle = Vehicle(
        _transport(keys, where) or IMAGE_TRANSPORT.default,
        frame,
        tuple(_camera(name, cameras[name], f'{where}: camera {name!r}') for name in cameras),
        namespace,
    )
    _refuse_shared_topics(vehicle, where)
    return vehicle


def _camera(name: str, content: object, where: str) -> VehicleCamera:
    _check_value('its name', name, reason_against_topic(f'{name}/image_raw'), where)
    keys = _mapping(content, _CAMERA_KEYS, where)
    if 'image_topic' not in keys:
        raise VehicleError(f'{where}: image_topic is missing: name the topic of its driver')
    topics = {key: _text(keys, key, '', where) for key in ('image_topic', 'camera_info_topic')}
    for key, topic in topics.items():
        if key in keys:
            _check_value(key, topic, reason_against_topic(topic), where)
    return VehicleCamera(
        name,
        **topics,
        image_transport=_transport(keys, where),
        model_path=_text(keys, 'model_path', '', where),
    )


def _refuse_shared_topics(vehicle: Vehicle, where: str) -> None:
    for first, second in combinations(vehicle.cameras, 2):
        names = f'cameras {first.name!r} and {second.name!r}'
        images = [_topic_of_images(camera, vehicle) for camera in (first, second)]
        if images[0] == images[1]:
            raise VehicleError(
                f'{where}: {names} both take {images[0]}: give each an image_topic of its own'
            )
        calibrations = [vehicle.absolute(camera.calibration) for camera in (first, second)]
        bases = [vehicle.absolute(camera.image_topic) for camera in (first, second)]
        is_given = first.camera_info_topic or second.camera_info_topic
        if is_given and calibrations[0] == calibrations[1] and bases[0] != bases[1]:
            raise VehicleError(
                f'{where}: {names} both take the calibration {calibrations[0]}: give each a '
                'camera_info_topic of its own'
            )


def _topic_of_images(camera: VehicleCamera, vehicle: Vehicle) -> str:
    transport = vehicle.transport_of(camera)
    suffix = '' if transport == IMAGE_TRANSPORT.default else f'/{transport}'
    return vehicle.absolute(camera.image_topic) + suffix


def _mapping(content: object, allowed: tuple[str, ...], where: str) -> Mapping[str, object]:
    if not isinstance(content, Mapping):
        raise VehicleError(f'{where} is {content!r}: give a mapping of {", ".join(allowed)}')
    for key in content:
        if key not in allowed:
            raise VehicleError(
                f'{where}: unknown key {key!r}: remove it, or use one of {", ".join(allowed)}'
            )
    return content


def _transport(keys: Mapping[str, object], where: str) -> str:
    value = _text(keys, 'image_transport', '', where)
    if 'image_transport' in keys:
        _check(IMAGE_TRANSPORT.reason_against(value), where)
    return value


def _text(keys: Mapping[str, object], key: str, default: str, where: str) -> str:
    value = keys.get(key, default)
    if not isinstance(value, str):
        raise VehicleError(f'{where}: {key} is {value!r}: give a text')
    return value


def _check(reason: str | None, where: str) -> None:
    if reason is not None:
        raise VehicleError(f'{where}: {reason}')


def _check_value(key: str, value: str, remedy: str | None, where: str) -> None:
    _check(remedy and f'{key} is {value!r}: {remedy}', where)
