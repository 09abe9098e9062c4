"""The sampled frames of a camera, as many as a page holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from time2general_ros.report.pictures import photo, shrunk, tint

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Still:
    """
    One frame of a film.

    :param place: Of its row among those of its camera.
    :param image: Address of the picture.
    :param mask: Address of the colours of its classes.
    """

    place: int
    image: str
    mask: str

    @property
    def size(self) -> int:
        """Bytes in the page."""
        return len(self.image) + len(self.mask)


class Film:
    """
    Collects frames; where they are too many, every second one is left out again.

    :param keep: Frames that stay until they are released, by their places.
    """

    def __init__(self, colours: Pixels, keep: Collection[int]) -> None:
        self._colours = colours
        self._keep = frozenset(keep)
        self._step = 1
        self._met = 0
        self.stills: list[Still] = []

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return sum(still.size for still in self.stills)

    @property
    def kept(self) -> dict[int, Still]:
        """The frames that stay, by their places."""
        return {still.place: still for still in self.stills if still.place in self._keep}

    def add(self, place: int, image: Pixels, ids: Pixels) -> None:
        """
        Take the next frame.

        :param image: RGB, uint8 [H, W, 3].
        :param ids: Of its classes, uint8 [H, W].
        """
        is_due = place in self._keep or self._met % self._step == 0
        self._met += place not in self._keep
        if is_due:
            mask = tint(shrunk(ids), self._colours)
            self.stills.append(Still(place, photo(shrunk(image)), mask))

    def release(self, places: Collection[int]) -> None:
        """Let frames go like others where room is needed."""
        self._keep -= frozenset(places)

    def fit(self, budget: int) -> None:
        """Leave out frames until they take no more than so many bytes."""
        while self.size > budget and self._thin():
            self._step *= 2

    def _thin(self) -> bool:
        """Leave out every second frame that need not stay, or the last; tell if there was any."""
        free = [still for still in self.stills if still.place not in self._keep]
        gone = {still.place for still in free[1::2] or free}
        self.stills = [still for still in self.stills if still.place not in gone]
        return bool(gone)
