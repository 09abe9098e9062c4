"""The figures of an evaluation as JSON, in percent."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from time2general_ros.errors import Time2GeneralError
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from time2general_ros.evaluation.evaluate import StrideResult


class ReportError(Time2GeneralError):
    """A report cannot be written."""


def summarise(results: Mapping[int, StrideResult]) -> dict[str, Any]:
    """
    Collect the figures of all strides, in percent.

    Beside ``strides``, figures are those of stride 1. A figure is None when there is nothing to
    measure it on, such as VC-16 of a video of 15 frames.

    :param results: By stride; stride 1 must be among them.
    """
    every_frame = results[1]
    return {
        'miou': _percent(every_frame.accuracy.miou),
        'boundary_iou': _percent(every_frame.boundary.mean),
        'per_class_iou': per_class_figures(every_frame),
        'per_class_boundary_iou': {
            name: _percent(iou) for name, iou in every_frame.boundary.per_class_iou.items()
        },
        'absent_classes': list(every_frame.accuracy.absent),
        'frames': every_frame.frames,
        'strides': {str(stride): stride_figures(result) for stride, result in results.items()},
    }


def per_class_figures(result: StrideResult) -> dict[str, float | None]:
    """Collect the IoU of each class at one stride, in percent; None where a class is absent."""
    return {name: _percent(iou) for name, iou in result.accuracy.per_class_iou.items()}


def stride_figures(result: StrideResult) -> dict[str, Any]:
    """Collect the figures of one stride, in percent; None where there is nothing to measure."""
    pairs, vc8, vc16 = (result.consistency.scores(n) for n in (2, 8, 16))
    return {
        'flicker': _percent(pairs.flicker),
        'vc8': _percent(vc8.constant),
        'vc16': _percent(vc16.constant),
        'vc8_correct': _percent(vc8.correct),
        'vc16_correct': _percent(vc16.correct),
        'miou': _percent(result.accuracy.miou),
        'boundary_iou': _percent(result.boundary.mean),
        'frames': result.frames,
        'tc': _percent(result.flow.temporal_consistency),
        'flow_flicker': _percent(result.flow.flicker),
        'mean_over_videos': {
            'vc2': _percent(pairs.constant_by_video),
            'vc8': _percent(vc8.constant_by_video),
            'vc16': _percent(vc16.constant_by_video),
            'vc8_correct': _percent(vc8.correct_by_video),
            'vc16_correct': _percent(vc16.correct_by_video),
        },
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100.0 * share, 4)


def check_writable(path: Path) -> None:
    """
    Find out before long work whether a report can be written.

    :raises ReportError: if it cannot.
    """
    try:
        if not path.parent.is_dir():
            raise ReportError(f'cannot write {path}: there is no folder {path.parent}; create it')
        if path.is_dir():
            raise ReportError(f'cannot write {path}: it is a folder; give the name of a file')
    except OSError as error:
        raise ReportError(f'cannot write {path}: {error.strerror}') from error
    if not os.access(path.parent, os.W_OK):
        raise ReportError(f'cannot write {path}: no permission to write to {path.parent}')


def make_folder(path: Path) -> None:
    """
    Make a folder, with those above it, unless it exists.

    :raises ReportError: if it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f'cannot make the folder {path}: {error.strerror}') from error


def write_json(path: Path, report: Mapping[str, Any]) -> None:
    """
    Write a report as JSON, whole or not at all.

    :raises ReportError: if it cannot be written; an older file of that name is left as it was.
    """
    write_bytes(path, (json.dumps(report, indent=2, allow_nan=False) + '\n').encode())


def write_bytes(path: Path, content: bytes) -> None:
    """
    Write a file whole or not at all.

    :raises ReportError: if it cannot be written; an older file of that name is left as it was.
    """
    check_writable(path)
    try:
        write_whole(path, content)
    except OSError as error:
        raise ReportError(f'cannot write {path}: {error.strerror}') from error
