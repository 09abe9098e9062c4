"""Engines that run the network's ``step``, and the table to choose from."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from time2general_ros.streaming.engines.engine import Engine
    from time2general_ros.streaming.model_folder import ModelFolder

__all__ = ['ENGINES', 'EngineError', 'OutOfDeviceMemoryError', 'create_engine']

# Name: (module, class, what to install). Modules are imported when they are chosen, so that an
# engine's library is needed only by those who use it.
ENGINES = {
    'openvino': ('openvino_engine', 'OpenVinoEngine', 'openvino'),
    'torch': ('torch_engine', 'TorchEngine', 'time2general_ros[train]'),
}


def create_engine(
    name: str,
    model: ModelFolder,
    *,
    precision: str = 'auto',
    threads: int | None = None,
    cameras: int = 1,
    cache: Path | None = None,
    report: Callable[[str], None] | None = None,
) -> Engine:
    """
    Load a model into an engine.

    :param name: A key of :data:`ENGINES`.
    :param threads: CPU threads; None leaves it to the engine.
    :raises EngineError: if there is no such engine or its library is not installed.
    :raises ModelError: if a file of the model is missing or altered.
    """
    if name not in ENGINES:
        raise EngineError(f'there is no engine {name!r}; there are: {", ".join(ENGINES)}')
    module, kind, package = ENGINES[name]
    try:
        loaded = import_module(f'{__name__}.{module}')
    except ModuleNotFoundError as error:
        raise EngineError(
            f'the engine {name!r} needs the module {error.name!r}: pip install "{package}"'
        ) from error
    engine: Engine = getattr(loaded, kind)(
        model, precision=precision, threads=threads, cameras=cameras, cache=cache, report=report
    )
    return engine
