"""The results of a replay, read to be compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros.replay.comparison.shape import RESULTS_SHAPE, flaw
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.parts import FOLDER, FRAMES
from time2general_ros.replay.results import RESULTS
from time2general_ros.replay.rows import SCHEMA, SCHEMA_KEY
from time2general_ros.replay.rows import SCHEMA_VERSION as ROWS_VERSION
from time2general_ros.replay.summary import SCHEMA_VERSION
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from pathlib import Path


class MissingRunError(ReplayError):
    """There are no finished results where some were named."""


class MissingBaselineError(ReplayError):
    """There is nothing to compare with; a gate must not take that for a pass."""

    exit_code = 5


@dataclass(frozen=True)
class Run:
    """
    What a replay found in one memory mode.

    :param text: As the user named it.
    :param results: Of ``results.json``, see docs/replay.md.
    :param frames: The rows of that mode, with the columns of ``frames.parquet``, and one more:
        ``recording``, text that is the same in two runs for the same content.
    """

    text: str
    folder: Path
    mode: str
    results: dict[str, Any]
    frames: pa.Table

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the figures."""
        return tuple(self.results['scored']['classes'])

    @property
    def is_live(self) -> bool:
        """Whether the masks are those of a live node, which loses frames."""
        return 'live' in self.results.get('settings', {})

    @property
    def names(self) -> dict[str, str]:
        """The sources by what stands in ``recording``."""
        return dict(zip(_recordings(self.results), _sources(self.results), strict=True))


def open_baseline(text: str) -> Run:
    """
    Read the results that others are compared with.

    :raises MissingBaselineError: if there are none.
    :raises ReplayError: as :func:`open_run`.
    """
    try:
        return open_run(text)
    except MissingRunError as error:
        raise MissingBaselineError(f'the baseline is missing: {error}') from error


def open_run(text: str) -> Run:
    """
    Read the results in a folder.

    :param text: The folder; for a mode other than the main one ``FOLDER:MODE``.
    :raises MissingRunError: if there are none, or they are unfinished.
    :raises ReplayError: if they are damaged or of another schema.
    """
    folder, mode = user_path(text), ''
    if not folder.exists() and ':' in text:
        folder, mode = user_path(text.rpartition(':')[0]), text.rpartition(':')[2]
    results = _read_results(folder)
    modes = results['settings']['memory']
    if mode and mode not in modes:
        raise ReplayError(
            f'{folder} has no results with memory {mode}, only {", ".join(modes)}; replay with '
            '--memory both'
        )
    if results['scored'] is None:
        raise ReplayError(
            f'the sources of {folder} have labels of different sets, and no common figures; '
            'replay them one by one'
        )
    return Run(text, folder, mode or modes[0], results, _read_frames(folder, results, mode))


def _read_results(folder: Path) -> dict[str, Any]:
    file = folder / RESULTS
    if not file.is_file():
        if (folder / FOLDER).is_dir():
            raise MissingRunError(
                f'the replay in {folder} is not finished; give its command again'
            )
        raise MissingRunError(
            f'{folder} holds no results of a replay; make them with: replay --out {folder}'
        )
    try:
        results = json.loads(file.read_text('utf-8'))
    except (OSError, ValueError) as error:
        raise ReplayError(f'{file} cannot be read: {error}; replay again') from error
    schema = results.get('schema') if isinstance(results, dict) else None
    if schema != SCHEMA_VERSION:
        raise ReplayError(
            f'{file} has schema {schema!r}, and this version reads {SCHEMA_VERSION}; replay again'
        )
    lacking = {'settings', 'sources', 'scored', 'model', 'run_id'} - results.keys()
    if lacking:
        raise ReplayError(f'{file} lacks {", ".join(sorted(lacking))}; replay again')
    damage = flaw(results, RESULTS_SHAPE)
    if damage:
        raise ReplayError(f'{file} cannot be read: {damage}; replay again')
    return dict(results)


def _read_frames(folder: Path, results: dict[str, Any], mode: str) -> pa.Table:
    file = folder / FRAMES
    try:
        schema = pq.read_schema(file)
        found = (schema.metadata or {}).get(SCHEMA_KEY, b'none').decode()
        if found != str(ROWS_VERSION) or not {*SCHEMA.names} <= {*schema.names}:
            raise ReplayError(
                f'{file} has schema {found}, and this version reads {ROWS_VERSION}; replay again'
            )
        table = pq.read_table(file, columns=SCHEMA.names)
    except (OSError, pa.ArrowException) as error:
        raise ReplayError(f'{file} cannot be read: {error}; replay again') from error
    mode = mode or results['settings']['memory'][0]
    table = table.filter(pc.equal(pc.cast(table['memory'], pa.string()), mode))
    if not len(table):
        raise ReplayError(f'{file} has no frame with memory {mode}; replay again')
    recordings = dict(zip(_sources(results), _recordings(results), strict=True))
    names = pc.cast(table['source'], pa.string()).to_pylist()
    strangers = {*names} - recordings.keys()
    if strangers:
        raise ReplayError(
            f'{file} holds frames of {min(map(str, strangers))}, which is none of the sources in '
            f'{RESULTS}; replay again'
        )
    column = [recordings[name] for name in names]
    return table.append_column('recording', pa.array(column, pa.string()))


def _sources(results: dict[str, Any]) -> list[str]:
    return [source['name'] for source in results['sources']]


def _recordings(results: dict[str, Any]) -> list[str]:
    """Name sources by their content; one that is there twice gets a number."""
    seen: Counter[str] = Counter()
    names = []
    for source in results['sources']:
        seen[source['fingerprint']] += 1
        names.append(f'{source["fingerprint"]} {seen[source["fingerprint"]]}')
    return names
