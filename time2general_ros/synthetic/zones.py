"""What kind of place each stretch of roadside is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

from time2general_ros.synthetic.layout import Layout
from time2general_ros.synthetic.random_streams import random_stream

CHUNK_LENGTH = 25.6
KINDS = ('buildings', 'park', 'wall', 'fence')


@dataclass(frozen=True)
class Zone:
    """
    A stretch of one side of the road, one chunk long.

    :param kind: One of ``KINDS``.
    :param opening: Start and end of a side street in metres from the start of the chunk.
    """

    kind: str
    opening: tuple[float, float] | None


class Zones:
    """The zones of a street."""

    def __init__(self, seed: int, layout: Layout) -> None:
        self._seed = seed
        self._layout = layout
        self._zone = lru_cache(maxsize=256)(partial(_plan_zone, seed, layout))

    def zone(self, index: int, side: int) -> Zone:
        """Return the zone of a chunk at a side (-1 left, +1 right)."""
        return self._zone(index, side)

    def signals(self, index: int) -> bool:
        """Tell whether traffic lights stand in a chunk: at crossings and some side streets."""
        if self.crossing(index):
            return True
        opens = any(self.zone(index, side).opening for side in (-1, 1))
        return opens and bool(random_stream(self._seed, 'signals', index).random() < 0.6)

    def crossing(self, index: int) -> bool:
        """Tell whether a zebra crossing lies in a chunk."""
        if self._layout.kind == 'highway':
            return False
        return bool(random_stream(self._seed, 'crossing', index).random() < 0.16)


def _plan_zone(seed: int, layout: Layout, index: int, side: int) -> Zone:
    # Chunks share their kind in pairs, so that parks and rows of houses have length.
    kind_rng = random_stream(seed, 'zone', index // 2, side)
    kind = str(kind_rng.choice(KINDS, p=layout.zone_weights))
    rng = random_stream(seed, 'opening', index, side)
    opening = None
    if layout.kind != 'highway' and rng.random() < 0.22:
        start = float(rng.uniform(1, 4))
        opening = (start, start + float(rng.uniform(5, 8)))
    return Zone(kind, opening)
