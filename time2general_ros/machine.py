"""The machine that figures were measured on."""

from __future__ import annotations

import os
from pathlib import Path
import platform
from typing import TypedDict


class Machine(TypedDict):
    """What a reader needs to judge a figure."""

    cpu: str
    cores: int
    os: str
    python: str


def describe_machine() -> Machine:
    """Describe this machine; ``cores`` are those that this process may use."""
    return Machine(
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        os=platform.platform(),
        python=platform.python_version(),
    )


def machine_line() -> str:
    """Describe this machine in one line."""
    facts = describe_machine()
    return f'{facts["cpu"]}, {facts["cores"]} cores, {facts["os"]}, Python {facts["python"]}'


def _cpu_model() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.machine()
