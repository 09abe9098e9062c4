"""Engines that run the network's ``step``, and the table to choose from."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError

if TYPE_CHECKING:
    from time2general_ros.streaming.engines.engine import Engine
    from time2general_ros.streaming.model_folder import ModelFolder

# Name: (module, class, what to install). Modules are imported when they are chosen, so that an
# engine's library is needed only by those who use it.
ENGINES = {
    'openvino': ('openvino_engine', 'OpenVinoEngine', 'openvino'),
    'torch': ('torch_engine', 'TorchEngine', 'time2general_ros[train]'),
}


class EngineError(Time2GeneralError):
    """An engine cannot be used."""


def create_engine(name: str, model: ModelFolder, *, threads: int | None = None) -> Engine:
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
    engine: Engine = getattr(loaded, kind)(model, threads=threads)
    return engine
