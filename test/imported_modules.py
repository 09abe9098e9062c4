"""Which modules source files import, at their top or inside a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path


def imported_modules(path: Path) -> Iterator[str]:
    """Name what a file, or every file below a folder, imports: ``a.b`` and, maybe, ``a.b.c``."""
    for file in [path] if path.is_file() else path.rglob('*.py'):
        yield from _modules_of(file)


def imported_libraries(path: Path) -> set[str]:
    """Name the top-level packages among them."""
    return {module.split('.')[0] for module in imported_modules(path)}


@cache
def _modules_of(file: Path) -> tuple[str, ...]:
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_text('utf-8'))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f'{node.module}.{alias.name}' for alias in node.names]
    return tuple(names)
