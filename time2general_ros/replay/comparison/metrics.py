"""The figures that are compared: which way is better, and what is too small to matter."""

from __future__ import annotations

from dataclasses import dataclass

IOU = 'iou:'


@dataclass(frozen=True)
class Metric:
    """
    A figure in percent.

    :param better: 1 if more is better, -1 if less is, 0 if neither is.
    :param least: Differences below it do not matter, in percentage points.
    """

    heading: str
    better: int
    least: float


METRICS = {
    'flicker': Metric('flicker', -1, 0.05),
    'flow_flicker': Metric('flow flicker', -1, 0.05),
    'miou': Metric('mIoU', 1, 0.1),
    'boundary_iou': Metric('boundary IoU', 1, 0.1),
    'tc': Metric('TC', 1, 0.1),
    'vc8': Metric('VC-8', 1, 0.1),
    'vc16': Metric('VC-16', 1, 0.1),
    'vc8_correct': Metric('VC-8-correct', 1, 0.1),
    'vc16_correct': Metric('VC-16-correct', 1, 0.1),
    'confidence': Metric('confidence', 0, 0.5),
}


def metric(name: str) -> Metric:
    """Describe a figure; ``iou:CLASS`` is that of a class."""
    if name.startswith(IOU):
        return Metric(f'IoU {name.removeprefix(IOU)}', 1, 0.5)
    return METRICS[name]
