"""The pictures of a camera: strips of its worst moments, and sampled frames."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from time2general_ros.report.replay.film import Film
from time2general_ros.report.replay.strips import make_strip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.report.replay.film import Still
    from time2general_ros.report.replay.strips import Look, Strip

    Pixels = npt.NDArray[np.uint8]

# What worst moments may take of the budget; sampled frames have the rest.
_OF_MOMENTS = 0.75


class Album:
    """
    Collects pictures within a budget.

    Where those of worst moments do not fit, the least of these go without. All frames of the
    others stay in the film: whoever follows a moment finds them there.

    :param moments: The places of the frames of each strip by its number, the worst moment first.
    :param colours: RGB, uint8 [256, 3], of the classes of the masks.
    :param budget: Bytes in the page.
    """

    def __init__(self, moments: Mapping[int, Sequence[int]], colours: Pixels, budget: int) -> None:
        self._shown = dict(moments)
        self._colours = colours
        self._budget = budget
        self._film = Film(colours, {*chain(*moments.values())})
        self._held: dict[int, Look] = {}
        self.strips: dict[int, Strip] = {}

    @property
    def stills(self) -> Sequence[Still]:
        """The sampled frames, in order."""
        return self._film.stills

    @property
    def size(self) -> int:
        """Bytes in the page."""
        return self._film.size + self._size_of_strips

    def add(self, look: Look) -> None:
        """Take the next frame."""
        self._film.add(look.place, look.image, look.mask)
        if any(look.place in places for places in self._shown.values()):
            self._held[look.place] = look
        for number, places in self._shown.items():
            if look.place == places[-1]:
                looks = [self._held[place] for place in places]
                stills = [self._film.kept[place] for place in places]
                self.strips[number] = make_strip(looks, stills, self._colours)
                self._held = {}
        while self._shown and self._size_of_moments > _OF_MOMENTS * self._budget:
            self._give_up(max(self._shown))
        self._film.fit(self._budget - self._size_of_strips)

    @property
    def _size_of_moments(self) -> int:
        return self._size_of_strips + sum(still.size for still in self._film.kept.values())

    @property
    def _size_of_strips(self) -> int:
        return sum(strip.size for strip in self.strips.values())

    def _give_up(self, number: int) -> None:
        """Show a moment without pictures."""
        self._film.release(self._shown.pop(number))
        self.strips.pop(number, None)
