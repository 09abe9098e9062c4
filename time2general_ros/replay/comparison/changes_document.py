"""Changes of pixels and of steadiness as JSON; docs/compare.md is its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.replay.comparison.changes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from time2general_ros.replay.comparison.changes import Changes, FrameChange
    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.moments import Moments

# Kinds of pixels that labels tell apart, in the order of :class:`.changes.FrameChange`.
_TOLD = ('fixed', 'broken', 'other')


def changes_document(compared: Comparison, chosen: Moments, changes: Changes) -> dict[str, Any]:
    """Describe what became of pixels: ``changes``, ``steadiness`` and ``moments``."""
    pair = compared.pair
    of: dict[str, list[FrameChange]] = {name: [] for name in pair.names}
    for row, change in changes.frames.items():
        of[pair.names[pair.recording[row]]].append(change)
    return {
        'changes': {
            'labelled': changes.labelled,
            **_pooled(changes.frames.values()),
            'classes': _by_class(compared.a.classes, changes),
            'recordings': {name: _pooled(frames) for name, frames in of.items()},
            'notes': changes.notes,
        },
        'steadiness': {
            **_steadiness(chosen.gaps),
            'recordings': {
                name: _steadiness(chosen.gaps[pair.recording == number])
                for number, name in enumerate(pair.names)
            },
        },
        'moments': [_moment(compared, chosen, changes, row) for row in sorted(chosen.worst)],
    }


def _by_class(classes: Sequence[str], changes: Changes) -> dict[str, Any]:
    """Describe the pixels of each class of the labels that occurs, in percent of its own."""
    return {
        name: {
            'pixels': pixels,
            'fixed': _percent(fixed, pixels),
            'broken': _percent(broken, pixels),
        }
        for name, (fixed, broken, pixels) in zip(classes, changes.by_class.tolist(), strict=True)
        if pixels
    }


def _pooled(frames: Iterable[FrameChange]) -> dict[str, Any]:
    """Add up the labelled frames, in percent of all their pixels."""
    known = [one for one in frames if one.kinds is not None]
    pixels = sum(one.pixels for one in known)
    sums = np.array([one.kinds for one in known], np.int64).reshape(-1, len(_TOLD)).sum(0)
    return {
        'frames': len(known),
        'pixels': pixels,
        **{name: _percent(int(n), pixels) for name, n in zip(_TOLD, sums, strict=True)},
        'net': _percent(int(sums[0] - sums[1]), pixels),
    }


def _moment(compared: Comparison, chosen: Moments, changes: Changes, row: int) -> dict[str, Any]:
    pair = compared.pair
    facts = pair.a.slice(row, 1).select(['topic', 'frame', 'stamp_ns', 'offset_s']).to_pylist()[0]
    gap = float(chosen.gaps[row])
    return {
        'recording': pair.names[pair.recording[row]],
        **facts,
        'flicker_difference': None if np.isnan(gap) else round(gap, 4) + 0.0,
        **change_facts(changes.frames.get(row)),
    }


def change_facts(change: FrameChange | None) -> dict[str, Any]:
    """Describe one frame: ``direction``, and in percent of its pixels what differs."""
    if change is None:
        return {'direction': None, **dict.fromkeys(('differs', *_TOLD))}
    direction = change.direction
    shares = (
        dict.fromkeys(_TOLD)
        if change.kinds is None
        else {
            name: _percent(n, change.pixels) for name, n in zip(_TOLD, change.kinds, strict=True)
        }
    )
    return {
        'direction': None if direction is None else Kind(direction).name.lower(),
        'differs': _percent(change.differs, change.pixels),
        **shares,
    }


def _steadiness(gaps: npt.NDArray[np.float64]) -> dict[str, int]:
    """Count the frames that flicker less in b, that flicker more, and those that do alike."""
    return {
        'steadier': int((gaps < 0).sum()),
        'less_steady': int((gaps > 0).sum()),
        'alike': int((gaps == 0).sum()),
    }


def _percent(part: int, whole: int) -> float | None:
    return round(100.0 * part / whole, 4) if whole else None
