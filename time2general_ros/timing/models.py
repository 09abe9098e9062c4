"""The models that are timed, each as a folder that the engine loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.imports import pip_install
from time2general_ros.streaming.engines import ENGINES, create_engine
from time2general_ros.streaming.engines.options import AUTO
from time2general_ros.streaming.model_folder import ModelFolder, load_model_folder
from time2general_ros.timing.child import in_child
from time2general_ros.timing.errors import TimingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.streaming.engines.engine import Engine

# Graphs of this engine are plain float32; `auto` may pick any engine that runs those.
PLAIN = 'openvino'


def model_at(
    model: ModelFolder, engine: str, size: tuple[int, int], cameras: int, out: Path
) -> ModelFolder:
    """
    Export a model for another size or number of cameras.

    :raises TimingError: if what exports is not installed.
    :raises Time2GeneralError: if the network cannot have that size.
    """
    _exported(_export, model, engine, size, cameras, out)
    return load_model_folder(out)


def model_with_slots(model: ModelFolder, slots: int, out: Path) -> ModelFolder:
    """
    Export a model that remembers another number of frames, with the same weights.

    :raises TimingError: if what exports is not installed.
    """
    _exported(_export_slots, model, slots, out)
    return load_model_folder(out)


def segformer_at(model: ModelFolder, engine: str, out: Path) -> ModelFolder:
    """
    Export SegFormer-B0 for the size, batch and precision that a model has.

    :raises TimingError: if what exports is not installed, or the engine runs no graphs.
    """
    if engine == 'torch':
        raise TimingError(
            'the engine torch runs networks of this package only; time segformer-b0 with another '
            'engine, such as openvino, onnxruntime or tensorrt'
        )
    precision = str(model.card.get('precision', 'f32'))
    _exported(_export_segformer, model.labels, model.input_size, model.batch, precision, out)
    return load_model_folder(out)


def is_known(engine: str) -> bool:
    """Tell whether there is an engine of a name, installed or not."""
    return engine in ENGINES or engine == AUTO


def reload(engine: Engine, model: ModelFolder, threads: int | None, cameras: int = 1) -> Engine:
    """Load another model into an engine of the same kind and precision."""
    return create_engine(
        engine.name, model, precision=engine.precision, threads=threads, cameras=cameras
    )


def _exported(work: Callable[..., None], *args: object) -> None:
    try:
        in_child(work, *args)
    except ModuleNotFoundError as error:
        raise TimingError(
            f'exporting what is timed needs the module {error.name!r}: '
            f'{pip_install(error.name or "", "train")}; without it, leave out --size and '
            '--against segformer-b0'
        ) from error


def _export(
    model: ModelFolder, engine: str, size: tuple[int, int], cameras: int, out: Path
) -> None:
    from time2general_ros.export.artefact import Target, export_model

    name = PLAIN if engine == AUTO else engine
    export_model(model, Target(name, size=size, cameras=cameras), out)


def _export_segformer(
    labels: LabelSet, size: tuple[int, int], cameras: int, precision: str, out: Path
) -> None:
    from time2general_ros.export.segformer import write_segformer

    write_segformer(out, labels, size, cameras, precision)


def _export_slots(model: ModelFolder, slots: int, out: Path) -> None:
    from safetensors.torch import load_file

    from time2general_ros.export.folder import write_model_folder
    from time2general_ros.model.config import ModelConfig

    config = ModelConfig.from_dict({**model.card['config'], 'slots': slots})
    weights = load_file(model.verified('weights.safetensors'))
    write_model_folder(weights, config, out, {'name': f'{model.name}-{slots}'})
