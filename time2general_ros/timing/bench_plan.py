"""What a bench times, and how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from time2general_ros.streaming.engines.options import AUTO

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class BenchPlan:
    """
    Settings of one bench.

    :param engine: Name of an engine; precision: as the engine takes it.
    :param model: Folder; None for the one shipped.
    :param input_size: Height and width that the network sees; None for those of the model.
    :param image_size: Height and width of what the cameras send.
    :param encoding: Of what they send.
    :param cameras: How many share the engine.
    :param threads: CPU threads of the engine; None leaves it to the engine.
    :param against: Names in the table of rivals.
    :param frames: How many rounds of ours are kept, at least.
    :param turns: In how many turns these are taken.
    """

    engine: str
    precision: str = AUTO
    model: Path | None = None
    input_size: tuple[int, int] | None = None
    image_size: tuple[int, int] = (480, 640)
    encoding: str = 'bgr8'
    cameras: int = 1
    threads: int | None = None
    against: tuple[str, ...] = ()
    frames: int = 100
    turns: int = 10

    @property
    def frames_per_turn(self) -> int:
        """Rounds of ours in a turn."""
        return -(-self.frames // self.turns)
