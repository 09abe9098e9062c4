"""What tells the outputs of several sources apart."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from time2general_ros.bags.topic_names import segmentation_topic
from time2general_ros.replay.sources.names import topic_name
from time2general_ros.unique import unique

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.replay.sources.source import Source


def prefixes(sources: Sequence[Source]) -> list[str]:
    """Name what comes before all topics of each source: nothing, unless outputs would meet."""
    if not any(_meet(one, other) for one, other in combinations(sources, 2)):
        return [''] * len(sources)
    names = (topic_name(source.name).rpartition('/')[0] for source in sources)
    return unique(list(names))


def _meet(one: Source, other: Source) -> bool:
    """Tell whether two sources would write to one topic, or one beside the masks of the other."""
    own, others = _own(one), _own(other)
    copies, other_copies = _copies(one), _copies(other)
    return (
        not {*own}.isdisjoint(others)
        or not copies.isdisjoint(other_copies)
        or any(name.startswith(others) for name in copies)
        or any(name.startswith(own) for name in other_copies)
    )


def _own(source: Source) -> tuple[str, ...]:
    return tuple(segmentation_topic(topic, '') for topic in source.topics)


def _copies(source: Source) -> set[str]:
    return {channel.topic for channel in source.channels}
