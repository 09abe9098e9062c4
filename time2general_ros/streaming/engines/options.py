"""What an engine is started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AUTO = 'auto'


@dataclass(frozen=True)
class EngineOptions:
    """
    The wishes of who starts an engine; each engine says what it makes of them.

    :param precision: What to compute in, or ``auto`` for the engine's own choice.
    :param threads: CPU threads; None leaves it to the engine.
    :param cameras: How many may have a fresh frame at the same time; the batch to aim at.
    :param cache: Folder for what an engine builds, to start sooner the next time.
    :param report: Is given lines for the user: progress, warnings.
    """

    precision: str = AUTO
    threads: int | None = None
    cameras: int = 1
    cache: Path | None = None
    report: Callable[[str], None] | None = None

    def tell(self, line: str) -> None:
        """Give the user a line."""
        if self.report:
            self.report(line)
