"""The machine that figures were measured on, in one line."""

from __future__ import annotations

from time2general_ros.demo.machine import describe_machine


def machine_line() -> str:
    """Name the processor, the cores that this process may use, the system and Python."""
    facts = describe_machine()
    return f'{facts["cpu"]}, {facts["cores"]} cores, {facts["os"]}, Python {facts["python"]}'
