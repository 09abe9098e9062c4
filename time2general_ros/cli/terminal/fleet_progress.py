"""The progress of a fleet on a terminal, and as lines where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

if TYPE_CHECKING:
    from time2general_ros.replay.fleet.fleet_run import State


class FleetProgress(Progress):
    """A bar on stderr with rate, time left and failures, and a line for each recording."""

    def __init__(self) -> None:
        console = Console(stderr=True, soft_wrap=True)
        super().__init__(
            TextColumn('recordings'),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn('{task.fields[rate]}'),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self.add_task('', total=None, rate='')

    def show(self, state: State) -> None:
        """Show how far a fleet is."""
        left = '' if state.left_s is None else f', {_clock(state.left_s)} left'
        failed = f', {state.failed} failed' if state.failed else ''
        rate = f'{state.frames_per_s:.1f} frames/s{left}{failed}'
        self.update(self._task, completed=state.recordings, total=state.total, rate=rate)

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self.console.print(Text(line))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{rest:02}'
