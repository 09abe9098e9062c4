"""The image topics of a run: what they are called in it, and what they are scored in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.bags.topic_names import segmentation_topic

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.labels import LabelSet
    from time2general_ros.replay.sources.source import Source


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

    @property
    def scored(self) -> LabelSet:
        """The classes of the figures."""
        return self.truth or self.labels

    @cached_property
    def merged(self) -> npt.NDArray[np.uint8]:
        """From ids of the masks to ids of the figures, uint8 [256]."""
        if self.truth is None:
            return np.arange(256, dtype=np.uint8)
        return self.truth.merge_table()


def cameras_of(source: Source, prefix: str, labels: LabelSet) -> dict[str, Camera]:
    """Describe the topics of a source, by name."""
    return {
        topic: Camera(source.name, topic, prefix, labels, source.label_set)
        for topic in source.topics
    }
