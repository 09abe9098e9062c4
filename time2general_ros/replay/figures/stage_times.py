"""How long the stages of a replay took."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.machine import machine_line
from time2general_ros.replay.figures.rows import STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

# Caches fill, and buffers are allocated.
_WARM_UP = 10


class StageTimes:
    """Collects the stage times of the frames of a run, without the first ten."""

    def __init__(self) -> None:
        self._times = {stage: array('f') for stage in STAGES}
        self._frames = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Take the next row of the main memory mode, see :mod:`.rows`."""
        self._frames += 1
        if self._frames > _WARM_UP:
            for stage, times in self._times.items():
                if row[f'{stage}_ms'] is not None:
                    times.append(row[f'{stage}_ms'])

    def figures(
        self, seconds: float, pieces: int, threads: int | None, batch: int | None
    ) -> dict[str, Any]:
        """
        Give the figures, as ``timing`` in docs/replay.md.

        :param seconds: Wall-clock time of the run.
        :param batch: Images that one step takes; None where no engine ran.
        """
        return {
            'frames_per_s': round(self._frames / seconds, 2) if seconds else None,
            'seconds': round(seconds, 3),
            'pieces': pieces,
            'machine': machine_line(),
            'engine_threads': threads,
            'batch': batch,
            'stages': {stage: _percentiles(times) for stage, times in self._times.items()},
        }


def _percentiles(times: array[float]) -> dict[str, float] | None:
    if not times:
        return None
    values = np.array(times)
    named = {f'p{share}': float(np.percentile(values, share)) for share in (50, 95, 99)}
    figures = {'mean': float(values.mean()), **named, 'max': float(values.max())}
    return {name: round(value, 3) for name, value in figures.items()}
