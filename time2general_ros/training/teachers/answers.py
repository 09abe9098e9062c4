"""A teacher's answers to the images of voted folders: made once, kept with checksums."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
import hashlib
import json
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch

from time2general_ros.checksum import sha256
from time2general_ros.data.label_maps import read_image
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.takes import read_vote
from time2general_ros.data.video_frames import VideoFrames
from time2general_ros.labels.cityscapes import STREETS, street_labels
from time2general_ros.model.checkpoint import check_present
from time2general_ros.model.config import ModelConfig
from time2general_ros.training.recipes.recipe import TeacherSource
from time2general_ros.training.start import load_original, settings_of, weights_of
from time2general_ros.training.teachers.teacher import VIEWS, Answer, Teacher, as_scores
from time2general_ros.whole import write_whole
from time2general_ros.workers import worker_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy.typing as npt

    from time2general_ros.data.voted import VotedFolder

    Pixels = npt.NDArray[np.uint8]

ABOUT = 'teacher.json'
# To be raised when answers are made otherwise than before.
MANNER = 1
STILL = '.jpg'
# The checksum of a vote that was not there.
NO_FILE = ''


class AnswersError(DataError):
    """Kept answers are not those of the teacher."""


def answered(
    source: TeacherSource,
    folders: Mapping[str, VotedFolder],
    on_file: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, VotedFolder]:
    """
    Let a teacher answer for voted folders, as far as it has not done so yet.

    Where a folder has votes of its own, they are one more opinion.

    :param folders: By name; those that the source does not name are left as they are.
    :param on_file: Told how many of how many images and videos are done.
    :returns: the folders, with the answers in place of their votes.
    :raises AnswersError: if the folder of answers is that of another teacher, or the teacher does
        not know the classes of streets.
    :raises ConfigError: if the teacher cannot be loaded.
    """
    taught = {name: folder for name, folder in folders.items() if name in (source.of or folders)}
    labels = ModelConfig.from_dict(settings_of(source.weights, source.model)).label_set
    if labels != street_labels():
        raise AnswersError(
            f'the teacher {source.weights} knows the classes {labels.name}; votes, whose place '
            f'its answers take, are in {STREETS}; name a teacher of these classes'
        )
    _claim(source)
    work = [
        _Work(file, folder, source.answers / name, source.every)
        for name, folder in taught.items()
        for file in (*folder.stills, *folder.videos)
    ]
    missing = [piece for piece in work if not piece.is_done()]
    settings = (source.weights, source.model)
    if missing:
        # What keeps it from being loaded is told once, not by each process.
        load_original(*settings)
    with worker_pool(min(os.cpu_count() or 1, max(1, len(missing))), _open, settings) as pool:
        for done, _ in enumerate(pool.map(_label, missing), start=1):
            on_file(len(work) - len(missing) + done, len(work))
    votes = {name: replace(folder, votes=source.answers / name) for name, folder in taught.items()}
    return {**folders, **votes}


def _claim(source: TeacherSource) -> None:
    """Compare the folder of answers with the teacher, or write down whose it is."""
    weights = weights_of(source.weights)
    check_present(weights)
    about = {
        'weights': sha256(weights),
        'every': source.every,
        'views': [list(view) for view in VIEWS],
        'manner': MANNER,
    }
    file = source.answers / ABOUT
    try:
        known = json.loads(file.read_text(encoding='utf-8'))
        if not isinstance(known, dict):
            raise ValueError('it holds no table of keys')
    except FileNotFoundError:
        write_whole(file, (json.dumps(about, indent=2) + '\n').encode())
        return
    except (OSError, ValueError) as error:
        raise AnswersError(
            f'{file} cannot be read ({error}); remove the folder {source.answers}, its answers '
            'are made anew then'
        ) from error
    if known != about:
        differing = sorted(key for key in about if known.get(key) != about[key])
        raise AnswersError(
            f'{source.answers} holds answers of another teacher than {source.weights} '
            f'({", ".join(f"{key} {known.get(key)}, not {about[key]}" for key in differing)}); '
            'remove it, or name another folder as answers'
        )


class _Work:
    """One image or video to be labelled, in any process."""

    def __init__(self, file: Path, source: VotedFolder, target: Path, every: int) -> None:
        self.file = file
        self.source = source
        self.answers = replace(source, votes=target)
        self.every = every
        self.seal = target / 'checksums' / f'{file.name}.json'

    def is_done(self) -> bool:
        """Tell whether image, votes and answers are those that were written down."""
        with suppress(OSError, ValueError):
            known = json.loads(self.seal.read_text(encoding='utf-8'))
            if not isinstance(known, dict):
                return False
            still = self.file.suffix == STILL
            first = self.answers.vote(self.file.stem) if still else self._places(0)[1]
            needed = {self.file.name, first.name, _confidence_of(first).name}
            return needed <= {PurePath(name).name for name in known} and all(
                _checksum(self.seal.parent / name) == value for name, value in known.items()
            )
        return False

    def pictures(self) -> Iterator[tuple[Path, Path, Pixels, Pixels | None]]:
        """Yield where a vote may lie, where the answer belongs, an image, and the one after."""
        if self.file.suffix == STILL:
            name = self.file.stem
            yield self.source.vote(name), self.answers.vote(name), read_image(self.file), None
            return
        chosen: tuple[int, Pixels] | None = None
        for index, frame in enumerate(VideoFrames(self.file)):
            image = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
            if chosen:
                yield *self._places(chosen[0]), chosen[1], image
            chosen = (index, image) if index % self.every == 0 else None
        if chosen:
            yield *self._places(chosen[0]), chosen[1], None

    def _places(self, index: int) -> tuple[Path, Path]:
        name, video = f'{index:06}', self.file.stem
        return self.source.vote(name, video), self.answers.vote(name, video)


_teacher: Teacher | None = None


def _open(weights: Path, model: dict[str, Any]) -> None:
    """Load the teacher into a process, one thread each: several processes are faster so."""
    global _teacher
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _teacher = Teacher(load_original(weights, model))


def _label(work: _Work) -> None:
    teacher = _teacher
    if teacher is None:
        raise AnswersError('no teacher was loaded in this process')
    sums: dict[str, str] = {}

    def note(file: Path, value: str) -> None:
        sums[os.path.relpath(file, work.seal.parent)] = value

    note(work.file, sha256(work.file))
    for vote, target, image, following in work.pictures():
        classes = teacher.classes
        others = []
        for file in (vote, _confidence_of(vote)):
            note(file, _checksum(file))
        if vote.is_file():
            others.append(as_scores(*read_vote(vote, image.shape[:2]), classes))
        answer = teacher.answer(image, following, others)
        for file, content in _encoded(target, answer).items():
            write_whole(file, content)
            note(file, hashlib.sha256(content).hexdigest())
    write_whole(work.seal, json.dumps(sums, indent=1).encode())


def _encoded(target: Path, answer: Answer) -> dict[Path, bytes]:
    png = partial(cv2.imencode, '.png')
    return {
        target: png(answer.ids)[1].tobytes(),
        _confidence_of(target): png(answer.trust)[1].tobytes(),
    }


def _confidence_of(vote: Path) -> Path:
    """Say where it lies how sure a vote is."""
    return vote.with_stem(f'{vote.stem}_conf')


def _checksum(file: Path) -> str:
    """Return the checksum of a file, or that there is none."""
    return sha256(file) if file.is_file() else NO_FILE
