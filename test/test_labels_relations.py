"""Which classes of two sets are the same: by names, by groups, or as a map says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from time2general_ros.labels.description import read_label_set
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.groups import Groups
from time2general_ros.labels.label_set import LabelSet, LabelSetError
from time2general_ros.labels.relations import compare, read_class_map

STREETS, IDD, CAMVID = (load_label_set(n) for n in ('cityscapes19', 'idd7', 'camvid11'))
FIELD = read_label_set(['soil', 'crop', 'sky'], 'field', 'field')
WALKING = read_label_set([{'name': 'person', 'groups': ['person', 'rider']}, 'sky'], '', 'walking')
STANDING = read_label_set(['person', {'name': 'sky', 'groups': ['sky', 'cloud']}], '', 'standing')
ROAD_ONLY = read_label_set(
    [
        {'name': 'drivable', 'groups': ['road', 'terrain']},
        {'name': 'other', 'groups': [c for c in STREETS.classes if c not in ('road', 'terrain')]},
    ],
    'two',
    'two',
)


def names_of(table: np.ndarray, labels: LabelSet, common: LabelSet) -> dict[str, str | None]:
    return {
        name: None if table[i] == 255 else common.classes[table[i]]
        for i, name in enumerate(labels.classes)
    }


def test_a_finer_model_is_scored_in_the_classes_of_the_data() -> None:
    found = compare(STREETS, IDD)
    assert found.labels is IDD
    assert names_of(found.true, IDD, IDD) == {name: name for name in IDD.classes}
    merged = names_of(found.predicted, STREETS, IDD)
    assert (merged['rider'], merged['train']) == ('living thing', 'vehicle')
    assert (found.predicted[19:] == 255).all()


def test_a_coarser_model_is_scored_in_its_own_classes() -> None:
    found = compare(ROAD_ONLY, STREETS)
    assert found.labels is ROAD_ONLY
    assert names_of(found.predicted, ROAD_ONLY, ROAD_ONLY) == {
        'drivable': 'drivable',
        'other': 'other',
    }
    merged = names_of(found.true, STREETS, ROAD_ONLY)
    assert (merged['terrain'], merged['sky']) == ('drivable', 'other')


def test_the_same_classes_in_another_order_are_found_by_name() -> None:
    turned = read_label_set(['sky', 'soil', 'crop'], 'turned')
    found = compare(turned, FIELD)
    assert found.labels is FIELD
    assert found.predicted[:3].tolist() == [2, 0, 1]


def test_a_set_of_the_same_name_and_other_classes_is_another_set() -> None:
    impostor = read_label_set({'name': 'idd7', 'classes': list(FIELD.classes)}, 'a')
    with pytest.raises(LabelSetError, match='--map FILE'):
        compare(STREETS, impostor)


@pytest.mark.parametrize(
    ('predicted', 'true', 'words'),
    [
        (STREETS, FIELD, ("no class for 'soil', 'crop' of field", '--map FILE')),
        (IDD, CAMVID, ("'non-drivable' of idd7 lies in 'pavement', 'tree' of camvid11",)),
        (WALKING, STANDING, ("'person' of walking is more than 'person' of standing",)),
    ],
)
def test_nothing_is_merged_where_neither_set_refines_the_other(
    predicted: LabelSet, true: LabelSet, words: tuple[str, ...]
) -> None:
    with pytest.raises(LabelSetError) as caught:
        compare(predicted, true)
    assert [word for word in words if word not in str(caught.value)] == []
    assert '\n' not in str(caught.value)


def test_a_map_says_what_groups_do_not() -> None:
    mapped = {**dict.fromkeys(IDD.classes), 'sky': 'sky', 'vehicle': 'car'}
    found = compare(IDD, CAMVID, mapped)
    assert found.labels is CAMVID
    assert names_of(found.predicted, IDD, CAMVID) == mapped


def test_a_map_may_begin_with_the_classes_of_the_data() -> None:
    mapped = {'soil': 'road', 'crop': 'vegetation', 'sky': None}
    found = compare(STREETS, FIELD, mapped)
    assert found.labels is STREETS
    assert names_of(found.true, FIELD, STREETS) == mapped
    assert found.predicted[:19].tolist() == list(range(19))


@pytest.mark.parametrize(
    ('mapped', 'words'),
    [
        ({'soil': 'road', 'crop': None}, ("nothing of 'sky' of field", 'or null')),
        ({'soil': 'lane', 'crop': None, 'sky': 'sky'}, ("names 'lane'", 'of cityscapes19')),
        ({'soil': 'road', 'crop': None, 'sky': 'sky', 'lake': None}, ("names 'lake'",)),
    ],
)
def test_a_map_is_whole_and_knows_its_classes(
    mapped: dict[str, str | None], words: tuple[str, ...]
) -> None:
    with pytest.raises(LabelSetError) as caught:
        compare(STREETS, FIELD, mapped)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('{', 'no map of classes'),
        ('[]', 'no map of classes'),
        ('{}', 'no map of classes'),
        ('{"a": 1}', "maps 'a' to 1"),
        ('{"a": "b", "a": "c"}', "'a' is there twice"),
    ],
)
def test_what_is_no_map_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / 'map.json'
    path.write_text(content)
    with pytest.raises(LabelSetError, match=words) as caught:
        read_class_map(path)
    assert str(path) in str(caught.value)
    path.write_text(json.dumps({'a': 'b', 'c': None}))
    assert read_class_map(path) == {'a': 'b', 'c': None}


def test_labels_of_streets_teach_coarser_classes_and_groups_stay_groups() -> None:
    two, streets = Groups(ROAD_ONLY), Groups(STREETS)
    codes = streets.code_table(IDD)
    table = two.codes_of(streets)
    found = {name: int(table[codes[i]]) for i, name in enumerate(IDD.classes)}
    assert (found['drivable'], found['vehicle'], found['sky']) == (0, 1, 1)
    # Terrain is drivable here and the pavement is not: either may be meant.
    assert two.membership()[found['non-drivable']].all()
    assert table[STREETS.classes.index('terrain')] == 0
    assert table[255] == 255


def test_groups_of_many_classes_do_not_take_the_ids_of_classes() -> None:
    many: list[Any] = [f'class {i}' for i in range(150)]
    coarse = read_label_set(
        [{'name': 'first', 'groups': many[:2]}, {'name': 'rest', 'groups': many[2:]}], 'coarse'
    )
    groups = Groups(read_label_set(many, 'many'))
    table = groups.code_table(coarse)
    assert groups.first == 150
    assert table[:2].tolist() == [150, 151]
    assert np.flatnonzero(groups.membership()[150]).tolist() == [0, 1]
    assert groups.membership()[149].sum() == 1


def test_more_groups_than_there_are_codes_are_refused() -> None:
    many = [f'class {i}' for i in range(254)]
    coarse = read_label_set(
        [{'name': 'first', 'groups': many[:2]}, {'name': 'rest', 'groups': many[2:]}], 'coarse'
    )
    with pytest.raises(LabelSetError, match='more than 1 different groups of the 254 classes'):
        Groups(read_label_set(many, 'many')).code_table(coarse)
