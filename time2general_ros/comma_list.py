"""Lists in one word, as in ``1,2,5`` or ``on, off``."""

from __future__ import annotations


def comma_list(text: str) -> tuple[str, ...]:
    """Return what stands between commas, without spaces around; two commas hold an empty text."""
    return tuple(part.strip() for part in text.split(','))
