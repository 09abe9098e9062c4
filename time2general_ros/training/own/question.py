"""What a run was asked for, kept beside it: another question does not go on in its folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from time2general_ros.checksum import sha256
from time2general_ros.data.survey.survey import drive_of
from time2general_ros.errors import Time2GeneralError
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from time2general_ros.data.labelled_video import LabelledVideos
    from time2general_ros.labels.label_set import LabelSet

QUESTION, RECIPE = 'question.json', 'recipe.yaml'
# What does not change a run; what is too long to be shown.
UNASKED = ('name', 'terms')
UNTOLD = ('classes', 'drives', 'weights')
STATES = ('state.safetensors', 'log.csv', RECIPE)


class QuestionError(Time2GeneralError):
    """A folder holds another run, or data cannot be learned from."""


@dataclass(frozen=True)
class Question:
    """
    What is asked for.

    :param start: Folder of the model that is started from; data: ``KIND:WHERE``.
    :param videos: Files or folders of videos without labels; minutes: for everything.
    :param name: Of the model that is to be; terms: of what it starts from.
    """

    start: Path
    data: str
    videos: tuple[Path, ...]
    minutes: float
    seed: int
    name: str
    terms: str = ''


def claim(
    folder: Path, question: Question, weights: Path, classes: LabelSet, drives: list[str]
) -> bool:
    """
    Compare a folder with a question, or write down that it is now of that question.

    :param weights: File of the model that is started from; classes, drives: of the data.
    :returns: whether a run of the same question is to go on.
    :raises QuestionError: if the folder holds a run of another one.
    """
    asked = {key: _plain(value) for key, value in asdict(question).items() if key not in UNASKED}
    about: dict[str, Any] = {
        **asked,
        'weights': sha256(weights),
        'classes': list(classes.classes),
        'drives': drives,
    }
    file = folder / QUESTION
    try:
        known = json.loads(file.read_text(encoding='utf-8'))
    except FileNotFoundError:
        if other := next((name for name in STATES if (folder / name).exists()), None):
            raise QuestionError(
                f'{folder} holds another run ({other}); name another folder with --out'
            ) from None
        write_whole(file, (json.dumps(about, indent=2) + '\n').encode())
        return False
    except (OSError, ValueError) as error:
        raise QuestionError(
            f'{file} cannot be read ({error}); name another folder with --out'
        ) from error
    if not (folder / RECIPE).is_file():
        # Nothing was learned yet: what was wrong with the data may be mended.
        write_whole(file, (json.dumps(about, indent=2) + '\n').encode())
        return False
    if known != about:
        raise QuestionError(
            f'{folder} holds another run: {_difference(known, about)}; name another folder with '
            '--out, or give the same options to go on'
        )
    return True


def drives_of(data: LabelledVideos) -> list[str]:
    """Name the drives of a part of the data."""
    return sorted({drive_of(video) for video in data.videos})


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return [str(one) for one in value] if isinstance(value, tuple) else value


def _difference(known: Any, about: dict[str, Any]) -> str:
    """Say in what a run differs, by what can be told in a few words if there is such."""
    before = known if isinstance(known, dict) else {}
    differing = [key for key in about if before.get(key) != about[key]]
    short = [key for key in differing if key not in UNTOLD]
    if not short:
        return f'its {", ".join(differing or ["keys"])} are not those of now'
    return ', '.join(f'{key} was {before.get(key)!r}, not {about[key]!r}' for key in short)
