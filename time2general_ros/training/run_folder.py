"""Where a run keeps its things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps its things."""

    path: Path

    @property
    def state(self) -> Path:
        """State to resume from."""
        return self.path / 'state.safetensors'

    @property
    def weights(self) -> Path:
        """Averaged weights so far."""
        return self.path / 'weights.safetensors'

    @property
    def model(self) -> Path:
        """The model folder that it ends with."""
        return self.path / 'model'

    @property
    def record(self) -> Path:
        """How the weights were made."""
        return self.path / 'run.json'

    def stage(self, index: int) -> Path:
        """Averaged weights at the end of a stage."""
        return self.path / 'stages' / f'{index:02}.safetensors'

    def best(self, index: int) -> Path:
        """Averaged weights that were best on held-out drives, of a watched stage."""
        return self.path / 'stages' / f'{index:02}_best.safetensors'

    @property
    def checks(self) -> Path:
        """Looks at held-out drives."""
        return self.path / 'checks.jsonl'

    @property
    def log(self) -> Path:
        """One line per twenty steps."""
        return self.path / 'log.csv'

    @property
    def tensorboard(self) -> Path:
        """The same, for TensorBoard."""
        return self.path / 'tensorboard'

    @property
    def samples(self) -> Path:
        """Pictures of what the network answers."""
        return self.path / 'samples'
