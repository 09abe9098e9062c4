"""A model folder made anew for the engine, image size and cameras of its target."""

from __future__ import annotations

from dataclasses import dataclass, replace
import os
from typing import TYPE_CHECKING

import onnx
from safetensors.torch import load_file

from time2general_ros.errors import Time2GeneralError
from time2general_ros.export.folder import write_model_folder
from time2general_ros.export.memory import clip_memory_bytes, peak_bytes
from time2general_ros.model.config import ModelConfig
from time2general_ros.new_folder import new_folder
from time2general_ros.streaming.engines.options import AUTO
from time2general_ros.streaming.model_folder import CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    from time2general_ros.streaming.model_folder import ModelFolder

MB = 2**20
# Engine: the precisions of its graphs, its default first. What OpenVINO and PyTorch compute in is
# chosen when they run.
PRECISIONS = {
    'openvino': ('f32',),
    'onnxruntime': ('f32', 'f16'),
    'tensorrt': ('f16', 'bf16', 'f32'),
    'torch': ('f32',),
}
# Entries of a card that are written anew.
_MADE = {'format', 'label_set', CLASSES, 'parameters', 'input', 'memory', 'config', 'frozen'}
_MADE |= {'files', 'mask_stride', 'precision', 'exported_for'}


class ExportError(Time2GeneralError):
    """A model cannot be exported as asked."""


@dataclass(frozen=True)
class Target:
    """
    What a model is exported for.

    :param engine: A key of :data:`PRECISIONS`; precision: one of its, or auto.
    :param size: Height and width that the network sees; None for those of the model.
    :param cameras: Largest number of frames that are decided in one step.
    :param memory_mb: What a step may need, in MB; None for the memory of this machine.
    """

    engine: str
    precision: str = AUTO
    size: tuple[int, int] | None = None
    cameras: int = 1
    memory_mb: float | None = None

    @property
    def graph_precision(self) -> str:
        """
        Say what the graph is made of.

        :raises ExportError: if there is no such engine, or not in that precision.
        """
        if self.engine not in PRECISIONS:
            raise ExportError(
                f'there is no engine {self.engine!r}; there are: {", ".join(PRECISIONS)}'
            )
        known = PRECISIONS[self.engine]
        if self.precision not in (AUTO, *known):
            raise ExportError(
                f'a graph for {self.engine} cannot be of {self.precision!r}; give auto or '
                f'{", ".join(known)}'
                + ('' if len(known) > 1 else '; others are chosen when the engine runs')
            )
        return known[0] if self.precision == AUTO else self.precision


def export_model(model: ModelFolder, target: Target, out: Path) -> Path:
    """
    Write a model folder for a target; it is there as a whole or not at all.

    :param model: Only its card and its weights are read.
    :param out: Must not exist, or be an empty folder.
    :returns: the folder.
    :raises ExportError: if the target is unusable or needs too much memory.
    :raises NewFolderError: if the folder cannot be made.
    :raises ConfigError: if the network cannot have that size, or its frozen encoder is missing.
    :raises ModelError: if the weights are missing or altered.
    """
    precision = target.graph_precision
    config = _config(model, target)
    _check_budget(clip_memory_bytes(config, target.cameras), config, target)
    weights = load_file(model.verified('weights.safetensors'))
    about = {key: value for key, value in model.card.items() if key not in _MADE}
    if precision != 'f32' or target.size not in (None, model.input_size):
        about.pop('figures', None)
    about['exported_for'] = target.engine
    with new_folder(out) as folder:
        write_model_folder(
            weights, config, folder, about, cameras=target.cameras, precision=precision
        )
        _check_budget(peak_bytes(onnx.load(folder / 'model.onnx')), config, target)
    return out


def _config(model: ModelFolder, target: Target) -> ModelConfig:
    config = ModelConfig.from_dict(model.card['config'])
    if target.size is None:
        return config
    height, width = target.size
    return replace(config, height=height, width_px=width)


def _check_budget(needed: int, config: ModelConfig, target: Target) -> None:
    budget = target.memory_mb or os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / MB
    if needed > budget * MB:
        raise ExportError(
            f'{target.cameras} cameras at {config.height}x{config.width_px} need '
            f'{needed / MB:.0f} MB, the budget is {budget:.0f} MB; take fewer cameras or a '
            'smaller --size, or raise --memory-mb if the target has more'
        )
