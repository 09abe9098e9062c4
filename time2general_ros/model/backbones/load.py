"""Reading a frozen encoder through `transformers`, which is imported when one is read."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from time2general_ros.model.attention import attend
from time2general_ros.model.backbones.dinov2 import Dinov2ViT
from time2general_ros.model.backbones.dinov3 import Dinov3ViT
from time2general_ros.model.backbones.frozen_vit import FrozenViT
from time2general_ros.model.backbones.source import BackboneError, find_encoder, identify

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
    transformers.AttentionInterface.register(ATTENTION, attention)
    try:
        config: Any = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
        family = FAMILIES.get(config.model_type)
        if family is None:
            raise BackboneError(
                f'{folder} holds a model of type {config.model_type!r}; known are '
                f'{sorted(FAMILIES)}'
            )
        model, report = getattr(transformers, family.reader).from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            attn_implementation=ATTENTION,
            output_loading_info=True,
        )
    except (OSError, ValueError) as error:
        raise BackboneError(
            f'cannot read the encoder in {folder}: {error}; it needs config.json and '
            'model.safetensors as written by save_pretrained'
        ) from error
    # `transformers` gives what is missing random values.
    if missing := sorted(report['missing_keys']):
        raise BackboneError(
            f'the weights in {folder} lack {missing[:3]} and {len(missing[3:])} more; fetch the '
            'encoder again'
        )
    vit = getattr(model, family.part) if family.part else model
    return family.runner(vit, identify(source, folder), size)


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
