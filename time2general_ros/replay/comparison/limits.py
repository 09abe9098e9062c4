"""Limits on differences, as ``flicker>+5%``: what a run must not do."""

from __future__ import annotations

from dataclasses import dataclass
import re
from typing import TYPE_CHECKING

from time2general_ros.replay.comparison.metrics import IOU, METRICS
from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from time2general_ros.replay.comparison.compare import Difference

_FORM = re.compile(
    r'\s*(?P<name>[^<>]+?)\s*(?P<way>>\s*\+|<\s*-)\s*(?P<size>\d+(\.\d*)?|\.\d+)(?P<share>\s*%)?\s*'
)
USAGE = (
    'NAME>+X for a figure that must not rise by more, or NAME<-X for one that must not fall; X in '
    'percentage points, or with % in percent of the baseline'
)


class LimitError(ReplayError):
    """A limit cannot be read."""


@dataclass(frozen=True)
class Limit:
    """
    A change that fails a run.

    :param sign: 1 for a rise, -1 for a fall.
    :param size: In percentage points, or in percent of the baseline if ``is_share``.
    """

    text: str
    name: str
    sign: int
    size: float
    is_share: bool

    def judge(self, metrics: Mapping[str, Difference]) -> str:
        """
        Tell whether the limit is passed.

        :returns: ``passed`` if the difference lies beyond the limit, and its interval beyond 0;
            ``undecided`` if the interval alone reaches beyond the limit, or there is none;
            else ``kept``.
        :raises LimitError: if there is no such figure.
        """
        if self.name not in metrics:
            raise LimitError(
                f'--fail-if {self.text}: there is no figure {self.name}; there are '
                f'{", ".join(metrics)}'
            )
        metric = metrics[self.name]
        if metric.a is None or metric.difference is None:
            raise LimitError(
                f'--fail-if {self.text}: {self.name} was not measured in both runs; replay with '
                'labels for accuracy and without --no-flow for flow_flicker and tc'
            )
        limit = self.size * abs(metric.a) / 100 if self.is_share else self.size
        is_beyond = self.sign * metric.difference > limit
        if metric.interval is None:
            return 'undecided'
        if is_beyond and metric.shown and abs(metric.difference) > metric.floor:
            return 'passed'
        far = metric.interval[1] if self.sign > 0 else -metric.interval[0]
        return 'undecided' if far > limit else 'kept'


def read_limit(text: str) -> Limit:
    """
    Read a limit.

    :raises LimitError: if it is none.
    """
    match = _FORM.fullmatch(text)
    if not match:
        raise LimitError(f'{text!r} is no limit; give {USAGE}')
    name = match['name']
    if name not in METRICS and not name.startswith(IOU):
        raise LimitError(
            f'{text!r} is a limit on no known figure; there are {", ".join(METRICS)} and '
            f'{IOU}CLASS'
        )
    sign = 1 if match['way'].startswith('>') else -1
    return Limit(text.strip(), name, sign, float(match['size']), bool(match['share']))
