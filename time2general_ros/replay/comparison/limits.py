"""Limits on differences, as ``flicker>+5%``: what a run must not do."""

from __future__ import annotations

from dataclasses import dataclass
import re
from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.evidence.metrics import IOU, METRICS
from time2general_ros.replay.fleet.tags import is_tag
from time2general_ros.yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.difference import Difference

_SIZE = r'(\d+(?:\.\d*)?|\.\d+)(\s*%)?'
_FORM = re.compile(
    r'\s*(?P<name>[^<>@]+?)\s*(?P<way>>\s*\+|<\s*-)\s*'
    rf'{_SIZE}(?:\s+margin\s+{_SIZE})?(?:\s*@(?P<tag>\S+))?\s*'
)
USAGE = (
    'NAME>+X for a figure that must not rise by more, or NAME<-X for one that must not fall; X in '
    'percentage points, or with % in percent of the baseline; behind it margin X if the whole '
    'interval must lie beyond that, and @TAG for the recordings with a tag'
)


# Lists of a gate file: what fails a run, and what is told only.
FAIL, WARN = 'fail', 'warn'


class LimitError(ReplayError):
    """A limit cannot be read."""


class Size(NamedTuple):
    """A size in percentage points, or in percent of the baseline if ``is_share``."""

    value: float
    is_share: bool

    def of(self, baseline: float) -> float:
        """Give it in percentage points."""
        return self.value * abs(baseline) / 100 if self.is_share else self.value


@dataclass(frozen=True)
class Limit:
    """
    A change that fails a run.

    :param sign: 1 for a rise, -1 for a fall.
    :param margin: How far beyond 0 the near end of the interval must lie.
    :param tag: Only recordings with it count; None for all.
    :param warns: It is told of, and fails no run.
    """

    text: str
    name: str
    sign: int
    size: Size
    margin: Size
    tag: str | None
    warns: bool

    def figures(self, compared: Comparison) -> Mapping[str, Difference]:
        """
        Choose the figures that the limit is on.

        :raises LimitError: if no recording has its tag.
        """
        if self.tag is None:
            return compared.whole.metrics
        if self.tag not in compared.tags:
            there = f'there are {", ".join(compared.tags)}' if compared.tags else 'none has any'
            raise LimitError(
                f'limit {self.text}: no recording has the tag {self.tag}, {there}; tags are given '
                'to fleets, as in: fleet list.txt tag=night'
            )
        return compared.tags[self.tag].metrics

    def judge(self, metrics: Mapping[str, Difference]) -> str:
        """
        Tell whether the limit is passed.

        :returns: ``passed`` if the difference lies beyond the limit, and its interval beyond the
            margin (``warned`` if it only warns); ``undecided`` if the interval alone reaches
            beyond the limit, or there is none; else ``kept``.
        :raises LimitError: if there is no such figure.
        """
        if self.name not in metrics:
            raise LimitError(
                f'limit {self.text}: there is no figure {self.name}; there are '
                f'{", ".join(metrics)}'
            )
        metric = metrics[self.name]
        if metric.a is None or metric.difference is None:
            if self.name.startswith(IOU) and _is_measured(metrics):
                raise LimitError(
                    f'limit {self.text}: {self.name.removeprefix(IOU)} occurs neither in the '
                    'labels nor in the masks of a run; leave the limit out, or replay '
                    'recordings with it'
                )
            raise LimitError(
                f'limit {self.text}: {self.name} was not measured in both runs; replay with '
                'labels for accuracy and without --no-flow for flow_flicker and tc'
            )
        limit, margin = self.size.of(metric.a), self.margin.of(metric.a)
        if metric.interval is None:
            return 'undecided'
        ends = sorted(self.sign * end for end in metric.interval)
        is_beyond = self.sign * metric.difference > limit and ends[0] > margin
        if is_beyond and abs(metric.difference) > metric.floor:
            return 'warned' if self.warns else 'passed'
        return 'undecided' if ends[1] > limit else 'kept'


def _is_measured(metrics: Mapping[str, Difference]) -> bool:
    """Tell whether there were labels in both runs."""
    return any(one.difference is not None for name, one in metrics.items() if name.startswith(IOU))


def read_gate(file: Path) -> list[Limit]:
    """
    Read the limits that a project keeps in a file: lists ``fail`` and ``warn`` in YAML.

    :raises LimitError: if the file cannot be read, has other keys, or a limit is none.
    """
    given = read_yaml(file, 'the limits of', LimitError)
    if not isinstance(given, dict) or not given or not {*given} <= {FAIL, WARN}:
        told = f'the keys {sorted(map(str, given))}' if isinstance(given, dict) else 'no keys'
        raise LimitError(f'{file} has {told}; give the lists {FAIL} and {WARN}, or one of them')
    limits: list[Limit] = []
    for key, listed in given.items():
        if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
            raise LimitError(f"{file}: {key} is no list of limits; give such as ['miou<-0.5']")
        limits += [read_limit(text, warns=key == WARN) for text in listed]
    return limits


def read_limit(text: str, *, warns: bool = False) -> Limit:
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
    tag = match['tag']
    if tag is not None and not is_tag(tag):
        raise LimitError(f'{text!r} is a limit on recordings with the tag {tag!r}, which is none')
    _, _, size, is_share, margin, margin_is_share, _ = match.groups()
    return Limit(
        text.strip(),
        name,
        sign,
        Size(float(size), bool(is_share)),
        Size(float(margin or 0), bool(margin_is_share)),
        tag,
        warns,
    )
