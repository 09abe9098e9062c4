from __future__ import annotations

import hashlib
import json
from pathlib import Path
import re
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


@pytest.mark.parametrize(
    'name', ['../sets/camvid11', '/etc/passwd', '../../../test/x', 'camvid11.json', '', '.']
)
def test_a_label_set_is_a_name_and_no_path(folder: Path, name: str) -> None:
    write_card(folder, {**CARD, 'label_set': name})
    message = refusal(folder)
    assert f'unknown label set {name!r}' in message


def test_a_label_set_outside_of_the_package_is_not_read(folder: Path) -> None:
    (folder / 'mine.json').write_text('{"classes": [{"name": "a", "colour": [0, 0, 0]}]}')
    write_card(folder, {**CARD, 'label_set': str(folder / 'mine')})
    assert 'unknown label set' in refusal(folder)


WRONG: list[Any] = [None, True, 1.5, -1, 0, 10**30, 'text', '', [], ['x'], {}, {'a': 1}, '\n']
PLACES = [
    *((key,) for key in CARD),
    *(('input', key) for key in ('height', 'width', 'cameras', 'mean', 'std')),
    *(('memory', key) for key in ('slots', 'tokens', 'width', 'parts')),
    *((('precision',), ('files', 'model.onnx'))),
]


def told_of(folder: Path) -> str | None:
    """Use a folder if it can be; else give what was told."""
    try:
        model = load_model_folder(folder)
    except ModelError as error:
        return str(error)
    assert isinstance(model.name, str)
    assert min(*model.input_size, model.batch, model.slots, *model.slot_shape) > 0
    assert len(model.labels) > 0
    return None


@pytest.mark.parametrize('place', PLACES, ids='.'.join)
def test_a_value_of_another_kind_is_refused_in_a_line_or_of_use(
    folder: Path, place: tuple[str, ...]
) -> None:
    for value in WRONG:
        card = json.loads(json.dumps(CARD))
        holder = card
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = value
        write_card(folder, card)
        told = told_of(folder)
        assert told is None or (str(folder / 'card.json') in told and len(told) < 600)
        assert told is None or len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        ({'input': {'height': '64', 'width': 128}}, "input.height is '64', not a whole number"),
        ({'input': {'height': 64, 'width': 10**9}}, 'from 1 to 16384'),
        ({'input': {**CARD['input'], 'mean': [1, 'x', 2]}}, 'input.mean .* three numbers'),
        ({'input': {**CARD['input'], 'std': [1, float('inf'), 2]}}, 'input.std'),
        ({'memory': {**CARD['memory'], 'slots': 1024, 'tokens': 1 << 20}}, 'memory is of'),
        ({'memory': {**CARD['memory'], 'parts': {'a': 9, 'b': 8}}}, 'memory.parts .* ascending'),
        ({'memory': {**CARD['memory'], 'parts': {'a': 107}}}, 'memory.parts'),
        ({'memory': {**CARD['memory'], 'parts': [1]}}, 'memory.parts'),
        ({'files': {'../outside': 'a' * 64}}, "files names '../outside', which is no file"),
        ({'files': {'model.onnx': 3}}, 'files.model.onnx is 3, not a SHA-256'),
        ({'name': ['a']}, r"name is \['a'\], not a text"),
        ({'format': True}, 'format True'),
        ({'format': [1]}, r'format \[1\]'),
    ],
)
def test_what_is_wrong_is_named(folder: Path, change: dict[str, Any], words: str) -> None:
    write_card(folder, {**CARD, **change})
    assert re.search(words, refusal(folder))


def test_a_card_that_is_too_large_is_not_read(folder: Path) -> None:
    with (folder / 'card.json').open('r+b') as file:
        file.truncate(1 << 40)
    assert 'it is no card' in refusal(folder)


def test_a_card_of_many_brackets_is_refused(folder: Path) -> None:
    (folder / 'card.json').write_text('[' * 100_000)
    assert 'not valid JSON' in refusal(folder)


def test_a_card_that_is_a_folder_is_refused(folder: Path) -> None:
    (folder / 'card.json').unlink()
    (folder / 'card.json').mkdir()
    assert 'cannot read' in refusal(folder)


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


OWN = [{'name': 'crop', 'colour': [0, 255, 0], 'groups': ['wheat', 'maize']}, {'name': 'soil'}]


def test_the_classes_that_a_card_lists_are_those_of_its_masks(folder: Path) -> None:
    write_card(folder, {**CARD, 'label_set': 'camvid11', 'classes': OWN})
    labels = load_model_folder(folder).labels
    assert (labels.name, labels.classes) == ('camvid11', ('crop', 'soil'))
    assert labels.colours[0].tolist() == [0, 255, 0]
    assert labels.members[0] == ('wheat', 'maize')


@pytest.mark.parametrize(
    ('changes', 'word'),
    [
        ({'classes': ['crop', 'crop']}, "several classes of the name 'crop'"),
        ({'classes': [f'c{i}' for i in range(256)]}, '256 classes'),
        ({'classes': {}}, 'no list of classes'),
        ({'classes': OWN, 'config': {'label_set': 'camvid11'}}, 'the network was built for'),
        ({'classes': OWN, 'config': {'label_set': {'classes': ['soil']}}}, 'was built for'),
        ({'config': {'label_set': 'own.json'}}, "unknown label set 'own.json'"),
    ],
)
def test_classes_that_a_card_cannot_have_are_refused(
    folder: Path, changes: dict[str, object], word: str
) -> None:
    write_card(folder, {**CARD, **changes})
    message = refusal(folder)
    assert message.startswith(f'{folder / "card.json"}: ')
    assert word in message
    assert '\n' not in message
