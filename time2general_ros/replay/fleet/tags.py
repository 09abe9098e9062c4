"""Tags of recordings, by which those that are alike are told: ``drive.mcap tag=night,rain``."""

from __future__ import annotations

import re

from time2general_ros.replay.errors import ReplayError
from time2general_ros.user_path import user_path

_SUFFIX = re.compile(r'(?P<source>.*\S)\s+(?P<key>tags?\s*)=(?P<tags>.*)', re.IGNORECASE)
_TAG = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.:-]*')
USAGE = 'letters, digits and _ . : - with commas between them, as tag=night,rain'


def split_tags(word: str) -> tuple[str, tuple[str, ...]]:
    """
    Tell a recording, pattern or list from the tags behind it.

    :returns: It, and the tags in order of their names. What is a file of that whole name has none.
    :raises ReplayError: if a tag is none.
    """
    match = _suffix(word)
    if not match:
        return word, ()
    if match['key'] != 'tag' or _suffix(match['source']):
        raise ReplayError(f'{word}: tags stand behind one tag=, as tag=night,rain')
    tags = match['tags'].rstrip().split(',')
    for tag in tags:
        if not is_tag(tag):
            raise ReplayError(f'{word}: {tag!r} is no tag; give {USAGE}')
    return match['source'], tuple(sorted({*tags}))


def _suffix(word: str) -> re.Match[str] | None:
    return None if user_path(word).exists() else _SUFFIX.fullmatch(word)


def is_tag(text: str) -> bool:
    """Tell whether a word may be a tag."""
    return _TAG.fullmatch(text) is not None
