"""What ``card.json`` of a model folder must say, checked before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
import math
import re
import reprlib
from typing import Any

LARGEST_CARD = 1 << 20
"""Bytes; a card takes a few thousand."""
# What a card must have: values, and mappings with what they must hold.
NEEDED = {
    'format': None,
    'name': None,
    'label_set': None,
    'input': ('height', 'width'),
    'memory': ('slots', 'tokens', 'width'),
    'config': (),
    'files': (),
}
# Largest whole numbers, far beyond any network: what is larger would only exhaust the memory.
LARGEST = {
    **dict.fromkeys(('input.height', 'input.width'), 16384),
    'input.cameras': 1024,
    'memory.slots': 1024,
    'memory.tokens': 1 << 20,
    'memory.width': 1 << 16,
}
MOST_VALUES = 1 << 30
STRIDES = (1, 2, 4)
"""Of class ids, in pixels of the input; where a card does not say it, the last."""
_SHA256 = re.compile(r'[0-9a-f]{64}')
_FILE = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.-]*')


def missing_entries(card: Any) -> Iterator[str]:
    """Name the entries that a card should have and has not."""
    for name, parts in NEEDED.items():
        value = card.get(name) if isinstance(card, dict) else None
        if value is None or (parts is not None and not isinstance(value, dict)):
            yield name
        else:
            yield from (f'{name}.{part}' for part in parts or () if part not in value)


def wrong_entries(card: dict[str, Any]) -> Iterator[str]:
    """Say which entries of a card that lacks none are not what they must be, and what that is."""
    for name in ('name', 'label_set', 'precision'):
        if name in card and not (isinstance(card[name], str) and card[name].isprintable()):
            yield _wrong(name, card[name], 'a text of one line')
    for place, most in LARGEST.items():
        group, _, name = place.partition('.')
        value = card[group].get(name, 1)
        if not is_whole(value, most):
            yield _wrong(place, value, f'a whole number from 1 to {most}')
            return
    stride = card.get('mask_stride', STRIDES[-1])
    if not is_whole(stride, STRIDES[-1]) or stride not in STRIDES:
        yield _wrong('mask_stride', stride, f'one of {", ".join(map(str, STRIDES))}')
    yield from _wrong_sizes(card)
    for name in ('mean', 'std'):
        value = card['input'].get(name, [1.0, 1.0, 1.0])
        if not _are_three_numbers(value):
            yield _wrong(f'input.{name}', value, 'a list of three numbers')
    for name, digest in card['files'].items():
        if not _FILE.fullmatch(name):
            yield f'files names {reprlib.repr(name)}, which is no file of the folder'
        elif not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
            yield _wrong(f'files.{name}', digest, 'a SHA-256 in hexadecimal')


def _wrong_sizes(card: dict[str, Any]) -> Iterator[str]:
    """Say what is wrong with whole numbers that belong together."""
    memory = card['memory']
    count = memory['slots'] * memory['tokens'] * memory['width']
    if count > MOST_VALUES:
        yield f'memory is of {count} values, more than {MOST_VALUES}'
    parts = memory.get('parts', {})
    ends = list(parts.values()) if isinstance(parts, dict) else [0]
    if not all(is_whole(end, memory['tokens']) for end in ends) or any(
        later <= before for before, later in pairwise(ends)
    ):
        yield _wrong('memory.parts', parts, 'names with ascending numbers of tokens')


def is_whole(value: Any, most: int) -> bool:
    """Tell whether a value of JSON is a whole number from 1 to some other."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _are_three_numbers(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(number, (int, float)) and math.isfinite(number) for number in value)
    )


def _wrong(place: str, value: Any, right: str) -> str:
    return f'{place} is {reprlib.repr(value)}, not {right}'
