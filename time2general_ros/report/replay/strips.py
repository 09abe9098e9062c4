"""Three frames in a row around a worst moment: image, masks, and the pixels that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from time2general_ros.evaluation.correspondence import ImageFlow, follow, reduced
from time2general_ros.report.pictures import changes, photo, shrunk, tint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.report.replay.film import Still

    Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """
    A frame and its masks.

    :param image: RGB, uint8 [H, W, 3].
    :param mask: Classes of the figures, uint8 [H, W].
    :param alone: Those of the frame without memory; None if the mask is that.
    """

    place: int
    image: Pixels
    mask: Pixels
    alone: Pixels | None


@dataclass(frozen=True)
class Column:
    """
    One frame of a strip.

    :param still: Image and mask, which stand in the page once.
    :param alone: Address of the colours of its classes without memory; None if the mask is that.
    :param changed: Address of a picture; None where there is no frame before.
    :param changed_pixels: Pixels of the frame before whose class changed.
    """

    still: Still
    alone: str | None
    changed: str | None
    changed_pixels: int | None


@dataclass(frozen=True)
class Strip:
    """Up to three frames in a row."""

    columns: tuple[Column, ...]

    @property
    def size(self) -> int:
        """Bytes in the page beside those of the stills."""
        return sum(len(one.alone or '') + len(one.changed or '') for one in self.columns)


def make_strip(looks: Sequence[Look], stills: Sequence[Still], colours: Pixels) -> Strip:
    """
    Encode a strip.

    :param looks: Up to four frames in a row; the first of four serves for comparison alone.
    :param stills: The same frames.
    :param colours: RGB, uint8 [256, 3], of the classes of the masks.
    """
    columns = [
        _column(looks[number - 1] if number else None, look, still, colours)
        for number, (look, still) in enumerate(zip(looks, stills, strict=True))
    ]
    return Strip(tuple(columns[-3:]))


def _column(before: Look | None, now: Look, still: Still, colours: Pixels) -> Column:
    changed, count = _changed(before, now) if before else (None, None)
    return Column(
        still,
        None if now.alone is None else tint(shrunk(now.alone), colours),
        None if changed is None else photo(shrunk(changed)),
        count,
    )


def _changed(before: Look, now: Look) -> tuple[Pixels, int]:
    """Compare as the flicker along the flow does; the picture is that of the frame before."""
    before_image, before_mask, *before_alone = _reduced(before)
    now_image, now_mask, *now_alone = _reduced(now)
    targets, visible = follow(before_image, now_image, ImageFlow())
    changed = visible & (before_mask != targets.warp(now_mask))
    spared = None
    if before_alone and now_alone:
        spared = visible & (before_alone[0] != targets.warp(now_alone[0]))
    return changes(before_image, changed, spared), int(changed.sum())


def _reduced(look: Look) -> tuple[Pixels, ...]:
    """Make image and masks as small as the flow is measured on; the last is without memory."""
    alone = [] if look.alone is None else [look.alone]
    return reduced(look.image, look.mask, *alone)
