"""How flicker along the flow, without labels, ranks runs beside flicker by labels."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np


def main() -> None:
    """Read the table of ``time2general benchmark`` and print the agreement of both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('results', type=Path, help='results.csv of a benchmark')
    with parser.parse_args().results.open(newline='', encoding='utf-8') as file:
        rows = [row for row in csv.DictReader(file) if not row['corruption'].startswith('mean')]
    pairs = np.array([(row['flicker'], row['flow_flicker']) for row in rows], np.float64)
    by_label, by_flow = pairs.T
    ranks = [np.argsort(np.argsort(figure)) for figure in (by_label, by_flow)]
    spearman = np.corrcoef(np.stack(ranks))[0, 1]  # type: ignore[index]
    print(
        f'{len(pairs)} runs, flicker by labels {by_label.min():.2f} to {by_label.max():.2f} %: '
        f'Spearman {spearman:.3f}, along the flow '
        f'{np.mean(by_flow - by_label):+.2f} points on average, '
        f'{np.median(by_flow / by_label):.2f} times as much in the median'
    )


if __name__ == '__main__':
    main()
