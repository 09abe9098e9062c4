"""Packages that the node can do without, and what that costs."""

from __future__ import annotations

from importlib.util import find_spec

_COSTS = {
    'launch_ros': 'the launch files cannot be used; start the node by itself',
    'torch': 'the engine torch is not available',
}


def missing_packages() -> list[str]:
    """Say for each optional package that is not installed what its absence costs."""
    return [f'{name}: {cost}' for name, cost in _COSTS.items() if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
