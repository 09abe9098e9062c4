"""Which topics the cameras take, after the remapping rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError
from time2general_ros.messages.label_info import TOPIC as LABEL_INFO

if TYPE_CHECKING:
    from rclpy.node import Node

COMPRESSED = 'compressed'
CAMERA_INFO = 'camera_info'
IMAGE = 'image_raw'
_SUFFIX = f'/{COMPRESSED}'
_OUTPUTS = ('mask', 'confidence', 'overlay', CAMERA_INFO, LABEL_INFO)


class InputError(Time2GeneralError):
    """Remapping rules cannot say, or do not say, which camera takes which topic."""


@dataclass(frozen=True)
class Input:
    """
    A topic to subscribe to.

    :param name: What to subscribe to; the middleware applies the remapping rules to it, once.
    :param topic: What the rules make of it.
    """

    name: str
    topic: str


@dataclass(frozen=True)
class CameraInputs:
    """
    What one camera takes.

    :param camera: Its name; empty for a single camera.
    :param transport: ``raw`` or ``compressed``.
    :param base: Topic of the raw images that those of the transport go with.
    :param camera_info: Its calibration; None if there is none that is surely its own.
    :param is_info_given: Whether a rule names the calibration of this camera.
    """

    camera: str
    transport: str
    image: Input
    base: str
    camera_info: Input | None = None
    is_info_given: bool = False


def output_prefix(camera: str) -> str:
    """Give what stands before the names of a camera's outputs."""
    return f'{camera}/segmentation/' if camera else ''


def own_name(camera: str, topic: str) -> str:
    """Give the name of a topic of a camera, which remapping rules start from."""
    return f'{camera}/{topic}' if camera else topic


def camera_inputs(
    node: Node, transports: dict[str, str], warn: Callable[[str], None]
) -> list[CameraInputs]:
    """
    Find the topics of every camera.

    A camera takes ``<camera>/image_raw`` and, beside what that becomes, ``camera_info``. A rule
    for ``<camera>/image_raw/compressed`` or ``<camera>/camera_info`` goes before that. Each name
    is handed on as it was given: one that is resolved already would meet the rules again.

    :param transports: ``raw`` or ``compressed``, by the name of the camera.
    :param warn: Told of calibrations that are not taken.
    :raises InputError: if the rules lead two cameras to one topic, a camera to an output of this
        node, or a name that follows from another one on to somewhere else.
    """
    names = _Names(node, list(transports))
    cameras = [names.inputs(name, transport) for name, transport in transports.items()]
    outputs = names.outputs()
    _refuse_shared_outputs(outputs)
    _refuse_shared_images(cameras)
    for camera in cameras:
        if camera.image.topic in dict(outputs):
            raise InputError(
                f'{told(camera)} takes {camera.image.topic}, which is an output of this node: '
                f'remap {own_name(camera.camera, IMAGE)} to the topic of its driver'
            )
    for camera in cameras:
        info = camera.camera_info
        if info and info.topic == names.led_info(camera.camera):
            warn(
                f'{told(camera)} gets no camera_info beside its masks, because a rule leads that '
                f'to {info.topic}, the calibration of its driver: leave the rule out, it is found '
                'beside the images'
            )
    return list(_with_sure_calibrations(cameras, {topic for topic, _ in outputs}, warn))


class _Names:
    """The names of a node's topics before and after its remapping rules."""

    def __init__(self, node: Node, cameras: Sequence[str]) -> None:
        self._node = node
        self._cameras = cameras
        # What rules for other inputs and for outputs start from.
        starts = [own_name(camera, CAMERA_INFO) for camera in cameras]
        self._taken = {self._expand(name) for name in (*starts, *self._output_names())}

    def inputs(self, camera: str, transport: str) -> CameraInputs:
        image, base = self._image(camera, transport)
        info, is_given = self._camera_info(camera, base)
        return CameraInputs(camera, transport, image, base, info, is_given)

    def outputs(self) -> list[tuple[str, str]]:
        """Give the resolved topic of every output, and its name."""
        return [(self._resolve(name), name) for name in self._output_names()]

    def led_info(self, camera: str) -> str | None:
        """Give where a rule leads the calibration that a camera publishes; None without one."""
        name = output_prefix(camera) + CAMERA_INFO
        return self._resolve(name) if self._is_moved(name) else None

    def _output_names(self) -> list[str]:
        return [output_prefix(camera) + name for camera in self._cameras for name in _OUTPUTS]

    def _image(self, camera: str, transport: str) -> tuple[Input, str]:
        raw = self._input(own_name(camera, IMAGE))
        if transport != COMPRESSED:
            return raw, raw.topic
        compressed = self._input(raw.name + _SUFFIX)
        if self._is_moved(compressed.name):
            return compressed, compressed.topic.removesuffix(_SUFFIX)
        # Remapping image_raw moves the compressed topic along, as image_transport does.
        return self._unmoved(raw.topic + _SUFFIX, compressed.name), raw.topic

    def _camera_info(self, camera: str, base: str) -> tuple[Input | None, bool]:
        own = own_name(camera, CAMERA_INFO)
        # The camera_info of a single camera is an output, whose rule says nothing of inputs.
        if camera and self._is_moved(own):
            return self._input(own), True
        sibling = f'{base.rpartition("/")[0]}/{CAMERA_INFO}'
        if sibling == self._expand(own):
            return (self._input(own) if camera else None), False
        if sibling in self._taken:
            return self._unmoved(sibling, own), False
        return self._input(sibling), False

    def _unmoved(self, topic: str, own: str) -> Input:
        """Take a topic that follows from another, if no rule leads away from it."""
        found = self._input(topic)
        if found.topic != topic:
            raise InputError(
                f'{own} follows its image to {topic}, which a rule for another topic leads on to '
                f'{found.topic}: give it a rule of its own, {own}:={topic}'
            )
        return found

    def _input(self, name: str) -> Input:
        return Input(name, self._resolve(name))

    def _is_moved(self, name: str) -> bool:
        return self._resolve(name) != self._expand(name)

    def _resolve(self, name: str) -> str:
        return str(self._node.resolve_topic_name(name))

    def _expand(self, name: str) -> str:
        return str(self._node.resolve_topic_name(name, only_expand=True))


def _refuse_shared_outputs(outputs: list[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for topic, name in outputs:
        if topic in seen:
            raise InputError(
                f'{seen[topic]} and {name} would both be published on {topic}: remap one of them '
                'to another topic'
            )
        seen[topic] = name


def _refuse_shared_images(cameras: list[CameraInputs]) -> None:
    for first, second in combinations(cameras, 2):
        if first.image.topic == second.image.topic:
            raise InputError(
                f'{told(first)} and {told(second)} both take {first.image.topic}: give each a '
                'topic of its own'
            )


def _with_sure_calibrations(
    cameras: list[CameraInputs], outputs: set[str], warn: Callable[[str], None]
) -> Iterator[CameraInputs]:
    """
    Leave out calibrations that may be those of another camera.

    :raises InputError: if rules give two cameras one calibration.
    """
    for camera in cameras:
        info = camera.camera_info
        rivals = [
            other
            for other in cameras
            if info and other.camera_info and other.camera_info.topic == info.topic
            if other.base != camera.base
        ]
        if info and camera.is_info_given and any(rival.is_info_given for rival in rivals):
            raise InputError(
                f'{told(camera)} and {told(rivals[0])} both take the calibration {info.topic}: '
                'give each a topic of its own'
            )
        if info and info.topic in outputs:
            yield replace(camera, camera_info=None)
        elif info and rivals and not camera.is_info_given:
            warn(
                f'{told(camera)} gets no camera_info beside its masks, because '
                f'{told(rivals[0])} has its images beside {info.topic} too: say where its own is '
                f'(camera_info_topic in a vehicle file, or -r {camera.camera}/camera_info:=TOPIC)'
            )
            yield replace(camera, camera_info=None)
        else:
            yield camera


def told(camera: CameraInputs) -> str:
    """Name a camera in messages."""
    return f'camera {camera.camera!r}' if camera.camera else 'the camera'
