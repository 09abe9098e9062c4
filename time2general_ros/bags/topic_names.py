"""Where the masks of a camera go."""

from __future__ import annotations


def segmentation_topic(image_topic: str, output: str) -> str:
    """
    Name an output beside the camera's images: the name that the live node gives it.

    ``/camera/front/image_raw`` and ``/camera/front/image_raw/compressed`` both lead to
    ``/camera/front/segmentation/mask``.

    :param output: Base name, as ``mask``.
    """
    return '/' + '/'.join([*camera_parts(image_topic), 'segmentation', output])


def camera_parts(image_topic: str) -> list[str]:
    """Split the namespace of a camera: ``/camera/front/image_raw`` is that of camera, front."""
    parts = image_topic.strip('/').split('/')
    if len(parts) > 1 and parts[-1] == 'compressed':
        parts.pop()
    return parts[:-1]


def is_segmentation_topic(topic: str) -> bool:
    """Tell whether a topic is an output of the node or of a replay."""
    return 'segmentation' in topic.strip('/').split('/')[:-1]
