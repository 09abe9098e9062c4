"""The page of a comparison: figures with intervals, and a flip between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.report.page import Table, figure, write_page
from time2general_ros.report.pictures import CHANGED, photo, shrunk, tint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

_WIDTH = 480


def flip_frame(
    facts: Mapping[str, Any], image: Pixels | None, a: Pixels, b: Pixels, colours: Pixels
) -> dict[str, Any]:
    """
    Make what the page shows of a frame.

    :param facts: ``recording``, ``topic``, ``frame``, ``time``, ``gap`` and ``worst``.
    :param image: RGB, uint8 [H, W, 3]; None without one.
    :param a: Class ids, uint8 [H, W]; b: those of the other run.
    :param colours: RGB, uint8 [256, 3].
    """
    differs = a != b
    picture = np.full((*a.shape, 3), 40, np.uint8) if image is None else image
    marked = np.where(differs, 0, UNLABELLED).astype(np.uint8)
    marks = np.zeros((256, 3), np.uint8)
    marks[0] = CHANGED
    return {
        **facts,
        'differs': round(100.0 * float(differs.mean()), 3),
        'image': photo(shrunk(picture, _WIDTH)),
        'a': tint(shrunk(a, _WIDTH), colours),
        'b': tint(shrunk(b, _WIDTH), colours),
        'marks': tint(shrunk(marked, _WIDTH), marks),
    }


def write_compare_page(
    path: Path,
    document: Mapping[str, Any],
    frames: Sequence[Mapping[str, Any]],
    headings: Mapping[str, str],
    notes: Sequence[str],
) -> None:
    """
    Write the page of one comparison.

    :param document: As ``compare --json`` writes it.
    :param frames: See :func:`flip_frame`.
    :param headings: Of the figures.
    :param notes: What is missing.
    :raises ReportError: if it cannot be written.
    """
    a, b = document['baseline'], document['run']
    write_page(
        path,
        'compare.html',
        title=f'{b["path"]} against {a["path"]}',
        a=_about(a),
        b=_about(b),
        document=document,
        metrics=_metrics(document['metrics'], headings),
        recordings=_recordings(document['recordings'], headings),
        warnings=[*document['warnings'], *notes],
        limits=[f'{text}: {verdict}' for text, verdict in document['limits'].items()],
        frames=frames,
    )


def _about(run: Mapping[str, Any]) -> list[tuple[str, object]]:
    model = run['model']
    size = 'x'.join(map(str, model['input_size'] or ()))
    return [
        ('Results', run['path']),
        ('Run', run['run_id']),
        ('Memory', run['memory']),
        ('Model', model['name']),
        ('Engine', f'{model["engine"]}, {model["precision"]}'),
        ('Input, height x width', size),
        ('Written by', run['written_by']),
    ]


def _metrics(metrics: Mapping[str, Mapping[str, Any]], headings: Mapping[str, str]) -> Table:
    return Table(
        ('figure, %', 'A', 'B', 'B - A', 'from', 'to', 'least that counts', 'verdict'),
        [
            (
                headings[name],
                *(figure(one[key]) for key in ('a', 'b', 'difference', 'low', 'high')),
                figure(max(one['least'], one['floor'])),
                one['verdict'],
            )
            for name, one in metrics.items()
            if one['a'] is not None or one['b'] is not None
        ],
    )


def _recordings(
    recordings: Mapping[str, Mapping[str, Mapping[str, Any]]], headings: Mapping[str, str]
) -> Table:
    """Lay out the differences of each recording alone, the largest of the first figure first."""
    measured = [
        name
        for name in headings
        if any(figures[name]['difference'] is not None for figures in recordings.values())
    ]
    ordered = sorted(
        recordings.items(), key=lambda one: -abs(one[1][measured[0]]['difference'] or 0.0)
    )
    return Table(
        ('B - A, percentage points', *(headings[name] for name in measured)),
        [
            (name, *(figure(figures[key]['difference']) for key in measured))
            for name, figures in ordered
        ],
    )
