"""Folders of vision transformers with random weights, as `save_pretrained` writes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')
transformers = pytest.importorskip('transformers', reason='transformers is not installed')

from time2general_ros.export.folder import write_model_folder  # noqa: E402
from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.config import ModelConfig  # noqa: E402
from time2general_ros.model.network import Time2General  # noqa: E402

SHAPE: dict[str, Any] = {
    'hidden_size': 32,
    'num_hidden_layers': 2,
    'num_attention_heads': 2,
    'initializer_range': 0.2,
}
DINOV2 = {**SHAPE, 'image_size': 70, 'patch_size': 14, 'mlp_ratio': 2}
KINDS = {
    'dinov2': ('Dinov2', DINOV2),
    'dinov2_with_registers': ('Dinov2WithRegisters', {**DINOV2, 'num_register_tokens': 3}),
    'dinov3_vit': (
        'DINOv3ViT',
        {**SHAPE, 'image_size': 64, 'intermediate_size': 64, 'num_register_tokens': 2},
    ),
}

PAPER = {'preset': 'paper', 'adapters': 'every', 'ahead': 2}
WHOLE_PATH = {'encoder_widths': (8, 8, 16, 32), 'encoder_depths': (1, 1, 1)}
VARIANTS = {
    'dinov2': ('dinov2', {}),
    'registers': ('dinov2_with_registers', {}),
    'dinov3': ('dinov3_vit', {}),
    'one tap, every layer': ('dinov2', {'taps': (2,), 'adapters': 'every'}),
    'paper': ('dinov2', PAPER),
    'whole path': ('dinov2', {**WHOLE_PATH}),
    'no exchange': ('dinov2', {'adapters': 'none'}),
}


def save_vit(folder: Path, kind: str = 'dinov2', seed: int = 3) -> Path:
    """Write a model of random weights in which every part matters."""
    name, settings = KINDS[kind]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        config = getattr(transformers, f'{name}Config')(**settings)
        model = getattr(transformers, f'{name}Model')(config)
        for key, parameter in model.named_parameters():
            if key.endswith(('cls_token', 'position_embeddings', 'register_tokens', 'bias')):
                parameter.normal_()
    model.save_pretrained(folder)
    return folder


def tiny_config(folder: Path, **changes: Any) -> ModelConfig:
    """Give a network around a saved model that is small enough to test with."""
    return ModelConfig.from_dict(
        {
            'preset': 'small',
            'height': 64,
            'width_px': 128,
            'width': 32,
            'heads': 4,
            'context_queries': 2,
            'descriptor': 16,
            'mask_width': 8,
            'encoder_widths': (8, 8, 16, 0),
            'encoder_depths': (1, 1, 0),
            'backbone': str(folder),
            'taps': (1, 2),
            **changes,
        }
    )


def lively(network: Time2General) -> Time2General:
    """Let no path of a fresh network be idle."""
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith('scale') and parameter.requires_grad:
                parameter.fill_(0.5)
            elif name.endswith(('skip4.weight', 'down4.weight')) or name.startswith('taps.'):
                parameter.normal_()
    return network.eval()


def make(config: ModelConfig) -> Time2General:
    """Build a network of random weights in which no path is idle."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return lively(build_model(config))


@cache
def _exported(name: str) -> tuple[TemporaryDirectory[str], Path, ModelConfig]:
    place = TemporaryDirectory()
    root = Path(place.name)
    kind, changes = VARIANTS[name]
    config = tiny_config(save_vit(root / 'vit', kind), **changes)
    weights = make(config).state_dict()
    return place, write_model_folder(weights, config, root / 'out', {'name': 't'}), config


def exported(name: str) -> tuple[Path, ModelConfig]:
    """Give the model folder of one of the variants, made once a session, and its network."""
    _, folder, config = _exported(name)
    return folder, config
