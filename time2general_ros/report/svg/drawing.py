"""Elements of SVG, with everything escaped that is not an element itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable


def element(name: str, *children: object, **attributes: object) -> Markup:
    """
    Make an element.

    :param children: Elements, or texts, which are escaped.
    :param attributes: ``_`` in a name stands for ``-``, and one at its end is left out; an
        attribute that is None is left out.
    """
    words = ''.join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup('').join(escape(child) for child in children)
    return Markup(f'<{name}{words}>{inner}</{name}>')


def drawing(
    size: tuple[int, int], description: str, children: Iterable[Markup], **attributes: object
) -> Markup:
    """
    Make an SVG.

    :param size: Width and height in pixels; the SVG shrinks and grows with its place.
    :param description: What a screen reader says.
    """
    width, height = size
    return element(
        'svg',
        *children,
        viewBox=f'0 0 {width} {height}',
        **{'role': 'img', 'aria_label': description, **attributes},
    )


def _text(value: object) -> str:
    """Write a length to a tenth of a pixel."""
    return f'{round(value, 1):g}' if isinstance(value, float) else str(value)
