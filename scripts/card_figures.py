"""Put figures of `time2general evaluate --json` into a model's card."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

STRIDE_FIGURES = ('flicker', 'vc8', 'vc8_correct', 'miou', 'boundary_iou')


def main() -> None:
    """Read the reports given and write their main figures to the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('card', type=Path, help='card.json of the model folder')
    parser.add_argument('reports', type=Path, nargs='+', help='files of evaluate --json')
    parser.add_argument('--machine', required=True, help='where they were measured')
    args = parser.parse_args()
    card = json.loads(args.card.read_text(encoding='utf-8'))
    card['figures'] = {'machine': args.machine, 'reports': [_figures(r) for r in args.reports]}
    args.card.write_text(json.dumps(card, indent=2) + '\n', encoding='utf-8')


def _figures(path: Path) -> dict[str, object]:
    report = json.loads(path.read_text(encoding='utf-8'))
    kept = {key: report[key] for key in ('data', 'split', 'memory', 'engine')}
    strides = {
        stride: {
            name: round(figures[name], 2)
            for name in STRIDE_FIGURES
            if figures.get(name) is not None
        }
        for stride, figures in report['strides'].items()
    }
    note = {'note': report['note']} if 'note' in report else {}
    return {**kept, 'miou': round(report['miou'], 2), 'strides': strides, **note}


if __name__ == '__main__':
    main()
