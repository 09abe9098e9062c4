"""What a run says of itself beside its figures: curves of its log and of its looks."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from time2general_ros.report.learned_page import Curve
from time2general_ros.training.own.curve import Point
from time2general_ros.training.teachers.held_out import read_checks

if TYPE_CHECKING:
    from pathlib import Path

    from time2general_ros.training.run_folder import RunFolder

CURVE = 'curve.json'


def read_curve(folder: Path) -> list[Point]:
    """Read the learning curve of a run; empty if it has none."""
    file = folder / CURVE
    if not file.is_file():
        return []
    return [Point(*values) for values in json.loads(file.read_text(encoding='utf-8'))['points']]


def curves(folder: RunFolder, points: list[Point]) -> list[Curve]:
    """Collect the curves of a run that have at least two points."""
    checks = read_checks(folder.checks)
    found = [
        Curve(
            f'{stage}: mIoU on held-out drives, %',
            'steps',
            'Averaged weights, as far as they had come.',
            [(check.step, check.miou) for check in checks if check.stage == stage],
        )
        for stage in dict.fromkeys(check.stage for check in checks)
    ]
    with folder.log.open(encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    for stage in dict.fromkeys(row['stage'] for row in rows):
        losses = [(float(r['step']), float(r['loss'])) for r in rows if r['stage'] == stage]
        found.append(Curve(f'{stage}: loss', 'steps', 'Of one batch each.', losses))
    rule = 'A linear head on frozen features, from shares of the pictures.'
    found.append(
        Curve('mIoU by pictures, %', 'pictures', rule, [(p.pictures, p.miou) for p in points])
    )
    return [curve for curve in found if len(curve.points) > 1]
