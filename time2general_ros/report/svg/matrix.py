"""A matrix as shades of one colour, with the numbers in its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.report.svg.drawing import drawing, element

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

# The names of the columns lean over to the right.
_LEFT, _TOP, _RIGHT = 108, 92, 36
# Fields smaller than that hold no number.
_NUMBER = 24


def matrix_plot(
    shares: Sequence[Sequence[float | None]],
    names: tuple[Sequence[str], Sequence[str]],
    width: int,
    description: str,
) -> Markup:
    """
    Draw shares.

    :param shares: By row and column, percent; None where there is nothing.
    :param names: Of the rows and of the columns.
    """
    rows, columns = names
    side = min(40.0, (width - _LEFT - _RIGHT) / max(1, len(columns)))
    inside = [*_names(rows, columns, side)]
    for y, row in enumerate(shares):
        for x, share in enumerate(row):
            if share is not None:
                told = f'{rows[y]} as {columns[x]}: {share:.2f} %'
                inside.append(_field(_LEFT + x * side, _TOP + y * side, side, share, told))
    height = int(_TOP + side * len(rows) + 4)
    return drawing((width, height), description, inside)


def _field(x: float, y: float, side: float, share: float, told: str) -> Markup:
    # The eye tells small shares apart better than large ones.
    shade = {'fill_opacity': f'{(share / 100) ** 0.5:.3f}'}
    pieces = [
        element('title', told),
        element('rect', class_='field', x=x, y=y, width=side - 1, height=side - 1, **shade),
    ]
    if side >= _NUMBER and share >= 0.05:
        look = 'on-field' if share > 35 else 'in-field'
        number = f'{share:.0f}' if share >= 1 else f'{share:.1f}'
        place = {'x': x + side / 2, 'y': y + side / 2 + 4}
        pieces.append(element('text', number, class_=look, text_anchor='middle', **place))
    return element('g', *pieces)


def _names(rows: Sequence[str], columns: Sequence[str], side: float) -> Iterator[Markup]:
    for number, name in enumerate(rows):
        y = _TOP + (number + 0.5) * side + 4
        yield element('text', name[:16], x=_LEFT - 6, y=y, text_anchor='end')
    for number, name in enumerate(columns):
        x = _LEFT + (number + 0.5) * side + 4
        turned = f'rotate(-60 {x:.1f} {_TOP - 6})'
        yield element('text', name[:16], x=x, y=_TOP - 6, transform=turned)
