"""What the engine is doing, as the diagnostics tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EngineStatus = Literal['unloaded', 'building', 'ready', 'failed', 'finalized']


@dataclass(frozen=True)
class EngineState:
    """
    The engine at one moment.

    :param name: Which engine, such as ``openvino``.
    :param state: ``unloaded`` until the node is configured, ``building`` while the model is loaded
        or its engine is built, ``ready``, ``failed``, or ``finalized`` once the node was shut
        down.
    :param detail: Progress of a build, or why it failed and the remedy.
    :param device: What it runs on, in words.
    :param precision: Numbers it computes with, such as ``bf16``.
    :param memory_mb: Memory of the device in use, in MB; None if it cannot be told.
    """

    name: str = ''
    state: EngineStatus = 'unloaded'
    detail: str = ''
    device: str = ''
    precision: str = ''
    memory_mb: float | None = None
