"""Names for what has none of its own in ROS."""

from __future__ import annotations

import re


def topic_name(text: str) -> str:
    """Make an image topic of the name of a file, a folder or a data set."""
    word = re.sub(r'[^A-Za-z0-9_]+', '_', text).strip('_') or 'camera'
    return f'/{word if word[0].isalpha() else f"camera_{word}"}/image_raw'
