"""Tiny recipes that come after each other, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from tiny_model import TINY
from training_samples import write_camvid

STAGE = {'batch': 1, 'frames': 1, 'sources': {'camvid': 1}, 'crop': [64, 64], 'warm_up': 1}
MODEL = {k: list(v) if isinstance(v, tuple) else v for k, v in TINY.to_dict().items()}


def write_recipe(folder: Path, name: str, **values: Any) -> Path:
    """Write a recipe of three steps on two stills, which lie in the same folder."""
    stages = [{'name': 'images', 'steps': 2, **STAGE}, {'name': 'more', 'steps': 1, **STAGE}]
    whole = {'name': name, 'model': MODEL, 'camvid': str(folder), 'stages': stages, **values}
    path = folder / f'{name}.yaml'
    YAML(typ='safe', pure=True).dump(whole, path)
    return path


def write_chain(folder: Path) -> Path:
    """Write recipes a, b after a, and c after both; return c, with runs in ``folder/run``."""
    write_camvid(folder)
    runs = folder / 'run'
    a, b = str(runs / 'a'), str(runs / 'b')
    write_recipe(folder, 'a', seed=1)
    write_recipe(folder, 'b', seed=2, after={a: 'a.yaml'}, start=f'{a}/weights.safetensors')
    return write_recipe(
        folder,
        'c',
        seed=3,
        after={b: 'b.yaml', a: 'a.yaml'},
        start=f'{b}/model',
        imitate={'weights': f'{a}/stages/00.safetensors', 'model': MODEL},
        average=['more', f'{b}/weights.safetensors'],
    )
