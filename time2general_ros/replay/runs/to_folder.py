"""Segmenting sources into a folder of masks and figures, in parts that outlive the process."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.storages.mcap_join import join
from time2general_ros.errors import Time2GeneralError
from time2general_ros.replay.camera import cameras_of
from time2general_ros.replay.errors import NoImageError, ReplayError
from time2general_ros.replay.runs.parts import (
    FOLDER,
    MASKS,
    Parts,
    Progress,
)
from time2general_ros.replay.runs.results import (
    Summing,
    finished_run,
    holds_results,
    identity_of_results,
    remove_results,
)
from time2general_ros.replay.runs.source_run import SourceRun
from time2general_ros.replay.sources.first_image import FirstImage
from time2general_ros.replay.sources.prefixes import prefixes
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from time2general_ros.replay.runs.folder_run import FolderRun


def replay_to_folder(run: FolderRun) -> dict[str, Any]:
    """
    Segment the images of some sources, and write masks and figures: docs/replay.md says which.

    A run that was cut off goes on where it was, and its results are those of one that was not: the
    states of all memories are part of what it left behind. A run whose results are there is not
    done again.

    :returns: What ``results.json`` holds.
    :raises Time2GeneralError: if a source or the output is unusable; ``results.json`` is missing
        then.
    """
    try:
        return _replay(run)
    except OSError as error:
        raise ReplayError(
            f'{run.out} cannot be written: {error.strerror or error}; make room there, then give '
            'the same command again: it goes on where it stopped'
        ) from error


def _replay(run: FolderRun) -> dict[str, Any]:
    check_folder(run.out)
    for source in run.sources:
        if source.kind == 'bag' and run.out.resolve().is_relative_to(Path(source.path).resolve()):
            raise BagError(f'{run.out} lies in the bag being read; choose another place for it')
    _check_classes(run)
    parts, first_image = Parts(run.out), FirstImage(run.sources)
    with parts.locked():
        done = finished_run(run.out, run.identity)
        if done is not None:
            run.say(f'{run.out} holds this run already: nothing is done again')
        else:
            _begin(run, parts, first_image)
            try:
                done = _work(run, parts, first_image)
            except ReplayError:
                # It would come again: what is there is of no use.
                parts.remove()
                with suppress(OSError):
                    run.out.rmdir()
                raise
        parts.remove()
    return done


def _work(run: FolderRun, parts: Parts, first_image: FirstImage) -> dict[str, Any]:
    progress, states = parts.last()
    if progress.pieces:
        run.say(f'going on in {run.out} after {progress.total} images')
    progress = replace(progress, pieces=progress.pieces + 1)
    while progress.source < len(run.sources):
        items = first_image.items(progress.source, progress.pictures)
        progress = SourceRun(run, parts, progress).read(items, states)
        states = {}
    return _finish(run, parts, progress)


def check_folder(out: Path) -> None:
    """
    Refuse a folder that holds anything but a replay, before long work.

    :raises ReplayError: if it does, or it is a file.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise ReplayError(f'{out} is a file; name a folder, or NAME.mcap for a bag alone')
    held = {path.name for path in out.iterdir()}
    if held and FOLDER not in held and not holds_results(out):
        raise ReplayError(f'{out} holds other files than a replay; name another folder with --out')


def _begin(run: FolderRun, parts: Parts, first_image: FirstImage) -> None:
    """Make room for a new run that can work, unless this one has begun already."""
    before = parts.identity or identity_of_results(run.out)
    if parts.identity == run.identity.facts:
        remove_results(run.out)
        return
    try:
        if not first_image.exists():
            raise NoImageError([source.path for source in run.sources])
    except Time2GeneralError:
        # What was there stays: results, or the parts of a run that was cut off.
        if parts.identity is None:
            parts.remove()
            with suppress(OSError):
                run.out.rmdir()
        raise
    remove_results(run.out)
    if before == run.identity.facts:
        run.say(f'files of this run in {run.out} are damaged or missing: starting anew')
    elif before is not None:
        run.say(f'{run.out} holds another run ({run.identity.differs_by(before)}): starting anew')
    parts.begin(run.identity.facts)


def _check_classes(run: FolderRun) -> None:
    """
    Insist on classes that can be scored, before anything is made or removed.

    :raises Time2GeneralError: if the labels of a source do not fit.
    """
    labels = next(iter(run.segmenters.values())).labels
    for source, prefix in zip(run.sources, prefixes(run.sources), strict=True):
        cameras_of(source, prefix, labels)


def _finish(run: FolderRun, parts: Parts, progress: Progress) -> dict[str, Any]:
    """Join the parts, and write the figures of all of them."""
    folders = list(parts)
    summing = Summing(run, folders, progress)
    summing.write_frames()
    with whole(run.out / MASKS) as place:
        join((folder / MASKS for folder in folders), place)
    return summing.write_results()
