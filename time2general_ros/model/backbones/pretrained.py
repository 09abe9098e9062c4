"""Reading a model of `transformers` from a folder, and nothing else than what lies there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from time2general_ros.errors import one_line
from time2general_ros.model.backbones.source import BackboneError


def read_pretrained(reader: str, folder: Path, **options: Any) -> Any:
    """
    Read a model in float32, in evaluation mode.

    :param reader: Name of a class of `transformers`; options: passed on to it.
    :raises BackboneError: if files are missing or weights incomplete.
    """
    import transformers

    transformers.utils.logging.disable_progress_bar()
    try:
        model, report = getattr(transformers, reader).from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
            **options,
        )
    # What does not fit in config.json is an error of many kinds, some of them of other packages.
    except Exception as error:
        raise BackboneError(
            f'cannot read the encoder in {folder}: {one_line(error)}; it needs config.json and '
            'model.safetensors as written by save_pretrained'
        ) from error
    # `transformers` gives what is missing random values.
    if missing := sorted(report['missing_keys']):
        raise BackboneError(
            f'the weights in {folder} lack {missing[:3]} and {len(missing[3:])} more; fetch the '
            'encoder again'
        )
    return model.eval()
