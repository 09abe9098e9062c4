"""The progress bar of commands that go through many frames."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text('' if speed is None else f'{speed:.1f}/s')


class FrameProgress(Progress):
    """
    A bar on stderr with the rate and the time left; silent where stderr is no terminal.

    A context manager.

    :param description: What is being done.
    """

    def __init__(self, description: str) -> None:
        console = Console(stderr=True)
        super().__init__(
            TextColumn('{task.description}'),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self.add_task(description, total=None)

    def show(self, done: int, total: int) -> None:
        """Show how many frames of how many are done."""
        self.update(self._task, completed=done, total=total)
