"""The 19 classes of Cityscapes, in which the synthetic streets and the shipped models see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.labels.files import load_label_set

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet

STREETS = 'cityscapes19'


def street_labels() -> LabelSet:
    """Return the classes of a street; an id in a synthetic drive or a vote is one of these."""
    return load_label_set(STREETS)
