"""The figures of a recording, summed over its rows by the meters of the evaluation."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.evaluation.boundary import BoundaryMeter, Contours
from time2general_ros.evaluation.consistency import ConsistencyMeter, Window
from time2general_ros.evaluation.evaluate import WINDOWS, StrideResult
from time2general_ros.evaluation.flow import FlowMeter, FlowPair
from time2general_ros.evaluation.report import summarise
from time2general_ros.replay.figures.camera_figures import CONFUSION, FLOW
from time2general_ros.replay.figures.continuity import Continuity
from time2general_ros.replay.figures.rows import dense

if TYPE_CHECKING:
    from collections.abc import Mapping

    from time2general_ros.labels.label_set import LabelSet

# Those of evaluate at stride 1 that do not stand beside the strides.
_STRIDE = (
    'flicker',
    'vc8',
    'vc16',
    'vc8_correct',
    'vc16_correct',
    'tc',
    'flow_flicker',
    'mean_over_videos',
)
_POOLED = (
    'miou',
    'boundary_iou',
    'per_class_iou',
    'per_class_boundary_iou',
    'absent_classes',
    'frames',
)


class Totals:
    """
    Sums the rows of one camera in one memory mode, in their order; and then those of others.

    :param scored: The classes of the figures.
    """

    def __init__(self, scored: LabelSet) -> None:
        self._classes = scored.classes
        self._accuracy = ConfusionMatrix(self._classes)
        self._boundary = BoundaryMeter(self._classes)
        self._consistency = ConsistencyMeter(WINDOWS)
        self._flow = FlowMeter(self._classes)
        self._continuity = Continuity()
        self._pixels = np.zeros(len(self._classes) + 1, np.int64)
        self._changes = np.zeros((len(self._classes) + 1,) * 2, np.int64)
        self._means = {name: array('d') for name in ('confidence', 'memory_depth', 'memory_age_s')}
        self._labelled = self._pairs = 0
        self.frames_in = self.frames_out = 0
        self.bad: Counter[str] = Counter()
        self.resets: Counter[str] = Counter()

    def include(self, other: Totals) -> None:
        """Add all that was summed elsewhere, in the same classes."""
        self._accuracy.count(other._accuracy.counts)
        self._boundary.include(other._boundary)
        self._consistency.include(other._consistency)
        self._flow.include(other._flow)
        self._pixels += other._pixels
        self._changes += other._changes
        for name, values in self._means.items():
            values.extend(other._means[name])
        self._labelled += other._labelled
        self._pairs += other._pairs
        self.frames_in += other.frames_in
        self.frames_out += other.frames_out
        self.bad += other.bad
        self.resets += other.resets

    def add(self, row: Mapping[str, Any]) -> None:
        """Take the next row, see :mod:`.rows`."""
        self.frames_in += 1
        if row['refused'] is not None:
            self.bad[row['refused']] += 1
            return
        self.frames_out += 1
        if self._continuity.breaks(row['video'], row['time_ns'], (row['height'], row['width'])):
            self._consistency.start_video()
        if row['reset']:
            self.resets.update(row['reset'].split(','))
        self._pixels += row['class_pixels']
        for name, values in self._means.items():
            if row[name] is not None:
                values.append(row[name])
        if row['flow_pixels'] is not None:
            self._add_pair(row)
        if row['labelled']:
            self._add_labelled(row)

    def figures(self) -> dict[str, Any]:
        """Give the figures, as in docs/replay.md."""
        report = summarise(
            {
                1: StrideResult(
                    self._labelled, self._accuracy, self._boundary, self._consistency, self._flow
                )
            }
        )
        stride = report['strides']['1']
        shares = self._pixels / max(1, int(self._pixels.sum()))
        figures = {key: stride[key] for key in _STRIDE} | {key: report[key] for key in _POOLED}
        if not self._labelled:
            figures |= {'absent_classes': None}
        return {
            **figures,
            'flow_pairs': self._pairs,
            'confusion': self._accuracy.counts.tolist() if self._labelled else None,
            'class_pixels': self._pixels.tolist(),
            'class_share': {
                name: round(100.0 * float(share), 4)
                for name, share in zip(self._classes, shares, strict=False)
            },
            'churn': self._churn(),
            **{name: self._mean(values) for name, values in self._means.items()},
        }

    def _add_pair(self, row: Mapping[str, Any]) -> None:
        counts = dense(row['flow_pairs'], FLOW, self._changes.shape)
        unchanged = row['flow_pixels'] - row['flow_changed']
        self._flow.count(FlowPair(row['flow_pixels'], unchanged, counts))
        self._changes += counts
        self._pairs += row['flow_pixels'] > 0

    def _add_labelled(self, row: Mapping[str, Any]) -> None:
        self._labelled += 1
        size = len(self._classes)
        self._accuracy.count(dense(row['confusion'], CONFUSION, (size, size + 1)))
        contours = Contours(np.zeros(size, np.int64), np.zeros(size, np.int64))
        for entry in row['boundary']:
            contours.hits[entry['class']] = entry['hits']
            contours.unions[entry['class']] = entry['union']
        self._boundary.count(contours)
        windows = {entry['length']: _window(entry) for entry in row['windows']}
        self._consistency.count(windows)

    def _churn(self) -> list[dict[str, int]]:
        changes = self._changes.copy()
        np.fill_diagonal(changes, 0)
        before, after = np.nonzero(changes)
        order = np.argsort(-changes[before, after], kind='stable')
        last = len(self._classes)
        return [
            {
                'before': int(before[n]) if before[n] < last else 255,
                'after': int(after[n]) if after[n] < last else 255,
                'pixels': int(changes[before[n], after[n]]),
            }
            for n in order
        ]

    @staticmethod
    def _mean(values: array[float]) -> float | None:
        return round(float(np.mean(values)), 4) if values else None


def _window(entry: Mapping[str, int]) -> Window:
    return Window(entry['pixels'], entry['constant'], entry['correct'])
