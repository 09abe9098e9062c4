"""Opening whatever a user names as a run: results of a replay, or of a fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.replay.comparison.of_fleet import is_fleet, read_fleet
from time2general_ros.replay.comparison.run import (
    MissingBaselineError,
    MissingRunError,
    read_run,
)
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from time2general_ros.replay.comparison.run import Run


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
    read = read_fleet if is_fleet(folder) else read_run
    return read(text, folder, mode)
