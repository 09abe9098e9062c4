"""The figures of a bench: medians, ratios, and the JSON that other tools read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.timing.frame_path import RoundTimes
    from time2general_ros.timing.roofline import Roofline

STAGES = ('preprocess', 'step', 'postprocess', 'total')


@dataclass(frozen=True)
class RivalTimes:
    """
    What ours was timed against.

    :param how: How it was run.
    :param rounds: Its times; an answer for every camera each.
    """

    how: str
    rounds: Sequence[RoundTimes]

    @property
    def ms_p50(self) -> float:
        """Median milliseconds of its steps in one round."""
        return percentile([round_.step for round_ in self.rounds], 50)


@dataclass
class BenchResult:
    """
    All figures of one bench.

    :param about: Engine, machine, model, sizes and settings, as they go into the JSON.
    :param rounds: Times of ours, one frame of each of the cameras in each.
    :param memory: ``peak_rss_mb`` of the process, before anything else was loaded, and
        ``device_memory_mb`` of the accelerator, None if there is none.
    :param roofline: Or why it was not measured.
    """

    about: dict[str, Any]
    cameras: int
    rounds: Sequence[RoundTimes]
    memory: dict[str, float | None]
    against: dict[str, RivalTimes] = field(default_factory=dict)
    roofline: Roofline | str = ''

    def ms(self, stage: str, percent: float = 50) -> float:
        """
        Return a percentile of the milliseconds of one round.

        :param stage: One of :data:`STAGES`.
        """
        return percentile([getattr(round_, stage) for round_ in self.rounds], percent)

    @property
    def fps(self) -> float:
        """Frames per second, of all cameras together."""
        return 1e3 * self.cameras / self.ms('total')

    @property
    def share_outside_step(self) -> float:
        """Median preprocess and postprocess over the median of the whole."""
        return (self.ms('preprocess') + self.ms('postprocess')) / self.ms('total')

    def ratio(self, rival: str) -> float:
        """Return the other's time over ours, both of the steps of a round."""
        return self.against[rival].ms_p50 / self.ms('step')

    def to_json(self) -> dict[str, Any]:
        """Return what ``time2general bench --json`` writes."""
        stages = {
            f'{stage}_ms_p{percent}': round(self.ms(stage, percent), 3)
            for stage in STAGES
            for percent in (50, 99)
        }
        return {
            **self.about,
            **stages,
            'fps': round(self.fps, 2),
            'share_outside_step': round(self.share_outside_step, 4),
            **{name: mb and round(mb, 1) for name, mb in self.memory.items()},
            'against': {
                name: {
                    'ms_p50': round(rival.ms_p50, 3),
                    'ratio': round(self.ratio(name), 3),
                    'how': rival.how,
                }
                for name, rival in self.against.items()
            },
            'roofline': self._roofline(),
        }

    def _roofline(self) -> dict[str, Any]:
        if isinstance(self.roofline, str):
            return {'not_measured': self.roofline}
        return {
            'frame_gflop': round(self.roofline.frame_gflop, 3),
            'ceiling_gflops': round(self.roofline.ceiling_gflops, 1),
            'achieved_gflops': round(self.roofline.achieved_gflops, 1),
            'share': round(self.roofline.share, 4),
        }


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile, interpolated between the nearest values."""
    return float(np.percentile(values, percent))
