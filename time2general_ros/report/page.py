"""Pages of one file each: nothing is fetched, and nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from time2general_ros import __version__
from time2general_ros.evaluation.report import write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

# Widths of a plot in pixels, on a screen and on a telephone.
WIDE, NARROW = 920, 340
NOTHING = 'n/a'
MINUS = '\N{MINUS SIGN}'


@dataclass(frozen=True)
class Table:
    """
    Numbers for those who want them exactly, and for machines that read aloud.

    :param rows: Texts or elements; the first cell names the row.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Plot:
    """
    A plot with what belongs to it.

    :param drawings: For a wide and for a narrow page, see :func:`drawn`.
    :param rule: How the numbers came about, in a sentence or two.
    :param table: The same numbers.
    :param legend: Names of the series in their order.
    :param signs: Whether series are ``lines`` or ``blocks``.
    """

    title: str
    drawings: Markup
    rule: str
    table: Table
    legend: Sequence[str] = ()
    signs: str = 'lines'


def drawn(draw: Callable[[int], Markup]) -> Markup:
    """Draw a plot once for a wide page and once for a narrow one, of which one is shown."""
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(
        draw(WIDE), draw(NARROW)
    )


def figure(value: float | None, unit: str = '', digits: int = 2) -> str:
    """Write a figure; ``n/a``, never 0, where there was nothing to measure."""
    if value is None:
        return NOTHING
    return f'{value:,.{digits}f}{unit and f" {unit}"}'


def signed(value: float | None, unit: str = '') -> str:
    """Write a difference with its sign; ``n/a`` where there is none."""
    if value is None:
        return NOTHING
    written = f'{value:+,.2f}'.replace('-', MINUS)
    return f'{written}{unit and f" {unit}"}'


def hexadecimal(colour: Sequence[int]) -> str:
    """Write a colour (red, green, blue) as style sheets do."""
    return '#{:02x}{:02x}{:02x}'.format(*colour)


def render(template: str, **values: Any) -> str:
    """
    Fill in a template that extends ``page.html``.

    :param template: Name of a file in ``templates/``.
    :param values: All that it names; what is missing is an error. Texts are escaped.
    """
    return _environment().get_template(template).render(**values)


def write_page(path: Path, template: str, **values: Any) -> None:
    """
    Write a page, whole or not at all.

    :raises ReportError: if it cannot be written.
    """
    write_bytes(path, render(template, **values).encode())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {'text_of': lambda name: Markup(_source(name)), 'version': __version__}
    environment.filters |= {'figure': figure, 'signed': signed}
    return environment


def _source(name: str) -> str:
    return (files(__package__) / 'templates' / name).read_text('utf-8')
