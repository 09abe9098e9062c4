"""Reading a frozen encoder through `transformers`, which is imported when one is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from time2general_ros.model.attention import attend
from time2general_ros.model.backbones.dinov2 import Dinov2ViT
from time2general_ros.model.backbones.dinov3 import Dinov3ViT
from time2general_ros.model.backbones.frozen_vit import FrozenViT
from time2general_ros.model.backbones.pretrained import read_pretrained
from time2general_ros.model.backbones.source import BackboneError, find_encoder, identify

if TYPE_CHECKING:
    from pathlib import Path

ATTENTION = 'time2general'


class Family(NamedTuple):
    """
    How the models of one architecture are read.

    :param reader: Class of `transformers` that reads them; part: attribute of the model that is
        the vision transformer, '' for the model itself.
    """

    runner: type[FrozenViT]
    reader: str = 'AutoModel'
    part: str = ''


FAMILIES = {
    'dinov2': Family(Dinov2ViT),
    'dinov2_with_registers': Family(Dinov2ViT),
    'dinov3_vit': Family(Dinov3ViT),
    'depth_anything': Family(Dinov2ViT, 'AutoModelForDepthEstimation', 'backbone'),
}


def load_vit(source: str, size: tuple[int, int], *, download: bool = False) -> FrozenViT:
    """
    Read a frozen vision transformer.

    :param source: See :func:`find_encoder`.
    :param size: Height and width of the images, multiples of 16.
    :raises BackboneError: if it is missing, incomplete or of an unknown architecture.
    """
    import transformers

    folder = find_encoder(source, download=download)
    kind = _architecture(folder)
    family = FAMILIES.get(kind)
    if family is None:
        raise BackboneError(
            f'{folder} holds a model of type {kind!r}; known are {sorted(FAMILIES)}'
        )
    transformers.AttentionInterface.register(ATTENTION, attention)
    model = read_pretrained(family.reader, folder, attn_implementation=ATTENTION)
    vit = getattr(model, family.part) if family.part else model
    return family.runner(vit, identify(source, folder), size)


def _architecture(folder: Path) -> str:
    try:
        config = json.loads((folder / 'config.json').read_text(encoding='utf-8'))
        return str(config['model_type'])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackboneError(
            f'{folder} has no config.json that names its model_type ({error!r}); name a folder as '
            'written by save_pretrained'
        ) from error


def attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """
    Attend as layers of `transformers` want it, scaled by the root of the head width.

    torch has a fused form that stores no scores; graphs get the plain operators, with the scores
    in float32.

    :returns: [B, N, heads, d] and no weights.
    """
    exporting = torch.compiler.is_exporting()
    read = attend if exporting else functional.scaled_dot_product_attention
    return read(query, key, value).transpose(1, 2).contiguous(), None
