"""Engines that run the network's ``step``, and the choice of one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
import sys
from typing import TYPE_CHECKING, Any

from time2general_ros.errors import Time2GeneralError
from time2general_ros.streaming.engines.errors import (
    EngineError,
    EngineStartError,
    OutOfDeviceMemoryError,
)
from time2general_ros.streaming.engines.options import AUTO, EngineOptions
from time2general_ros.streaming.engines.precision import PRECISIONS
from time2general_ros.streaming.engines.table import (
    ENGINES,
    preferred,
    works_here,
    works_not,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from time2general_ros.streaming.engines.engine import Engine
    from time2general_ros.streaming.model_folder import ModelFolder


__all__ = [
    'AUTO',
    'ENGINES',
    'PRECISIONS',
    'EngineError',
    'OutOfDeviceMemoryError',
    'check_engine',
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
    with _named(name):
        return _as_many_as_fit(name, model, options)


def check_engine(
    name: str, model: ModelFolder, *, precision: str = AUTO, cameras: int = 1
) -> None:
    """
    Refuse at once what :func:`create_engine` would refuse before it loads the model.

    That is: a module or a device that is missing, a precision that is not to be had, a file of
    the model that is missing or of another model. Parameters as of :func:`create_engine`.

    :raises EngineError: if there is no such engine or it does not work here; for ``auto``, if none
        does.
    :raises ModelError: if a file of the model is missing or is none of it.
    """
    options = EngineOptions(precision, cameras=cameras)
    if name != AUTO:
        with _named(name):
            _check(name, model, options)
        return
    failures = {}
    for candidate in preferred()[0]:
        try:
            _refuse_obstacle(candidate)
            _check(candidate, model, options)
        except EngineError as error:
            failures[candidate] = error
        else:
            return
    raise _none_works(failures)


def _first_that_works(model: ModelFolder, options: EngineOptions) -> Engine:
    candidates, why = preferred()
    failures = {}
    for name in candidates:
        try:
            _refuse_obstacle(name)
            engine = _as_many_as_fit(name, model, options)
        except EngineError as error:
            failures[name] = error
        else:
            for other, failure in failures.items():
                options.tell(f'warning: the engine {other} is passed over: {failure}')
            options.tell(f'engine: {name} ({engine.precision} on {engine.device}), since {why}')
            return engine
    raise _none_works(failures)


def _none_works(failures: Mapping[str, EngineError]) -> EngineError:
    lines = [f'{name}: {failure}' for name, failure in failures.items()]
    return EngineError('\n  '.join([f'no engine works for {sys.executable}', *lines]))


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Refuse an engine that was asked for by name, and say what could be asked for instead."""
    if name not in ENGINES:
        raise EngineError('; '.join([f'there is no engine {name!r}', works_here(), *works_not()]))
    if obstacle := ENGINES[name].obstacle():
        raise EngineError(f'the engine {name!r} does not work here: {obstacle}; {works_here()}')
    try:
        yield
    except EngineStartError as error:
        raise EngineError(f'the engine {name!r} {error}; name another, or auto') from error


def _refuse_obstacle(name: str) -> None:
    if obstacle := ENGINES[name].obstacle():
        raise EngineError(obstacle)


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
    with _failures_told():
        engine: Engine = _load(name)(model, options)
    return engine


def _check(name: str, model: ModelFolder, options: EngineOptions) -> None:
    with _failures_told():
        _load(name).check(model, options)


def _load(name: str) -> Any:
    """Import the class of an engine."""
    kind = ENGINES[name]
    return getattr(import_module(f'{__name__}.{kind.module}'), kind.name)


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except Time2GeneralError:
        raise
    # What libraries raise when a driver or one of their parts is missing has no common base.
    except Exception as error:
        said = ' '.join(str(error).split())
        raise EngineStartError(f'does not start: {type(error).__name__}: {said}') from error
