"""The figures that are compared: which way is better, and what is too small to matter."""

from __future__ import annotations

from dataclasses import dataclass

IOU = 'iou:'


@dataclass(frozen=True)
class Metric:
    """
    A figure in percent.

    :param series: The figure of single frames that tells how alike those in a row are.
    :param better: 1 if more is better, -1 if less is, 0 if neither is.
    :param least: Differences below it do not matter, in percentage points.
    """

    heading: str
    series: str
    better: int
    least: float


METRICS = {
    'flicker': Metric('flicker', 'flicker', -1, 0.05),
    'flow_flicker': Metric('flow flicker', 'flow_flicker', -1, 0.05),
    'miou': Metric('mIoU', 'miou', 1, 0.1),
    'boundary_iou': Metric('boundary IoU', 'miou', 1, 0.1),
    'tc': Metric('TC', 'flow_flicker', 1, 0.1),
    'vc8': Metric('VC-8', 'flicker', 1, 0.1),
    'vc16': Metric('VC-16', 'flicker', 1, 0.1),
    'vc8_correct': Metric('VC-8-correct', 'flicker', 1, 0.1),
    'vc16_correct': Metric('VC-16-correct', 'flicker', 1, 0.1),
    'confidence': Metric('confidence', 'confidence', 0, 0.5),
}


SERIES = tuple(dict.fromkeys(metric.series for metric in METRICS.values()))


def metric(name: str) -> Metric:
    """Describe a figure; ``iou:CLASS`` is that of a class."""
    if name.startswith(IOU):
        return Metric(f'IoU {name.removeprefix(IOU)}', 'miou', 1, 0.5)
    return METRICS[name]
