from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest

import time2general_ros
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import UNLABELLED, LabelSet
from time2general_ros.labels.relations import merge_table
from time2general_ros.streaming.overlay import blend_overlay

# Names and colours as in cityscapesScripts/helpers/labels.py.
CITYSCAPES19 = [
    ('road', (128, 64, 128)),
    ('sidewalk', (244, 35, 232)),
    ('building', (70, 70, 70)),
    ('wall', (102, 102, 156)),
    ('fence', (190, 153, 153)),
    ('pole', (153, 153, 153)),
    ('traffic light', (250, 170, 30)),
    ('traffic sign', (220, 220, 0)),
    ('vegetation', (107, 142, 35)),
    ('terrain', (152, 251, 152)),
    ('sky', (70, 130, 180)),
    ('person', (220, 20, 60)),
    ('rider', (255, 0, 0)),
    ('car', (0, 0, 142)),
    ('truck', (0, 0, 70)),
    ('bus', (0, 60, 100)),
    ('train', (0, 80, 100)),
    ('motorcycle', (0, 0, 230)),
    ('bicycle', (119, 11, 32)),
]
# Order of the SegNet edition; the ids of cityscapes19 that are scored as each class.
CAMVID11 = [
    ('sky', (128, 128, 128), {10}),
    ('building', (128, 0, 0), {2, 3}),
    ('pole', (192, 192, 128), {5}),
    ('road', (128, 64, 128), {0}),
    ('pavement', (60, 40, 222), {1}),
    ('tree', (128, 128, 0), {8, 9}),
    ('sign', (192, 128, 128), {6, 7}),
    ('fence', (64, 64, 128), {4}),
    ('car', (64, 0, 128), {13, 14, 15, 16}),
    ('pedestrian', (64, 64, 0), {11}),
    ('bicyclist', (0, 128, 192), {12, 17, 18}),
]


def colour_of(name: str, index: int) -> tuple[int, ...]:
    return tuple(load_label_set(name).colours[index].tolist())


def test_cityscapes19_is_the_official_table() -> None:
    labels = load_label_set('cityscapes19')
    assert len(labels) == 19
    found = [(name, colour_of(labels.name, i)) for i, name in enumerate(labels.classes)]
    assert found == CITYSCAPES19


def test_camvid11_is_the_segnet_table() -> None:
    labels = load_label_set('camvid11')
    table = merge_table(street_labels(), labels)
    found = [
        (name, colour_of(labels.name, i), set(np.flatnonzero(table == i).tolist()))
        for i, name in enumerate(labels.classes)
    ]
    assert found == CAMVID11
    members = [name for names in labels.members for name in names]
    assert sorted(members) == sorted(load_label_set('cityscapes19').classes)


def test_every_fine_class_has_a_coarse_one_and_other_ids_none() -> None:
    table = merge_table(street_labels(), load_label_set('camvid11'))
    assert table.shape == (256,)
    assert table.dtype == np.uint8
    assert (table[:19] < 11).all()
    assert (table[19:] == 255).all()


def test_the_fine_set_merges_to_itself() -> None:
    table = merge_table(street_labels(), street_labels())
    assert table[:19].tolist() == list(range(19))
    assert (table[19:] == 255).all()


@pytest.mark.parametrize('name', ['camvid11', 'cityscapes19'])
def test_colours_are_a_lookup_table_that_is_black_beyond_the_classes(name: str) -> None:
    labels = load_label_set(name)
    assert labels.colours.shape == (256, 3)
    assert labels.colours.dtype == np.uint8
    assert (labels.colours[len(labels) :] == 0).all()
    assert len({colour_of(name, i) for i in range(len(labels))}) == len(labels)


def test_an_unknown_set_lists_those_that_exist() -> None:
    with pytest.raises(
        ValueError, match=r"unknown label set 'voc21'; .*: .*camvid11, cityscapes19"
    ):
        load_label_set('voc21')


CODE = Path(time2general_ros.__file__).resolve().parent
LABEL_SETS = [load_label_set(file.stem) for file in (CODE / 'labels' / 'sets').glob('*.json')]
# Readers of published data sets hold those sets' own raw colours and names.
READERS = CODE / 'data' / 'sets'
OTHER_CODE = sorted({*CODE.rglob('*.py')} - {*READERS.rglob('*.py')})


def literals(path: Path) -> list[list[object]]:
    """Give the constants of every tuple, list, set and dict that a module spells out."""
    found: list[list[object]] = []
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            found.append([e.value for e in node.elts if isinstance(e, ast.Constant)])
        elif isinstance(node, ast.Dict):
            found.append([e.value for e in node.keys if isinstance(e, ast.Constant)])
    return found


def test_no_module_has_a_palette_of_its_own() -> None:
    palette = {
        tuple(row.tolist()) for labels in LABEL_SETS for row in labels.colours[: len(labels)]
    }
    own = [path for path in OTHER_CODE if palette & {tuple(v) for v in literals(path)}]
    assert own == []


def test_no_module_has_a_list_of_classes_of_its_own() -> None:
    sets = [set(labels.classes) for labels in LABEL_SETS]
    own = [
        path
        for path in OTHER_CODE
        for values in literals(path)
        if any(len(classes.intersection(map(str, values))) > len(classes) / 2 for classes in sets)
    ]
    assert own == []


@pytest.mark.parametrize('name', ['camvid11', 'cityscapes19'])
def test_the_overlay_shows_the_colours_of_the_label_set(name: str) -> None:
    labels = load_label_set(name)
    ids = np.arange(len(labels), dtype=np.uint8)[None].repeat(4, axis=0)
    overlay = blend_overlay(np.full((*ids.shape, 3), 77, np.uint8), ids, labels.colours, 1.0)
    assert np.array_equal(overlay, labels.colours[ids])


@pytest.mark.parametrize('labels', LABEL_SETS, ids=lambda labels: labels.name)
def test_every_label_set_fits_a_mask_of_bytes(labels: LabelSet) -> None:
    content = json.loads((CODE / 'labels' / 'sets' / f'{labels.name}.json').read_text())
    assert (content['name'], content['void_id']) == (labels.name, UNLABELLED)
    assert 0 < len(labels) < UNLABELLED
    assert len({*labels.classes}) == len(labels)
    assert all(name == name.strip() and name for name in labels.classes)
    for entry in content['classes']:
        assert len(entry['colour']) == 3
        assert all(type(value) is int and 0 <= value <= 255 for value in entry['colour'])
