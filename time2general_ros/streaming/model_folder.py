"""A model on disk: a card, an ONNX graph and weights, each with its checksum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import json
from pathlib import Path
import reprlib
from typing import Any

from time2general_ros.checksum import sha256
from time2general_ros.errors import Time2GeneralError
from time2general_ros.labels.description import read_label_set
from time2general_ros.labels.files import shipped_label_set
from time2general_ros.labels.label_set import LabelSet, LabelSetError
from time2general_ros.share import share_folder
from time2general_ros.streaming.model_card import (
    LARGEST_CARD,
    is_whole,
    missing_entries,
    wrong_entries,
)

CARD = 'card.json'
CLASSES = 'classes'
FORMAT = 1
# Of scores and confidences, and of the class ids of graphs that do not say theirs.
SCORE_STRIDE = 4


class ModelError(Time2GeneralError):
    """A model folder is missing, incomplete or altered."""


@dataclass(frozen=True)
class ModelFolder:
    """
    A model that can be loaded by an engine.

    :param card: What ``card.json`` says: sizes, label set, checksums, where the model is from.
    """

    path: Path
    card: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.card['name'])

    @cached_property
    def labels(self) -> LabelSet:
        """The classes of its masks: those that the card lists, else the shipped set it names."""
        name = self.card['label_set']
        if CLASSES in self.card:
            return read_label_set(self.card[CLASSES], CLASSES, name)
        return shipped_label_set(name)

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width that the network sees, in pixels."""
        return int(self.card['input']['height']), int(self.card['input']['width'])

    @property
    def mask_stride(self) -> int:
        """Pixels of the network's image to one of the class ids, in each direction."""
        return int(self.card.get('mask_stride', SCORE_STRIDE))

    @property
    def mask_size(self) -> tuple[int, int]:
        """Height and width of the class ids."""
        height, width = self.input_size
        return height // self.mask_stride, width // self.mask_stride

    @property
    def score_size(self) -> tuple[int, int]:
        """Height and width of scores and confidences."""
        height, width = self.input_size
        return height // SCORE_STRIDE, width // SCORE_STRIDE

    @property
    def batch(self) -> int:
        """N, how many cameras one run of the ONNX graph serves."""
        return int(self.card['input'].get('cameras', 1))

    @property
    def precision(self) -> str:
        """What the heavy parts of the ONNX graph compute in, such as ``f32``."""
        return str(self.card.get('precision', 'f32'))

    @property
    def slots(self) -> int:
        """M, how many earlier frames are remembered."""
        return int(self.card['memory']['slots'])

    @property
    def slot_shape(self) -> tuple[int, int]:
        """P and D of one memory slot."""
        return int(self.card['memory']['tokens']), int(self.card['memory']['width'])

    def slot_part(self, name: str) -> slice:
        """
        Return the tokens of a slot that hold one of its parts, such as ``belief``.

        :raises ModelError: if the card does not say where that part is.
        """
        ends: dict[str, int] = self.card['memory'].get('parts', {})
        if name not in ends:
            raise ModelError(
                f'{self.path / CARD} has no slot part {name!r} but {sorted(ends)}; {EXPORT}'
            )
        starts = dict(zip(ends, [0, *ends.values()], strict=False))
        return slice(starts[name], ends[name])

    def checksum(self, name: str) -> str:
        """Return the SHA-256 that the card gives for a file, in hexadecimal."""
        try:
            return str(self.card['files'][name])
        except KeyError as error:
            alone = (
                '; this is the trained part alone, join it with its frozen encoder: time2general '
                f'assemble {self.path} --out DIR'
            )
            raise ModelError(
                f'{self.path / CARD} lists no file {name!r}'
                + (alone if self.card.get('frozen') else '')
            ) from error

    def present(self, name: str) -> Path:
        """
        Return the path of a file that the card lists.

        :raises ModelError: if the card does not list it or it is missing.
        """
        path = self.path / name
        self.checksum(name)
        if not path.is_file():
            raise ModelError(f'{path} is missing; {RESTORE}')
        return path

    def verified(self, name: str) -> Path:
        """
        Return the path of a file after comparing it with its checksum.

        :raises ModelError: if it is missing or is not the file that the card describes.
        """
        path, expected = self.path / name, self.checksum(name)
        try:
            found = sha256(path)
        except OSError as error:
            raise ModelError(f'cannot read {path}: {error.strerror}; {RESTORE}') from error
        if found != expected:
            raise ModelError(
                f'{path} is not the file its card describes: SHA-256 is {found}, the card says '
                f'{expected}; {RESTORE}'
            )
        return path


def _built_for(model: ModelFolder) -> LabelSet | None:
    """Return the classes that the network was built for, as far as the card says it."""
    named = model.card['config'].get('label_set')
    if isinstance(named, str):
        return shipped_label_set(named)
    return None if named is None else read_label_set(named, 'config.label_set')


RESTORE = 'restore it (git checkout, or install the package again) or name another model folder'
EXPORT = 'export the model again or install the version that made it'


def load_model_folder(path: Path | None = None) -> ModelFolder:
    """
    Read the card of a model folder; files are checked when an engine asks for them.

    :param path: The folder; None means the compact model that ships with the package.
    :raises ModelError: if there is no readable card, or it lacks an entry or has a wrong one.
    """
    path = path or share_folder() / 'models' / 'compact'
    file = path / CARD
    try:
        if file.stat().st_size > LARGEST_CARD:
            raise ModelError(
                f'{file} has more than {LARGEST_CARD} bytes: it is no card; {RESTORE}'
            )
        card = json.loads(file.read_text(encoding='utf-8'))
    except OSError as error:
        raise ModelError(
            f'{path} is not a model folder: cannot read {file}: {error.strerror}; {RESTORE}'
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f'{file} is not valid JSON: {error}; {RESTORE}') from error
    if isinstance(card, dict) and not is_whole(card.get('format', FORMAT), FORMAT):
        raise ModelError(
            f'{file} has format {reprlib.repr(card["format"])}, this version reads {FORMAT}; '
            f'{EXPORT}'
        )
    if missing := list(missing_entries(card)):
        raise ModelError(f'{file} lacks {", ".join(missing)}; {RESTORE}')
    if wrong := list(wrong_entries(card)):
        raise ModelError(f'{file}: {"; ".join(wrong)}; {RESTORE}')
    model = ModelFolder(path, card)
    try:
        labels, built = model.labels, _built_for(model)
        if built is not None and built.classes != labels.classes:
            raise LabelSetError(
                f'it has the classes {list(labels.classes)}, but the network was built for '
                f'{list(built.classes)}'
            )
    except LabelSetError as error:
        raise ModelError(f'{file}: {error}; {EXPORT}') from error
    return model
