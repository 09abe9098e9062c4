"""What an exported graph says about itself, and whether it belongs to a model folder."""

from __future__ import annotations

from collections.abc import Mapping
import json
from typing import TYPE_CHECKING, BinaryIO

from time2general_ros import __version__
from time2general_ros.streaming.model_folder import (
    EXPORT,
    SCORE_STRIDE,
    ModelError,
    ModelFolder,
)

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 'time2general.version'
PRECISION = 'time2general.precision'
MASK_STRIDE = 'time2general.mask_stride'
# What is meant by a graph that does not say it.
_UNSAID = {MASK_STRIDE: str(SCORE_STRIDE)}

# `metadata_props` of a ModelProto, `key` and `value` of its entries: see onnx.proto.
_METADATA_FIELD, _KEY_FIELD, _VALUE_FIELD = 14, 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def identity(model: ModelFolder, cameras: int | None = None) -> dict[str, str]:
    """
    Say what a graph must have in common with the folder that it is run with.

    :param cameras: Batch of the graph; None for that of the card.
    :raises ModelError: if the card lacks something.
    """
    card, labels = model.card, model.labels
    preprocessing = {key: card['input'].get(key) for key in ('height', 'width', 'mean', 'std')}
    return {
        'time2general.model_sha256': model.checksum('weights.safetensors'),
        'time2general.labels': json.dumps(labels.classes),
        'time2general.palette': json.dumps(labels.colours[: len(labels)].tolist()),
        'time2general.preprocessing': json.dumps({'channels': 'rgb', **preprocessing}),
        'time2general.cameras': str(cameras or card['input'].get('cameras', 1)),
        MASK_STRIDE: str(model.mask_stride),
    }


def artefact_metadata(
    model: ModelFolder, precision: str, cameras: int | None = None
) -> dict[str, str]:
    """Give all that a graph says: :func:`identity`, what made it and how it computes."""
    return {**identity(model, cameras), VERSION: __version__, PRECISION: precision}


def check_artefact(
    metadata: Mapping[str, str], model: ModelFolder, *, cameras: int | None = None
) -> None:
    """
    Refuse a graph that was not exported for a model folder.

    :param metadata: ``metadata_props`` of the ONNX graph, see :func:`read_metadata`.
    :param cameras: Batch that the graph must have; None for that of the card.
    :raises ModelError: if something that the graph says is not what the card says.
    """
    for key, expected in identity(model, cameras).items():
        found = metadata.get(key, _UNSAID.get(key))
        if found != expected:
            raise ModelError(
                f'the graph in {model.path} is not that of its card: {key} is '
                f'{_short(found)}, the card has {_short(expected)}; {EXPORT}'
            )


def read_metadata(path: Path) -> dict[str, str]:
    """
    Read ``metadata_props`` of an ONNX file, without the library and without its weights.

    :raises ModelError: if the file cannot be read or is no ONNX graph.
    """
    try:
        with path.open('rb') as file:
            return _read_entries(file, path.stat().st_size)
    except OSError as error:
        raise ModelError(f'cannot read {path}: {error.strerror}; {EXPORT}') from error
    except (ValueError, KeyError) as error:
        raise ModelError(f'{path} is not an ONNX graph: {error}; {EXPORT}') from error


def _short(value: str | None) -> str:
    if value is None:
        return 'missing'
    return repr(value if len(value) <= 70 else f'{value[:70]}...')


def _read_entries(file: BinaryIO, size: int) -> dict[str, str]:
    entries = {}
    while file.tell() < size:
        field, length = _next_field(file)
        if length > size - file.tell():
            raise ValueError('it ends too early')
        if field != _METADATA_FIELD:
            file.seek(length, 1)
            continue
        end, parts = file.tell() + length, {_KEY_FIELD: b'', _VALUE_FIELD: b''}
        while file.tell() < end:
            part, length = _next_field(file)
            if length > end - file.tell():
                raise ValueError('it ends too early')
            parts[part] = file.read(length)
        entries[parts[_KEY_FIELD].decode()] = parts[_VALUE_FIELD].decode()
    return entries


def _next_field(file: BinaryIO) -> tuple[int, int]:
    """Return the number of a protobuf field and the bytes that it takes from here on."""
    tag = _varint(file)
    kind = tag & 7
    if kind == _VARINT:
        _varint(file)
        return tag >> 3, 0
    if kind == _BYTES:
        return tag >> 3, _varint(file)
    if kind in (_FIXED32, _FIXED64):
        return tag >> 3, 4 if kind == _FIXED32 else 8
    raise ValueError(f'it has a field of kind {kind}')


def _varint(file: BinaryIO) -> int:
    value = shift = 0
    while True:
        byte = file.read(1)
        if not byte or shift > 63:
            raise ValueError('it has a number without an end')
        value |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            return value
