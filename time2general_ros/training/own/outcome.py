"""What a run says of itself beside its figures: curves of its log and of its looks."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from time2general_ros.report.svg_curve import Curve
from time2general_ros.training.held_out import read_checks
from time2general_ros.training.own.curve import Point

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
    looks = {stage: [c for c in read_checks(folder.checks) if c.stage == stage] for stage in
             dict.fromkeys(check.stage for check in read_checks(folder.checks))}  # fmt: skip
    found = [
        Curve(f'{stage}: mIoU on held-out drives', 'steps', [(c.step, c.miou) for c in checks])
        for stage, checks in looks.items()
    ]
    with folder.log.open(encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    for stage in dict.fromkeys(row['stage'] for row in rows):
        losses = [(float(r['step']), float(r['loss'])) for r in rows if r['stage'] == stage]
        found.append(Curve(f'{stage}: loss', 'steps', losses))
    found.append(Curve('mIoU of a linear head by pictures', 'pictures', [p[1:] for p in points]))
    return [curve for curve in found if len(curve.points) > 1]
