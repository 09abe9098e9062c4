"""The results of a replay, read to be compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros.replay.comparison.shape import RESULTS_SHAPE, flaw, read_version
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.figures.rows import SCHEMA, SCHEMA_KEY
from time2general_ros.replay.figures.rows import SCHEMA_VERSION as ROWS_VERSION
from time2general_ros.replay.runs.parts import FOLDER, FRAMES
from time2general_ros.replay.runs.results import RESULTS
from time2general_ros.replay.runs.summary import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    :param folders: By name, where the masks of a source lie if that is another folder.
    """

    text: str
    folder: Path
    mode: str
    results: dict[str, Any]
    frames: pa.Table
    folders: Mapping[str, Path] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the figures."""
        return tuple(self.results['scored']['classes'])

    @property
    def is_live(self) -> bool:
        """Whether the masks are those of a live node, which loses frames."""
        return 'live' in self.results.get('settings', {})

    @property
    def tags(self) -> dict[str, frozenset[str]]:
        """Tags of the sources, which those of a fleet have, by what stands in ``recording``."""
        sources = zip(_recordings(self.results), self.results['sources'], strict=True)
        return {key: frozenset(source.get('tags', ())) for key, source in sources}

    def folder_of(self, source: str) -> Path:
        """Return where the masks of a source lie."""
        return self.folders.get(source, self.folder)

    @property
    def names(self) -> dict[str, str]:
        """The sources by what stands in ``recording``."""
        return dict(zip(_recordings(self.results), _sources(self.results), strict=True))


def read_run(text: str, folder: Path, mode: str) -> Run:
    """
    Read the results of a replay.

    :param text: As the user named it.
    :param mode: The memory mode; empty for the main one.
    :raises MissingRunError: if there are none, or they are unfinished.
    :raises ReplayError: if they are damaged or of another schema.
    """
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
    results = read_version(file, SCHEMA_VERSION, 'replay again')
    lacking = {'settings', 'sources', 'scored', 'model', 'run_id'} - results.keys()
    if lacking:
        raise ReplayError(f'{file} lacks {", ".join(sorted(lacking))}; replay again')
    damage = flaw(results, RESULTS_SHAPE)
    if damage:
        raise ReplayError(f'{file} cannot be read: {damage}; replay again')
    return results


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
    return with_recordings(table, results, file)


def with_recordings(table: pa.Table, results: dict[str, Any], where: Path) -> pa.Table:
    """
    Add the column ``recording`` to rows; see :class:`Run`.

    :param where: They are from, for the message.
    :raises ReplayError: if there are rows of none of the sources.
    """
    recordings = dict(zip(_sources(results), _recordings(results), strict=True))
    names = pc.cast(table['source'], pa.string()).to_pylist()
    strangers = {*names} - recordings.keys()
    if strangers:
        raise ReplayError(
            f'{where} holds frames of {min(map(str, strangers))}, which is none of the sources in '
            f'{RESULTS}; replay again'
        )
    column = [recordings[name] for name in names]
    if 'recording' in table.column_names:
        table = table.drop_columns(['recording'])
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
