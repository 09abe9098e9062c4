"""Golden label tables, written by hand from the official ones."""

from __future__ import annotations

from pathlib import Path

from data_trees import SIZE, write_colours, write_map
import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.sets import apolloscape, camvid, cityscapes, kitti360, rendered
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.relations import merge_table, stand_in_table

VOID = 255
# Raw id to train id of Cityscapes.
CITYSCAPES = {
    7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12,
    26: 13, 27: 14, 28: 15, 31: 16, 32: 17, 33: 18, 0: VOID, 3: VOID, 6: VOID, 9: VOID, 10: VOID,
    14: VOID, 18: VOID, 29: VOID, 30: VOID,
}  # fmt: skip
KITTI360 = {
    **CITYSCAPES, 34: 2, 35: 4, 37: 5, 36: VOID, 38: VOID, 39: VOID, 40: VOID, 41: VOID, 44: VOID,
}  # fmt: skip
APOLLOSCAPE = {
    49: 0, 50: 1, 97: 2, 84: 3, 67: 4, 82: 5, 81: 6, 83: 7, 113: 8, 17: 10, 36: 11, 164: 11,
    37: 12, 165: 12, 33: 13, 161: 13, 38: 14, 166: 14, 39: 15, 167: 15, 34: 17, 162: 17, 35: 18,
    163: 18, 0: VOID, 1: VOID, 40: VOID, 168: VOID, 65: VOID, 66: VOID, 85: VOID, 86: VOID,
    98: VOID, 99: VOID, 100: VOID, 255: VOID,
}  # fmt: skip
VIPER = {
    3: 0, 4: 1, 9: 2, 11: 4, 13: 6, 14: 7, 7: 8, 8: 8, 6: 9, 2: 10, 20: 11, 24: 13, 27: 14, 26: 15,
    29: 16, 23: 17, 22: 18, 0: VOID, 1: VOID, 5: VOID, 10: VOID, 12: VOID, 15: VOID, 21: VOID,
    25: VOID, 28: VOID, 31: VOID,
}  # fmt: skip
SYNTHIA = {
    3: 0, 4: 1, 2: 2, 5: 4, 7: 5, 15: 6, 9: 7, 6: 8, 1: 10, 10: 11, 11: 12, 8: 13, 0: VOID,
    12: VOID, 13: VOID, 14: VOID,
}  # fmt: skip
TABLES = {
    'cityscapes': (cityscapes.label_id_reader, 'cityscapes19', CITYSCAPES),
    'kitti360': (kitti360.label_reader, 'cityscapes19', KITTI360),
    'apolloscape': (apolloscape.label_reader, 'apolloscape17', APOLLOSCAPE),
    'viper': (rendered.viper_reader, 'viper16', VIPER),
    'synthia': (rendered.synthia_reader, 'synthia12', SYNTHIA),
}
CAMVID = {
    (128, 128, 128): 'sky', (128, 0, 0): 'building', (64, 192, 0): 'building',
    (0, 128, 64): 'building', (192, 192, 128): 'pole', (128, 64, 128): 'road',
    (128, 0, 192): 'road', (192, 0, 64): 'road', (0, 0, 192): 'pavement', (128, 128, 0): 'tree',
    (192, 192, 0): 'tree', (192, 128, 128): 'sign', (0, 64, 64): 'sign', (64, 64, 128): 'fence',
    (64, 0, 128): 'car', (64, 128, 192): 'car', (192, 128, 192): 'car', (64, 64, 0): 'pedestrian',
    (192, 128, 64): 'pedestrian', (0, 128, 192): 'bicyclist', (192, 0, 192): 'bicyclist',
}  # fmt: skip


@pytest.mark.parametrize('name', TABLES)
def test_ids_mean_the_classes_of_the_official_table(name: str) -> None:
    make, label_set, golden = TABLES[name]
    # A train id of Cityscapes is found again through the class it stands for.
    labels = load_label_set(label_set)
    back = np.append(stand_in_table(labels, street_labels())[: len(labels)], [VOID])
    table = make().table
    assert {raw: int(back[min(table[raw], len(labels))]) for raw in golden} == golden
    known = set(np.flatnonzero(table <= len(labels)).tolist())
    assert known <= golden.keys()


def test_train_ids_stand_for_themselves() -> None:
    table = cityscapes.train_id_reader().table
    assert table[:19].tolist() == list(range(19))
    assert table[VOID] == VOID


def test_the_32_colours_of_camvid_are_grouped_as_by_segnet(tmp_path: Path) -> None:
    labels = load_label_set('camvid11')
    for colour, name in CAMVID.items():
        path = write_colours(tmp_path / 'a_L.png', (0, 0, 0), colour)
        found = camvid.label_reader()(path, SIZE)
        assert found.ravel()[:2].tolist() == [VOID, labels.classes.index(name)]
    colours = [colour for shades in camvid.COLOURS.values() for colour in shades.values()]
    assert len(set(colours)) == len(colours) == 31


@pytest.mark.parametrize(
    ('name', 'absent'),
    [
        ('apolloscape17', {'terrain', 'train'}),
        ('viper16', {'wall', 'pole', 'rider'}),
        (
            'synthia12',
            {'wall', 'terrain', 'truck', 'bus', 'train', 'motorcycle', 'bicycle'},
        ),
    ],
)
def test_the_classes_that_a_data_set_lacks_are_not_scored(name: str, absent: set[str]) -> None:
    fine, labels = load_label_set('cityscapes19'), load_label_set(name)
    assert set(fine.classes) - set(labels.classes) == absent
    for index, label in enumerate(labels.classes):
        assert merge_table(street_labels(), labels)[fine.classes.index(label)] == index


def test_predictions_of_finer_classes_are_merged_where_the_data_has_one() -> None:
    def merged(name: str, fine: str) -> str | None:
        labels = load_label_set(name)
        index = merge_table(street_labels(), labels)[
            load_label_set('cityscapes19').classes.index(fine)
        ]
        return None if index == VOID else labels.classes[index]

    assert merged('apolloscape17', 'terrain') == 'vegetation'
    assert merged('apolloscape17', 'train') is None
    assert merged('viper16', 'rider') == 'person'
    assert merged('viper16', 'wall') is None
    assert merged('synthia12', 'bicycle') == 'rider'
    assert merged('synthia12', 'bus') is None


def test_unknown_ids_are_named_with_their_file(tmp_path: Path) -> None:
    path = write_map(tmp_path / 'a.png', 7, 77, 34, 99)
    with pytest.raises(
        DataError, match=r'a\.png holds unknown label ids: 34, 77, 99; known are 0 to 33, 255'
    ):
        cityscapes.label_id_reader()(path, SIZE)


def test_unknown_colours_are_named_with_their_file(tmp_path: Path) -> None:
    path = write_colours(tmp_path / 'a_L.png', (128, 64, 128), (1, 2, 3))
    with pytest.raises(DataError, match=r'a_L\.png holds 1 unknown .*\(RGB\): \(1, 2, 3\);'):
        camvid.label_reader()(path, SIZE)


def test_colours_and_ids_are_told_apart(tmp_path: Path) -> None:
    colours = write_colours(tmp_path / 'colours.png', (128, 64, 128))
    ids = write_map(tmp_path / 'ids.png', 7)
    with pytest.raises(DataError, match='not a map of class ids'):
        cityscapes.label_id_reader()(colours, SIZE)
    with pytest.raises(DataError, match='not a map of class colours'):
        camvid.label_reader()(ids, SIZE)
    with pytest.raises(DataError, match='not three channels'):
        rendered.synthia_reader()(ids, SIZE)


def test_a_map_of_another_size_is_refused(tmp_path: Path) -> None:
    ids = write_map(tmp_path / 'ids.png', 7)
    colours = write_colours(tmp_path / 'colours.png', (128, 64, 128))
    readers = [
        (cityscapes.label_id_reader(), ids),
        (camvid.label_reader(), colours),
        (rendered.synthia_reader(), colours),
    ]
    for reader, path in readers:
        with pytest.raises(DataError, match='is 6x4 but its image is 8x8'):
            reader(path, (8, 8))
