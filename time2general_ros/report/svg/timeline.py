"""What happened when: one row a kind of event, under a curve of the same times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from time2general_ros.report.svg.axes import BOTTOM, LEFT, RIGHT, lower_edge
from time2general_ros.report.svg.drawing import drawing, element
from time2general_ros.report.svg.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

_NAME, _BAR, _GAP = 18, 16, 6
# Narrower events cannot be seen, and closer ones not be told apart.
_LEAST = 2.0


@dataclass(frozen=True)
class Lane:
    """
    The events of one kind.

    :param events: Beginning and end of each, and what it was, in order; equal times make a stroke.
    """

    name: str
    events: Sequence[tuple[float, float, str]]


def timeline(
    lanes: Sequence[Lane], span: tuple[float, float], width: int, x_label: str, description: str
) -> Markup:
    """
    Draw events; those that fall together are drawn as one, which says how many they are.

    :param span: First and last time of the axis.
    """
    scale = Scale(*span, LEFT, width - RIGHT)
    inside: list[Markup] = []
    bottom = 0
    for row, lane in enumerate(lanes):
        inside += _lane(lane, row, bottom, scale)
        bottom += _NAME + (_BAR if lane.events else 0) + _GAP
    inside += lower_edge(scale, bottom, x_label)
    return drawing((width, bottom + BOTTOM), description, inside)


def _lane(lane: Lane, row: int, top: float, scale: Scale) -> Iterator[Markup]:
    told = f'{lane.name}: {len(lane.events) or "none"}'
    yield element('text', told, x=scale.start, y=top + _NAME - 4)
    if not lane.events:
        return
    bar = {'y': top + _NAME, 'height': _BAR}
    yield element('rect', class_='lane', x=scale.start, width=scale.end - scale.start, **bar)
    for left, right, what in _together(lane, scale):
        place = {'x': min(left, scale.end - _LEAST), 'width': right - left}
        yield element('rect', element('title', what), class_=f'event e{row}', **place, **bar)


def _together(lane: Lane, scale: Scale) -> list[tuple[float, float, str]]:
    drawn: list[tuple[float, float, list[str]]] = []
    for begin, end, told in lane.events:
        left, right = scale.at(begin), max(scale.at(end), scale.at(begin) + _LEAST)
        if drawn and left < drawn[-1][1] + 1:
            before = drawn.pop()
            left, right, texts = before[0], max(right, before[1]), before[2]
        else:
            texts = []
        drawn.append((left, right, [*texts, told]))
    return [
        (left, right, texts[0] if len(texts) == 1 else f'{len(texts)} events, first: {texts[0]}')
        for left, right, texts in drawn
    ]
