"""Classes that are of a side: a mirrored picture shows the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet

SIDES = frozenset({'left', 'right'})
# As in left_lane, "lane, left", LeftLane and LEFT; not as in bright.
_WORD = re.compile(r'[A-Z]?[a-z]+|[A-Z]+')


def sided_classes(labels: LabelSet) -> list[str]:
    """List the classes whose names say left or right."""
    return [
        name for name in labels.classes if SIDES & {word.lower() for word in _WORD.findall(name)}
    ]
