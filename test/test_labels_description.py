"""What a label set may say, and what is refused in one line that names the remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from time2general_ros.labels.description import read_label_set
from time2general_ros.labels.files import find_label_set, load_label_set, short_form
from time2general_ros.labels.label_set import LabelSet, LabelSetError

TWO = {
    'name': 'field',
    'classes': [{'name': 'crop', 'colour': [0, 255, 0], 'groups': ['wheat', 'maize']}, 'soil'],
}


def written(tmp_path: Path, content: Any, name: str = 'field.json') -> str:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), 'utf-8')
    return str(path)


def test_a_file_gives_names_colours_and_groups(tmp_path: Path) -> None:
    labels = load_label_set(written(tmp_path, TWO))
    assert (labels.name, labels.classes, labels.void_id) == ('field', ('crop', 'soil'), 255)
    assert labels.members == (('wheat', 'maize'), ('soil',))
    assert labels.colours[0].tolist() == [0, 255, 0]
    assert labels.colours[1].any()
    assert labels.colours[1].tolist() != [0, 255, 0]


def test_a_text_of_names_and_a_list_are_label_sets_too(tmp_path: Path) -> None:
    labels = load_label_set(written(tmp_path, '\ufeffground\n\n crop \n', 'classes.txt'))
    assert (labels.name, labels.classes) == ('classes', ('ground', 'crop'))
    assert find_label_set(['ground', 'crop'], 'classes') == labels


def test_sets_are_equal_by_content_and_not_by_name(tmp_path: Path) -> None:
    first, other = read_label_set(TWO, 'a'), read_label_set({**TWO, 'name': 'meadow'}, 'b')
    assert first == other
    assert hash(first) == hash(other)
    recoloured = {'name': 'field', 'classes': [{'name': 'crop', 'colour': [1, 2, 3]}, 'soil']}
    assert read_label_set(recoloured, 'c') != first


def test_content_comes_back_from_what_is_written(tmp_path: Path) -> None:
    labels = read_label_set({**TWO, 'void_id': 7}, 'a')
    again = find_label_set(json.loads(json.dumps(short_form(labels))), 'card')
    assert again == labels
    assert (again.name, again.void_id) == ('field', 7)
    assert short_form(load_label_set('idd7')) == 'idd7'


def test_a_set_that_only_has_the_name_of_a_shipped_one_is_written_out() -> None:
    labels = read_label_set({**TWO, 'name': 'idd7'}, 'a')
    assert short_form(labels) == labels.to_dict()


def test_a_file_may_be_named_beside_the_one_that_names_it(tmp_path: Path) -> None:
    written(tmp_path, TWO)
    assert find_label_set('field.json', 'label_set', tmp_path).classes == ('crop', 'soil')


@pytest.mark.parametrize('count', [1, 2, 150, 255])
def test_fresh_colours_differ(count: int) -> None:
    labels = read_label_set([f'class {i}' for i in range(count)], 'a')
    assert len({*labels.palette}) == len(labels) == count
    assert (0, 0, 0) not in labels.palette


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ([f'c{i}' for i in range(256)], ('256 classes', '255 are the most', 'merge')),
        (['crop', 'soil', 'crop'], ("'crop'", 'ids 0, 2', 'a name of its own')),
        (['crop', {'name': ' crop '}], ("'crop'", 'ids 0, 1')),
        ([], ('no list of classes', 'is like')),
        ({}, ('no list of classes',)),
        ({'classes': {'a': 1}}, ('no list of classes',)),
        (3, ('no list of classes',)),
        ([''], ('class 0', "''", 'one line')),
        (['a\nb'], ('class 0', 'one line')),
        ([3], ('class 0', '3')),
        ([{'colour': [1, 2, 3]}], ('class 0', 'no name')),
        ([{'name': 'a', 'color': [1, 2, 3]}], ("'color'", "did you mean 'colour'")),
        ([{'name': 'a', 'colour': [1, 2]}], ("class 'a'", '[1, 2]', '[red, green, blue]')),
        ([{'name': 'a', 'colour': [1, 2, 256]}], ('[1, 2, 256]', 'from 0 to 255')),
        ([{'name': 'a', 'colour': '#ffffff'}], ("'#ffffff'", '[red, green, blue]')),
        ([{'name': 'a', 'groups': 'b'}], ("class 'a'", 'groups', 'list of names')),
        ([{'name': 'a', 'groups': ['x']}, {'name': 'b', 'groups': ['x']}], ("'x'", 'two groups')),
        ([{'name': 'a', 'groups': ['b']}, 'b'], ("'b'", 'two groups')),
        ({'classes': ['a', 'b'], 'void_id': 1}, ('void_id is 1', 'from 2', '255')),
        ({'classes': ['a'], 'void_id': 256}, ('void_id is 256',)),
        ({'classes': ['a'], 'void_id': True}, ('void_id is True',)),
        ({'classes': ['a'], 'names': []}, ("'names'", 'did you mean')),
    ],
)
def test_what_is_no_label_set_is_refused(content: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(LabelSetError) as caught:
        read_label_set(content, 'sets/field.json')
    message = str(caught.value)
    assert message.startswith('sets/field.json')
    assert '\n' not in message
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ('name', 'content', 'word'),
    [('field.json', '{', 'no label set'), ('classes.txt', '\n', 'no list of classes')],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: str, word: str) -> None:
    path = written(tmp_path, content, name)
    with pytest.raises(LabelSetError, match=word) as caught:
        load_label_set(path)
    assert path in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelSetError, match=r'cannot read .*none\.json: No such file'):
        load_label_set(str(tmp_path / 'none.json'))


def test_an_unknown_name_lists_what_ships_and_what_a_file_is_like() -> None:
    with pytest.raises(LabelSetError, match=r"unknown label set 'field'; .*idd7.*\*\.json, like"):
        find_label_set('field', 'label_set')


def test_sets_have_no_more_than_their_content(tmp_path: Path) -> None:
    labels: LabelSet = read_label_set(TWO, 'a')
    with pytest.raises(ValueError, match='read-only'):
        labels.colours[0] = 3
