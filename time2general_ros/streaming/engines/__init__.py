"""Engines that run the network's ``step``, and the choice of one."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError
from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError
from time2general_ros.streaming.engines.options import AUTO, EngineOptions
from time2general_ros.streaming.engines.precision import PRECISIONS
from time2general_ros.streaming.engines.table import ENGINES, preferred, works_here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from time2general_ros.streaming.engines.engine import Engine
    from time2general_ros.streaming.model_folder import ModelFolder


__all__ = [
    'AUTO',
    'ENGINES',
    'PRECISIONS',
    'EngineError',
    'OutOfDeviceMemoryError',
    'create_engine',
]


def create_engine(
    name: str,
    model: ModelFolder,
    *,
    precision: str = AUTO,
    threads: int | None = None,
    cameras: int = 1,
    cache: Path | None = None,
    report: Callable[[str], None] | None = None,
) -> Engine:
    """
    Load a model into an engine.

    :param name: A key of :data:`ENGINES`, or ``auto`` for the best that works here.
    :param precision: One of :data:`PRECISIONS`, or ``auto`` for the engine's own choice.
    :param threads: CPU threads; None leaves it to the engine.
    :param cameras: How many may have a fresh frame at the same time; the batch to aim at.
    :param cache: Folder for what an engine builds, to start sooner the next time.
    :param report: Is given lines for the user: what ``auto`` chose and why, progress, warnings.
    :raises EngineError: if there is no such engine or it does not work here.
    :raises OutOfDeviceMemoryError: if its device has too little memory for a single camera.
    :raises ModelError: if a file of the model is missing or altered.
    """
    options = EngineOptions(precision, threads, cameras, cache, report)
    if name == AUTO:
        return _first_that_works(model, options)
    if name not in ENGINES:
        raise EngineError(f'there is no engine {name!r}; {works_here()}')
    return _as_many_as_fit(name, model, options)


def _first_that_works(model: ModelFolder, options: EngineOptions) -> Engine:
    candidates, why = preferred()
    failures = []
    for name in candidates:
        try:
            engine = _as_many_as_fit(name, model, options)
        except EngineError as error:
            failures.append(f'{name}: {error}')
            options.tell(f'warning: the engine {name} is passed over: {error}')
        else:
            options.tell(f'engine: {name} ({engine.precision} on {engine.device}), since {why}')
            return engine
    raise EngineError(f'no engine works here: {"; ".join(failures)}')


def _as_many_as_fit(name: str, model: ModelFolder, options: EngineOptions) -> Engine:
    """Start an engine with half the batch for as long as its device is too small."""
    while True:
        try:
            return _start(name, model, options)
        except OutOfDeviceMemoryError as error:
            if options.cameras == 1:
                raise
            options = replace(options, cameras=options.cameras // 2)
            options.tell(f'warning: {error}; trying with a batch of {options.cameras}')


def _start(name: str, model: ModelFolder, options: EngineOptions) -> Engine:
    kind = ENGINES[name]
    if obstacle := kind.obstacle():
        raise EngineError(f'the engine {name!r} does not work here: {obstacle}; {works_here()}')
    try:
        module = import_module(f'{__name__}.{kind.module}')
        engine: Engine = getattr(module, kind.name)(model, options)
    except Time2GeneralError:
        raise
    # What libraries raise when a driver or one of their parts is missing has no common base.
    except Exception as error:
        raise EngineError(
            f'the engine {name!r} does not start: {type(error).__name__}: '
            f'{" ".join(str(error).split())}; '
            'name another, or auto'
        ) from error
    return engine
