"""Blocks of time: stretches of a recording that are nearly independent of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

# Fewer blocks than these in all give no interval worth its name.
FEWEST = 8
_LARGEST_CORRELATION = 0.99


class Timed(Protocol):
    """Frames by camera, and by time inside of each, as :class:`~.comparison.pairing.Pair` has."""

    @property
    def recording(self) -> npt.NDArray[np.int64]:
        """Number of the recording of each, int64 [N]."""

    @property
    def camera(self) -> npt.NDArray[np.int64]:
        """Number of the camera of each, int64 [N]."""

    @property
    def time_s(self) -> Floats:
        """From the beginning of the recording, float64 [N]."""


@dataclass(frozen=True)
class Blocks:
    """
    How the frames of some recordings are cut.

    :param of: Number of the block of each row, int64 [rows].
    :param recording: Number of the recording of each block, int64 [N].
    :param seconds: The length that was aimed at; recordings are cut into equal parts.
    :param wanted: The length that memory and correlation ask for, in seconds.
    """

    of: npt.NDArray[np.int64]
    recording: npt.NDArray[np.int64]
    seconds: float
    wanted: float

    def __len__(self) -> int:
        """Return N."""
        return len(self.recording)


def cut(
    pair: Timed, differences: Sequence[Floats], span_s: float, length_s: float | None
) -> Blocks:
    """
    Cut recordings into blocks.

    Their length is that of Carlstein (Annals of Statistics 14, 1986) for the correlation of the
    differences between consecutive frames, and at least the span of memory. Of short recordings
    it is an eighth of all that there is.

    :param differences: Between the runs, by frame; not a number where there is none.
    :param span_s: How far back memory reaches.
    :param length_s: A length to take instead.
    """
    steps = np.diff(pair.time_s)
    within = steps[(np.diff(pair.camera) == 0) & (np.diff(pair.recording) == 0) & (steps > 0)]
    step_s = float(np.median(within)) if len(within) else 1.0
    count = int(pair.recording.max()) + 1
    first = np.full(count, np.inf)
    last = np.full(count, -np.inf)
    np.minimum.at(first, pair.recording, pair.time_s)
    np.maximum.at(last, pair.recording, pair.time_s)
    durations = last - first + step_s
    rho = max((correlation(one, pair.camera) for one in differences), default=0.0)
    frames = (2 * rho / (1 - rho**2)) ** (2 / 3) * len(pair.time_s) ** (1 / 3)
    wanted = length_s or max(span_s, frames * step_s, step_s)
    seconds = length_s or min(wanted, max(step_s, float(durations.sum()) / FEWEST))
    parts = np.maximum(1, np.floor(durations / seconds + 1e-9)).astype(np.int64)
    inside = (pair.time_s - first[pair.recording]) / durations[pair.recording]
    numbers = np.minimum(
        (inside * parts[pair.recording] + 1e-6).astype(np.int64), parts[pair.recording] - 1
    )
    offsets = np.concatenate([[0], np.cumsum(parts)[:-1]])
    # Gaps of a recording leave blocks without a frame, which are none.
    held, of = np.unique(offsets[pair.recording] + numbers, return_inverse=True)
    recording = np.searchsorted(offsets, held, side='right') - 1
    return Blocks(of.astype(np.int64), recording, seconds, wanted)


def effective(values: Floats, blocks: Blocks) -> float:
    """
    Count blocks as if they were independent: n (1 - r) / (1 + r).

    :param values: Of each frame; not a number where it has none.
    """
    has_one = ~np.isnan(values)
    counts = np.bincount(blocks.of[has_one], minlength=len(blocks))
    totals = np.bincount(blocks.of[has_one], values[has_one], len(blocks))
    with np.errstate(invalid='ignore'):
        rho = correlation(totals / counts, blocks.recording)
    return len(blocks) * (1 - rho) / (1 + rho)


def correlation(values: Floats, group: npt.NDArray[np.int64]) -> float:
    """
    Estimate how alike consecutive values are, from 0 to below 1.

    :param values: Float64 [N]; what is not a number is left out.
    :param group: Number of the group of each, int64 [N]; no two of different groups are
        consecutive, and each group has a mean of its own.
    """
    has_one = ~np.isnan(values)
    values, group = values[has_one], group[has_one]
    if not len(values):
        return 0.0
    _, group = np.unique(group, return_inverse=True)
    counts = np.bincount(group)
    centred = values - (np.bincount(group, values) / counts)[group]
    total = float(np.square(centred).sum())
    neighbours = np.diff(group) == 0
    together = float((centred[1:] * centred[:-1])[neighbours].sum())
    if not total:
        return 0.0
    raw = together / total
    # Of a short series the estimate is too small (Kendall, Biometrika 41, 1954).
    return min(max(raw + (1 + 3 * raw) / len(values), 0.0), _LARGEST_CORRELATION)
