"""Colours for classes that were given none."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from time2general_ros.labels.label_set import Colour

# The golden ratio: hues one such step apart never come close to an earlier one for long.
STEP = 0.618033988749895
# Saturation and brightness take turns, so that neighbours in hue differ in them.
SHADES = ((0.75, 0.95), (0.5, 0.75), (1.0, 0.6), (0.4, 1.0))


def fresh_colours(count: int, taken: Collection[Colour] = ()) -> list[Colour]:
    """Make RGB colours that differ from each other and from those that are taken, none black."""
    found: dict[Colour, None] = {}
    number = 0
    while len(found) < count:
        saturation, value = SHADES[number % len(SHADES)]
        red, green, blue = colorsys.hsv_to_rgb(number * STEP % 1, saturation, value)
        colour = round(255 * red), round(255 * green), round(255 * blue)
        if colour not in taken:
            found.setdefault(colour)
        number += 1
    return list(found)
