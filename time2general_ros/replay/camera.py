"""The image topics of a run: what they are called in it, and what they are scored in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from time2general_ros.bags.topic_names import segmentation_topic
from time2general_ros.labels.relations import Comparison, compare
from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.sources.source import Source

_REMEDY = (
    'give labels in classes that the model has, merges or splits (--label-set names those of a '
    'topic or a folder), or a model that was trained on these'
)


@dataclass(frozen=True)
class Camera:
    """
    One image topic of one source.

    :param prefix: Before the names of its outputs; tells sources with equal topics apart.
    :param labels: The classes of the masks.
    :param truth: Those of the ground truth; None without any.
    """

    source: str
    topic: str
    prefix: str
    labels: LabelSet
    truth: LabelSet | None

    @property
    def key(self) -> str:
        """Name of its clip memory."""
        return self.prefix + self.topic

    def output(self, name: str) -> str:
        """Name an output, as ``mask``."""
        return self.prefix + segmentation_topic(self.topic, name)

    @cached_property
    def compared(self) -> Comparison:
        """
        The classes of the figures, and how ids of masks and labels become theirs.

        :raises LabelSetError: if it is not known which classes are the same.
        """
        return compare(self.labels, self.truth or self.labels, remedy=_REMEDY)


def cameras_of(source: Source, prefix: str, labels: LabelSet) -> dict[str, Camera]:
    """
    Describe the topics of a source, by name.

    :raises LabelSetError: if the ground truth has classes that those of the masks do not refine.
    :raises ReplayError: if the masks of two topics would go to one.
    """
    by_output: dict[str, str] = {}
    for topic in source.topics:
        mask = segmentation_topic(topic, 'mask')
        first = by_output.setdefault(mask, topic)
        if first != topic:
            raise ReplayError(
                f'the masks of {first} and of {topic} would both go to {mask}; name one of them '
                'with --topic, and replay the other by itself'
            )
    cameras = {
        topic: Camera(source.name, topic, prefix, labels, source.label_set)
        for topic in source.topics
    }
    for camera in cameras.values():
        _ = camera.compared
    return cameras
