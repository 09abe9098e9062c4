"""Folders of vision transformers with random weights, as `save_pretrained` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')
transformers = pytest.importorskip('transformers', reason='transformers is not installed')

from time2general_ros.model.config import ModelConfig  # noqa: E402

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
