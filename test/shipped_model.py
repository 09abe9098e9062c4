"""The model that ships with the package."""

from __future__ import annotations

import pytest

from time2general_ros.share import share_folder
from time2general_ros.streaming.model_folder import ModelFolder, load_model_folder


def shipped_folder() -> ModelFolder:
    """Give the shipped model, or skip where there is none."""
    folder = share_folder() / 'models' / 'compact'
    if not (folder / 'card.json').is_file():
        pytest.skip(f'no model at {folder}')
    return load_model_folder(None)
