from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from shipped_model import shipped_folder

from time2general_ros.streaming.model_folder import ModelError, load_model_folder

CARD: dict[str, Any] = {
    'format': 1,
    'name': 'sample',
    'label_set': 'camvid11',
    'input': {'height': 64, 'width': 128},
    'memory': {'slots': 3, 'tokens': 106, 'width': 32},
    'config': {},
    'files': {'model.onnx': hashlib.sha256(b'graph').hexdigest()},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / 'model.onnx').write_bytes(b'graph')
    write_card(tmp_path, CARD)
    return tmp_path


def write_card(folder: Path, card: object) -> None:
    (folder / 'card.json').write_text(json.dumps(card), encoding='utf-8')


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model_folder(path)
    return str(caught.value)


def test_card_describes_the_model(folder: Path) -> None:
    model = load_model_folder(folder)
    assert (model.name, model.labels.name) == ('sample', 'camvid11')
    assert model.input_size == (64, 128)
    assert (model.slots, model.slot_shape) == (3, (106, 32))
    assert model.verified('model.onnx') == folder / 'model.onnx'


def test_missing_folder_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path / 'nowhere')
    assert str(tmp_path / 'nowhere') in message
    assert 'another model folder' in message


def test_missing_card_is_named(folder: Path) -> None:
    (folder / 'card.json').unlink()
    message = refusal(folder)
    assert str(folder / 'card.json') in message
    assert 'another model folder' in message


@pytest.mark.parametrize('text', [b'{"format": 1,', b'', b'\xff\xfe\x00'])
def test_card_that_is_not_json_is_named(folder: Path, text: bytes) -> None:
    (folder / 'card.json').write_bytes(text)
    message = refusal(folder)
    assert str(folder / 'card.json') in message
    assert 'JSON' in message
    assert 'restore it' in message


@pytest.mark.parametrize(
    'path', [(key,) for key in CARD] + [('input', 'width'), ('memory', 'tokens')]
)
def test_missing_entry_is_named(folder: Path, path: tuple[str, ...]) -> None:
    card = json.loads(json.dumps(CARD))
    holder = card
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    write_card(folder, card)
    message = refusal(folder)
    assert str(folder / 'card.json') in message
    assert path[-1] in message
    assert 'restore it' in message


@pytest.mark.parametrize('card', [[], 'compact', None, {**CARD, 'input': [64, 128]}])
def test_card_of_another_shape_is_refused(folder: Path, card: object) -> None:
    write_card(folder, card)
    assert str(folder / 'card.json') in refusal(folder)


def test_other_format_is_refused(folder: Path) -> None:
    write_card(folder, {**CARD, 'format': 2})
    message = refusal(folder)
    assert str(folder / 'card.json') in message
    assert 'format 2' in message
    assert 'export the model again' in message


def test_unknown_label_set_is_refused(folder: Path) -> None:
    write_card(folder, {**CARD, 'label_set': 'mapillary'})
    message = refusal(folder)
    assert str(folder / 'card.json') in message
    assert 'mapillary' in message
    assert 'cityscapes19' in message


def test_altered_file_is_named(folder: Path) -> None:
    (folder / 'model.onnx').write_bytes(b'grapH')
    with pytest.raises(ModelError) as caught:
        load_model_folder(folder).verified('model.onnx')
    message = str(caught.value)
    assert str(folder / 'model.onnx') in message
    assert CARD['files']['model.onnx'] in message
    assert hashlib.sha256(b'grapH').hexdigest() in message
    assert 'restore it' in message


def test_missing_file_is_named(folder: Path) -> None:
    (folder / 'model.onnx').unlink()
    with pytest.raises(ModelError, match='restore it') as caught:
        load_model_folder(folder).verified('model.onnx')
    assert str(folder / 'model.onnx') in str(caught.value)


def test_file_that_the_card_does_not_list_is_named(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"card\.json lists no file 'weights\.safetensors'"):
        load_model_folder(folder).verified('weights.safetensors')


def test_shipped_model_is_the_one_its_card_describes() -> None:
    model = shipped_folder()
    assert model.name == 'compact'
    files = {path.name for path in model.path.iterdir()} - {'card.json', 'README.md'}
    assert files == set(model.card['files']) == {'model.onnx', 'weights.safetensors'}
    for name in files:
        assert model.verified(name).is_file()
    assert sum(path.stat().st_size for path in model.path.iterdir()) <= 10_000_000
    for entry in ('data', 'recipe', 'command', 'seed', 'terms'):
        assert model.card[entry]
