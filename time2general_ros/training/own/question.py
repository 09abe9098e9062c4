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
STATES = ('state.safetensors', 'log.csv', RECIPE)


class QuestionError(Time2GeneralError):
    """A folder holds another run, or data cannot be learned from."""


@dataclass(frozen=True)
class Question:
    """
    What is asked for.

    :param start: Folder of the model that is started from; data: ``KIND:WHERE``.
    :param videos: Files or folders of videos without labels; minutes: for everything.
    :param name: Of the model that is to be.
    """

    start: Path
    data: str
    videos: tuple[Path, ...]
    minutes: float
    seed: int
    name: str


def claim(
    folder: Path, question: Question, weights: Path, classes: LabelSet, drives: list[str]
) -> bool:
    """
    Compare a folder with a question, or write down that it is now of that question.

    :param weights: File of the model that is started from; classes, drives: of the data.
    :returns: whether a run of the same question is to go on.
    :raises QuestionError: if the folder holds a run of another one.
    """
    about: dict[str, Any] = {
        **{key: _plain(value) for key, value in asdict(question).items()},
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
    if known != about:
        differing = [
            key for key in about if not isinstance(known, dict) or known.get(key) != about[key]
        ]
        raise QuestionError(
            f'{folder} holds a run of other {", ".join(differing)}: {_told(known, about, differing)}; '
            'name another folder with --out, or give the same options to go on'
        )
    return (folder / RECIPE).is_file()


def drives_of(data: LabelledVideos) -> list[str]:
    """Name the drives of a part of the data."""
    return sorted({drive_of(video) for video in data.videos})


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return [str(one) for one in value] if isinstance(value, tuple) else value


def _told(known: Any, about: dict[str, Any], differing: list[str]) -> str:
    short = [key for key in differing if key not in ('drives', 'weights')][:1] or differing[:1]
    before = known.get(short[0]) if isinstance(known, dict) else None
    if short[0] in ('drives', 'weights'):
        return f'its {short[0]} are not those of now'
    return f'{short[0]} was {before!r}, not {about[short[0]]!r}'
