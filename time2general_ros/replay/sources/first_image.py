"""Sources that were read as far as their first image, to make sure that there is one."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from time2general_ros.replay.sources.source import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from time2general_ros.replay.sources.source import Copied, Source

# Copies before the first image that are kept; of more the source is read once more.
MOST_BYTES = 64_000_000


class FirstImage:
    """
    Reads sources up to their first image, and gives what was read to whoever goes on.

    What lies before may be an hour of a recording, which is not read twice.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._begun: dict[int, Iterator[Picture | Copied]] = {}

    def exists(self) -> bool:
        """
        Read on until there is one; tell whether there is.

        :raises Time2GeneralError: if a source is unusable, or the labels of that image are.
        """
        return any(self._find(number) for number in range(len(self._sources)))

    def items(self, number: int, skip: int) -> Iterator[Picture | Copied]:
        """
        Read a source, as :meth:`~.Source.items`.

        :param number: Of the source.
        """
        begun = self._begun.pop(number, None)
        return self._sources[number].items(skip) if skip or begun is None else begun

    def _find(self, number: int) -> bool:
        """Read one source."""
        items = self._sources[number].items()
        held: list[Picture | Copied] = []
        left = MOST_BYTES
        for item in items:
            held.append(item)
            if isinstance(item, Picture):
                self._begun[number] = chain(held, items)
                return True
            left -= len(item.raw.data)
            if left < 0:
                return any(isinstance(one, Picture) for one in items)
        self._begun[number] = iter(held)
        return False
