"""The topics of a single camera, as rules of its node and of RViz."""

from __future__ import annotations

from time2general_ros.ros.launching.launch_values import LaunchValueError
from time2general_ros.ros.launching.vehicle import NODE_NAME
from time2general_ros.ros.parameters.names import absolute, sibling

_SHOWN = ('overlay', 'confidence', 'mask', 'diagnostics_image')


def remappings(namespace: str, image_topic: str, info_topic: str | None) -> list[tuple[str, str]]:
    """
    Connect the node with a camera.

    :param info_topic: Its calibration; None for ``camera_info`` beside the images.
    :raises LaunchValueError: if the calibration cannot be told from that beside the masks.
    """
    rules = [('image_raw', image_topic)]
    if info_topic is None:
        return rules
    beside_images = sibling(image_topic, 'camera_info')
    beside_masks = absolute('camera_info', namespace, NODE_NAME)
    if absolute(beside_images, namespace, NODE_NAME) == beside_masks:
        raise LaunchValueError(
            f'camera_info_topic is {info_topic!r}, but the images lie beside the masks, where '
            f'{beside_masks} belongs to both: leave it out, or set another namespace'
        )
    return [*rules, (beside_images, info_topic)]


def rviz_remappings(image_topic: str) -> list[tuple[str, str]]:
    """Move the absolute topics of the configuration into the namespace of RViz."""
    shown = [(f'/segmentation/{topic}', topic) for topic in _SHOWN]
    return [('/segmentation/image_raw', image_topic), *shown]
