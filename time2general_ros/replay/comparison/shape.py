"""What a comparison needs of ``results.json`` and ``fleet.json``, and what one lacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from time2general_ros.replay.errors import ReplayError

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


def read_version(file: Path, version: int, remedy: str) -> dict[str, Any]:
    """
    Read a JSON file of a version.

    :param remedy: What makes the file anew, for the message.
    :raises ReplayError: if it cannot be read, or is of another version.
    """
    try:
        read = json.loads(file.read_text('utf-8'))
    except (OSError, ValueError) as error:
        raise ReplayError(f'{file} cannot be read: {error}; {remedy}') from error
    schema = read.get('schema') if isinstance(read, dict) else None
    if schema != version:
        raise ReplayError(
            f'{file} has schema {schema!r}, and this version reads {version}; {remedy}'
        )
    return dict(read)


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
