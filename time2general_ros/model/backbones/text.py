"""Class names to text embeddings by a CLIP text encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from time2general_ros.model.backbones.pretrained import read_pretrained
from time2general_ros.model.backbones.source import BackboneError, find_encoder, identify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from time2general_ros.model.backbones.source import Identity


def embed_prompts(
    source: str, prompts: Mapping[str, Sequence[str]], *, download: bool = False
) -> tuple[Tensor, Identity]:
    """
    Embed the prompts of each class (Radford et al., 2021) and average them.

    :param source: A CLIP model or its text half, see :func:`find_encoder`.
    :returns: float32 [classes, W], rows of length 1 in the order of prompts; and the encoder.
    :raises BackboneError: if the encoder or its tokenizer is missing.
    """
    import transformers

    folder = find_encoder(source, download=download)
    model = read_pretrained('CLIPTextModelWithProjection', folder)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise BackboneError(f'cannot read the tokenizer in {folder}: {error}') from error
    rows = []
    for texts in prompts.values():
        tokens = tokenizer(list(texts), padding=True, truncation=True, return_tensors='pt')
        with torch.no_grad():
            embeddings = functional.normalize(model(**tokens).text_embeds, dim=1)
        rows.append(functional.normalize(embeddings.mean(dim=0), dim=0))
    return torch.stack(rows), identify(source, folder)
