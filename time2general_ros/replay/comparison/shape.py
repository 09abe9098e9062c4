"""What a comparison needs of ``results.json`` and ``fleet.json``, and what one lacks."""

from __future__ import annotations

from typing import Any

_NUMBER, _NONE = (int, float), type(None)
# A type; alternatives in a tuple; the shape of all entries of a list, of which there is one at
# least; or shapes by key. A key that is missing holds None.
RESULTS_SHAPE: Any = {
    'run_id': str,
    'partial': (_NONE, list),
    'settings': {
        'memory': [str],
        **dict.fromkeys(('start', 'end', 'every', 'image_bits', 'rate_hz'), (*_NUMBER, _NONE)),
        'split': (str, _NONE),
    },
    'model': {'name': str, 'label_set': (str, dict)},
    'scored': (_NONE, {'label_set': str, 'classes': [str], 'colours': [[int]]}),
    'sources': [
        {
            **dict.fromkeys(('name', 'path', 'kind', 'fingerprint'), str),
            'topics': [{'topic': str, 'mask_topic': str}],
        }
    ],
}

# Likewise of ``fleet.json``.
FLEET_SHAPE: Any = {
    'recordings': [
        {
            **dict.fromkeys(('name', 'source', 'status'), str),
            'folder': (str, _NONE),
            # Fleets of earlier versions have none.
            'tags': (_NONE, list),
        }
    ],
}


def flaw(value: Any, shape: Any, name: str = '') -> str | None:
    """
    Compare a JSON value with a shape.

    :param name: Of the value, for the message.
    :returns: What is wrong with it; None if nothing is.
    """
    if isinstance(shape, tuple):
        found = [flaw(value, one, name) for one in shape]
        return None if None in found else found[-1]
    if isinstance(shape, type):
        fits = isinstance(value, shape)
        return None if fits else f'{name} is {_kind(value)}'
    if isinstance(shape, list):
        if not isinstance(value, list) or not value:
            return f'{name} is {_kind(value)}'
        entries = (flaw(one, shape[0], f'{name}[{n}]') for n, one in enumerate(value))
        return next(filter(None, entries), None)
    if not isinstance(value, dict):
        return f'{name} is {_kind(value)}'
    parts = (flaw(value.get(key), part, f'{name}.{key}'.strip('.')) for key, part in shape.items())
    return next(filter(None, parts), None)


def _kind(value: Any) -> str:
    if value is None:
        return 'null or missing'
    return 'empty' if value in ([], {}) else f'of the wrong type {type(value).__name__}'
