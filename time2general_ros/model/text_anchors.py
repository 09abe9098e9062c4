"""Text embeddings of the classes: computed once, stored, and constant from then on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from time2general_ros.model.config import ConfigError, ModelConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import Tensor

    from time2general_ros.model.backbones.source import Identity

TABLE = 'anchors'
# One of the prompts in the overview figure of Time2General.
TEMPLATES = ('a street lined with {}',)


def prompts_of(
    classes: Sequence[str], templates: Sequence[str] = TEMPLATES
) -> dict[str, list[str]]:
    """Put each class name into each template."""
    return {
        name: [template.format(name.replace('_', ' ')) for template in templates]
        for name in classes
    }


def save_anchors(
    path: Path, table: Tensor, prompts: Mapping[str, Sequence[str]], encoder: Identity
) -> None:
    """Write the table [classes, W] with its prompts and the identity of its text encoder."""
    about = {'prompts': json.dumps(prompts), 'encoder': json.dumps(encoder._asdict())}
    save_file({TABLE: table.contiguous()}, path, metadata=about)


def load_anchors(path: Path, config: ModelConfig) -> Tensor:
    """
    Read a table of anchors, float32 [classes, anchor_width].

    :raises ConfigError: if it cannot be read or is of another shape.
    """
    try:
        with safe_open(path, framework='pt') as stored:
            table: Tensor = stored.get_tensor(TABLE)
    except (OSError, SafetensorError) as error:
        raise ConfigError(
            f'cannot read the text anchors {path}: {error}; make them: time2general anchors'
        ) from error
    if tuple(table.shape) != (config.classes, config.anchor_width):
        raise ConfigError(
            f'{path} holds text anchors of shape {tuple(table.shape)}; the configuration has '
            f'classes {config.classes} and anchor_width {config.anchor_width}'
        )
    return table.float()
