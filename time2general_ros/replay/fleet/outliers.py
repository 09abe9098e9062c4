"""Recordings whose figures are far from those of recordings like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Figures whose outliers are told.
FIGURES = ('flow_flicker', 'flicker', 'miou', 'confidence')
# Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): the modified z-score is this
# share of the distance from the median, in medians of these distances; beyond the limit it is far.
_SHARE, LIMIT = 0.6745, 3.5
# Of fewer recordings the median distance says little.
FEWEST = 8


def outliers(rows: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """
    Find what stands out of each recording.

    A recording is held against those that share a tag with it, for each of its tags; one without
    tags against the others without.

    :param rows: As ``recordings`` of ``fleet.json``.
    :returns: For each row, entries with ``figure``, ``tag`` (None for those without) and
        ``score``, the modified z-score.
    """
    found: list[list[dict[str, Any]]] = [[] for _ in rows]
    for tag, places in groups(rows).items():
        for figure in FIGURES:
            for place, score in _far([rows[place][figure] for place in places]):
                entry = {'figure': figure, 'tag': tag, 'score': round(score, 2)}
                found[places[place]].append(entry)
    return found


def groups(rows: Sequence[Mapping[str, Any]]) -> dict[str | None, list[int]]:
    """Give the places of the rows with each tag, by name; last, under None, of those without."""
    found: dict[str | None, list[int]] = {
        tag: [] for tag in sorted({tag for row in rows for tag in row['tags']})
    }
    for place, row in enumerate(rows):
        for tag in row['tags'] or [None]:
            found.setdefault(tag, []).append(place)
    return found


def _far(given: Sequence[float | None]) -> Iterator[tuple[int, float]]:
    """Yield the places of the values that lie far out, with their scores."""
    values = np.array([np.nan if value is None else value for value in given], np.float64)
    known = values[~np.isnan(values)]
    if len(known) < FEWEST:
        return
    distances = values - np.median(known)
    usual = float(np.median(np.abs(known - np.median(known))))
    if not usual:
        return
    scores = _SHARE * distances / usual
    for place in np.flatnonzero(np.abs(np.nan_to_num(scores)) > LIMIT).tolist():
        yield place, float(scores[place])
