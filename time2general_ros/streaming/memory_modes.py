"""The ways to use earlier frames, by the names that options and protocols give them."""

from __future__ import annotations

MEMORY = 'on, off, queries, map, ema or ema:INERTIA'
MODES = f'{MEMORY}, with INERTIA from 0 to below 1'
INERTIA = 0.7
# The parts of a slot that each baseline remembers.
PARTS = {
    'queries': ('queries',),
    'map': ('scene', 'descriptor', 'texture', 'belief', 'decision'),
}


def is_memory_mode(text: str) -> bool:
    """Tell whether there is such a way, as :data:`MODES` lists."""
    return text in ('on', 'off', *PARTS) or is_smoothing(text)


def is_smoothing(mode: str) -> bool:
    """Tell whether it smooths the scores of single frames."""
    return mode.partition(':')[0] == 'ema' and 0 <= inertia_of(mode) < 1


def inertia_of(mode: str) -> float:
    """Return the inertia of ``ema`` or ``ema:INERTIA``; not a number if it is none."""
    try:
        return float(mode.partition(':')[2] or INERTIA)
    except ValueError:
        return float('nan')
