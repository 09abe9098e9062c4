"""The trained part of a model and its frozen encoder, joined to a folder that engines load."""

from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path
import shutil
from typing import TYPE_CHECKING, Any

from time2general_ros.export.artefact import ExportError, Target, export_model
from time2general_ros.model.backbones.published import known_as
from time2general_ros.model.backbones.source import BackboneError, identify
from time2general_ros.new_folder import new_folder
from time2general_ros.share import share_folder
from time2general_ros.streaming.model_folder import CARD, load_model_folder
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from time2general_ros.streaming.model_folder import ModelFolder

WEIGHTS = 'weights.safetensors'


def find_trained_part(name: str) -> ModelFolder:
    """
    Open what was trained beside a frozen encoder: a model folder that may lack its graph.

    :param name: One that ships with the package, such as ``small``, or a folder, with a slash.
    :raises ExportError: if there is none, or it needs no frozen encoder.
    :raises ModelError: if its card is unusable.
    """
    models = share_folder() / 'models'
    path = user_path(name) if '/' in name else models / name
    if not path.is_dir():
        shipped = [p.parent.name for p in sorted(models.glob(f'*/{CARD}')) if _frozen_in(p)]
        raise ExportError(
            f'there is no trained part {path}; shipped are: {", ".join(shipped) or "none"}; or '
            'name the folder OUT/model of a training with a frozen encoder'
        )
    part = load_model_folder(path)
    if not part.card.get('frozen'):
        raise ExportError(f'{part.name} needs no frozen encoder; use {path} as it is')
    encoder_of(part)
    return part


def encoder_of(part: ModelFolder) -> dict[str, Any]:
    """
    Tell which frozen encoder a model was trained on: name, sha256, and its sizes if known.

    :raises ExportError: if its card does not say.
    """
    try:
        encoder = dict(part.card['frozen'][0])
        return {**encoder, 'name': known_as(str(encoder['sha256']), str(encoder['name']))}
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ExportError(
            f'{part.path / CARD} does not say which encoder {part.name} was trained on '
            f'({error!r}); its entry frozen must be a list with name and sha256'
        ) from error


def _frozen_in(card: Path) -> bool:
    return '"frozen"' in card.read_text(encoding='utf-8')


def assemble(part: ModelFolder, backbone: Path, out: Path) -> Path:
    """
    Write weights, graph and card of the whole model; the encoder becomes part of the graph.

    :param part: See :func:`find_trained_part`.
    :param backbone: Folder of the encoder that it was trained on, under any name.
    :param out: New folder, whole or not at all.
    :returns: the folder.
    :raises BackboneError: if the encoder is another one, or unreadable.
    :raises NewFolderError: if the folder cannot be made.
    """
    check_backbone(part, backbone)
    config = {**part.card['config'], 'backbone': str(backbone)}
    whole = replace(part, card={**part.card, 'config': config})
    return export_model(whole, Target('openvino'), out)


def check_backbone(part: ModelFolder, backbone: Path) -> None:
    """
    Compare an encoder with what the card of the trained part says of it.

    :raises BackboneError: if size or checksum differ, or the folder holds no encoder.
    """
    expected = encoder_of(part)
    remedy = (
        f'get it with "time2general backbone {expected["name"]} --out DIR" and name it with '
        '--backbone DIR'
    )
    size, wanted = _size(backbone, remedy), {key: expected.get(key) for key in SIZE.values()}
    if None in size.values():
        raise BackboneError(
            f'{backbone / "config.json"} does not say how large the encoder is: it lacks '
            f'{" or ".join(SIZE)}; {remedy}'
        )
    if None not in wanted.values() and size != wanted:
        raise BackboneError(
            f'{backbone} holds an encoder of {size["layers"]} layers and width {size["width"]}, '
            f'{part.name} was trained on {expected["name"]} with {wanted["layers"]} layers and '
            f'width {wanted["width"]}; {remedy}'
        )
    found = identify(str(backbone), backbone).sha256
    if found != expected['sha256']:
        raise BackboneError(
            f'the weights in {backbone} have the SHA-256 {found}, {part.name} was trained on '
            f'{expected["name"]} with {expected["sha256"]}; {remedy}'
        )


# What an encoder calls its sizes, and what a card calls them.
SIZE = {'num_hidden_layers': 'layers', 'hidden_size': 'width'}


def _size(backbone: Path, remedy: str) -> dict[str, Any]:
    try:
        config = json.loads((backbone / 'config.json').read_text(encoding='utf-8'))
        return {ours: config.get(theirs) for theirs, ours in SIZE.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise BackboneError(
            f'{backbone} is no folder of an encoder: its config.json cannot be read ({error}); '
            f'{remedy}'
        ) from error


def write_trained_part(model: ModelFolder, out: Path) -> Path:
    """
    Write a model folder without the graphs, which hold the frozen encoder, to be shipped.

    :param out: New folder, whole or not at all.
    :returns: the folder.
    """
    weights = model.verified(WEIGHTS)
    card = {**model.card, 'files': {WEIGHTS: model.checksum(WEIGHTS)}}
    with new_folder(out) as folder:
        shutil.copyfile(weights, folder / WEIGHTS)
        (folder / CARD).write_text(json.dumps(card, indent=2) + '\n', encoding='utf-8')
    return out
