"""The same frames in two runs, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from time2general_ros.replay.comparison.shared import answered, keep_shared
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.live import UNANSWERED

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from time2general_ros.replay.comparison.run import Run

# What makes two rows those of one image.
_KEY = ('recording', 'topic', 'video', 'message', 'stamp_ns')


@dataclass(frozen=True)
class Pair:
    """
    Rows of two runs, of the same images in the same order: by recording, topic and time.

    :param recording: Number of the recording of each row, int64 [N]; videos of a data set are
        recordings of their own.
    :param names: Of the recordings.
    :param camera: Number of the recording and topic of each row, int64 [N].
    :param time_s: From the beginning of the source, by log time, float64 [N].
    :param shared: Which frames both runs answered, bool [N]; others have no figures.
    :param tags: Of each recording, in one run or the other.
    """

    a: pa.Table
    b: pa.Table
    recording: npt.NDArray[np.int64]
    names: tuple[str, ...]
    camera: npt.NDArray[np.int64]
    time_s: npt.NDArray[np.float64]
    shared: npt.NDArray[np.bool_]
    tags: tuple[frozenset[str], ...]

    def tagged(self, tag: str) -> Pair:
        """Take the rows of the recordings with a tag."""
        held = [number for number, tags in enumerate(self.tags) if tag in tags]
        rows = np.flatnonzero(np.isin(self.recording, held))
        return Pair(
            self.a.take(rows),
            self.b.take(rows),
            np.searchsorted(held, self.recording[rows]),
            tuple(self.names[number] for number in held),
            self.camera[rows],
            self.time_s[rows],
            self.shared[rows],
            tuple(self.tags[number] for number in held),
        )

    def alone(self) -> tuple[int, int]:
        """Count the frames that A alone answered, and those that B alone did."""
        a, b = (answered(table) for table in (self.a, self.b))
        return int((a & ~b).sum()), int((b & ~a).sum())


def pair(a: Run, b: Run) -> Pair:
    """
    Bring the frames of two runs together; of live ones, which lose some, those of both.

    :raises ReplayError: if they are not those of the same images, or scored in other classes,
        against other labels or along another flow; the message names what differs.
    """
    _check_recordings(a, b)
    along = [run.results['settings'].get('flow_method', 'an older flow') for run in (a, b)]
    if along[0] != along[1]:
        raise ReplayError(
            f'flow figures of {a.text} are measured along {along[0]}, those of {b.text} along '
            f'{along[1]}; replay both by the same version'
        )
    if a.classes != b.classes:
        sets = [run.results['scored']['label_set'] for run in (a, b)]
        raise ReplayError(
            f'{a.text} is scored in {len(a.classes)} classes ({sets[0]}) and {b.text} in '
            f'{len(b.classes)} ({sets[1]}); replay both against the same labels with --labels'
        )
    first, second = _ordered(a), _ordered(b)
    _check_frames(a, b, first, second)
    if a.is_live or b.is_live:
        first, second = keep_shared(first, second)
    shared = answered(first) & answered(second)
    if not shared.any() and (answered(first) | answered(second)).any():
        raise ReplayError(f'no frame was answered in both {a.text} and {b.text}')
    _check_labels(a, b, first, second)
    recordings, cameras = _numbers(first, ('recording', 'video')), _numbers(first, _KEY[:2])
    names = _names(a, first, recordings)
    time_s = np.asarray(first['offset_s'].to_numpy(), np.float64)
    return Pair(first, second, recordings, names, cameras, time_s, shared, _tags(a, b, first))


def _check_recordings(a: Run, b: Run) -> None:
    for run, other in ((a, b), (b, a)):
        alone = [name for key, name in run.names.items() if key not in other.names]
        if alone:
            named_alike = ' (there is another recording of that name)' * (
                alone[0] in other.names.values()
            )
            raise ReplayError(
                f'{a.text} and {b.text} are of different recordings: {", ".join(alone)} in '
                f'{run.text} is not in {other.text}{named_alike}; replay the same ones'
            )


def _ordered(run: Run) -> pa.Table:
    order = [(name, 'ascending') for name in ('recording', 'topic', 'message')]
    table = run.frames
    texts = {name: pc.cast(table[name], pa.string()) for name in ('topic', 'refused')}
    for name, column in texts.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table.sort_by(order)


def _check_frames(a: Run, b: Run, first: pa.Table, second: pa.Table) -> None:
    for run, one, other in ((a, first, second), (b, second, first)):
        topics = _pairs(one) - _pairs(other)
        if topics:
            key, topic = sorted(topics)[0]
            raise ReplayError(
                f'{a.text} and {b.text} are of different topics: {topic} of {run.names[key]} is '
                f'in {run.text} alone; give both the same --topic'
            )
    if len(first) == len(second):
        unlike = np.zeros(len(first), np.bool_)
        for name in _KEY:
            unlike |= ~np.asarray(pc.equal(_filled(first, name), _filled(second, name)))
        why, other = (
            pc.if_else(pc.equal(_filled(table, 'refused'), UNANSWERED), '', table['refused'])
            if run.is_live
            else table['refused']
            for run, table in ((a, first), (b, second))
        )
        unlike |= ~np.asarray(pc.equal(pc.fill_null(why, ''), pc.fill_null(other, '')))
        if not unlike.any():
            return
        where = first.slice(int(np.flatnonzero(unlike)[0]), 1).to_pylist()[0]
        what = f'{int(unlike.sum())} of {len(first)} frames differ, the first is'
    else:
        counts = [_count(table) for table in (first, second)]
        recording, topic = next(key for key in counts[0] if counts[0][key] != counts[1][key])
        where = {'topic': topic, 'recording': recording}
        what = ' and '.join(str(count[recording, topic]) for count in counts) + ' frames'
    raise ReplayError(
        f'{a.text} and {b.text} are of different frames: {what} of {where["topic"]} in '
        f'{a.names[where["recording"]]}; replay both with the same --start, --end, --every and '
        '--image-bits'
    )


def _filled(table: pa.Table, name: str) -> pa.ChunkedArray:
    is_text = pa.types.is_string(table.schema.field(name).type)
    return pc.fill_null(table[name], '' if is_text else -1)


def _check_labels(a: Run, b: Run, first: pa.Table, second: pa.Table) -> None:
    """Compare which frames have labels, and how many pixels of each class are in each frame."""
    same = np.array_equal(first['labelled'].to_numpy(), second['labelled'].to_numpy())
    if not same or not np.array_equal(_true_pixels(first), _true_pixels(second)):
        where = [run.results['settings'].get('labels') for run in (a, b)]
        places = f' ({where[0]} and {where[1]})' if all(where) and where[0] != where[1] else ''
        raise ReplayError(
            f'{a.text} and {b.text} are scored against different labels{places}; replay both with '
            'the same --labels'
        )


def _true_pixels(table: pa.Table) -> npt.NDArray[np.int64]:
    """Count the pixels of each class in each frame, int64 [entries, (frame and class, pixels)]."""
    column = table['confusion'].combine_chunks()
    entries = column.flatten()
    frames = np.asarray(pc.list_parent_indices(column), np.int64)
    keys, place = np.unique(frames * 256 + np.asarray(entries.field('truth')), return_inverse=True)
    pixels = np.bincount(place, np.asarray(entries.field('pixels')), len(keys))
    return np.stack([keys, pixels.astype(np.int64)], axis=1)


def _pairs(table: pa.Table) -> set[tuple[str, str]]:
    return set(_count(table))


def _count(table: pa.Table) -> dict[tuple[str, str], int]:
    counted = table.group_by(['recording', 'topic']).aggregate([([], 'count_all')]).to_pylist()
    return {(row['recording'], row['topic']): row['count_all'] for row in counted}


def _numbers(table: pa.Table, columns: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Give rows numbers by what stands in some columns, in order of appearance."""
    seen: dict[tuple[Any, ...], int] = {}
    keys = zip(*(table[name].to_pylist() for name in columns), strict=True)
    return np.array([seen.setdefault(key, len(seen)) for key in keys], np.int64)


def _tags(a: Run, b: Run, table: pa.Table) -> tuple[frozenset[str], ...]:
    """Give the tags of each recording; other tags in one list than in the other count as well."""
    recordings = _numbers(table, ('recording', 'video'))
    keys = table['recording'].take(np.unique(recordings, return_index=True)[1]).to_pylist()
    first, second = a.tags, b.tags
    return tuple(first[key] | second[key] for key in keys)


def _names(run: Run, table: pa.Table, recordings: npt.NDArray[np.int64]) -> tuple[str, ...]:
    firsts = table.take(np.unique(recordings, return_index=True)[1])
    keys, videos = firsts['recording'].to_pylist(), firsts['video'].to_pylist()
    many = {key for key in keys if keys.count(key) > 1}
    return tuple(
        f'{run.names[key]} video {video}' if key in many else run.names[key]
        for key, video in zip(keys, videos, strict=True)
    )
