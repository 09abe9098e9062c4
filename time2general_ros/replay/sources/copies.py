"""Which topics of a bag go into the output as they are, and under which names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.topic_names import segmentation_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.bags.channel import Channel
    from time2general_ros.bags.reader import BagReader

CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
ALL = 'all'


class Copies:
    """
    What of a bag is copied.

    :attr:`channels` describes the copies, :attr:`left_out` holds what the replay writes itself.

    :param cameras: The image topics that are segmented.
    :param reserved: Topics that the replay writes itself, beside those of its cameras.
    """

    def __init__(self, reader: BagReader, cameras: Sequence[str], reserved: Sequence[str]) -> None:
        self._reader = reader
        self._cameras = cameras
        self._reserved = reserved
        self._targets: dict[str, list[str]] = {}
        self.channels: list[Channel] = []
        self.left_out: list[str] = []

    @property
    def topics(self) -> Sequence[str]:
        """Topics of the bag that are copied."""
        return [*self._targets]

    def targets(self, topic: str) -> Sequence[str]:
        """Name where the messages of a topic of the bag go."""
        return self._targets.get(topic, ())

    def add_calibration(self) -> None:
        """Copy the calibration of each camera beside its masks."""
        for topic in self._cameras:
            name = _calibration_of(topic)
            info = self._reader.topics.get(name)
            if info and info.msgtype == CAMERA_INFO:
                self._add(name, segmentation_topic(topic, 'camera_info'))

    def add(self, names: Sequence[str]) -> None:
        """
        Copy topics under their own names, each once.

        :param names: ``all`` for every one that the replay does not write itself.
        :raises BagError: if there is no such topic, or the replay writes it itself.
        """
        for name in names:
            if name == ALL:
                continue
            # Says what there is.
            self._reader.raw_messages(name)
            if self._is_taken(name):
                raise BagError(
                    f'--copy {name}: the replay writes this topic itself; leave it out of --copy'
                )
            self._add(name, name)
        if ALL in names:
            self.left_out += filter(self._is_taken, self._reader.topics)
            for name in self._reader.topics:
                if name not in self.left_out:
                    self._add(name, name)

    def _is_taken(self, name: str) -> bool:
        # An old overlay beside new masks would mislead too.
        own = tuple(segmentation_topic(topic, '') for topic in self._cameras)
        return name.startswith(own) or name in self._reserved

    def _add(self, name: str, target: str) -> None:
        targets = self._targets.setdefault(name, [])
        if target not in targets:
            targets.append(target)
            self.channels.append(replace(self._reader.channel(name), topic=target))


def _calibration_of(image_topic: str) -> str:
    """Name the calibration beside an image topic, as ``image_transport`` does."""
    parts = image_topic.split('/')
    if parts[-1] == 'compressed' and len(parts) > 2:
        parts.pop()
    return '/'.join([*parts[:-1], 'camera_info'])
