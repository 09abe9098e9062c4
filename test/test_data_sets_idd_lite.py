from __future__ import annotations

from pathlib import Path

from data_trees import write_image, write_map
import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import open_data
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.relations import merge_table

SHARED = Path(__file__).parents[2] / 'shared' / 'data' / 'idd_lite'
STILLS = ('0_000100', '5_000100', '5_000200', '7_000100', '100_000100', '103_000100')


def write_flat(root: Path, split: str = 'train') -> Path:
    for name in STILLS:
        write_image(root / split / 'images' / f'{name}.jpg')
        write_map(root / split / 'labels' / f'{name}.png', 0, 6, 255)
    return root


def write_published(root: Path, split: str = 'train') -> Path:
    for name in STILLS:
        drive, frame = name.split('_')
        write_image(root / 'leftImg8bit' / split / drive / f'{frame}_image.jpg')
        write_map(root / 'gtFine' / split / drive / f'{frame}_label.png', 0, 6, 255)
        write_map(root / 'gtFine' / split / drive / f'{frame}_inst_label.png', 3)
    return root


@pytest.mark.parametrize('write', [write_flat, write_published])
@pytest.mark.parametrize(('split', 'count'), [('train', 6), ('heldout', 1), ('fit', 5)])
def test_every_still_is_a_video_of_its_own_in_seven_classes(
    write: object, split: str, count: int, tmp_path: Path
) -> None:
    assert callable(write)
    data = open_data(f'idd-lite:{write(tmp_path)}', split)
    assert data.label_set.name == 'idd7'
    assert [len(video) for video in data.videos] == [1] * count
    for video in data.videos:
        assert video.frame(0).labels.ravel()[:3].tolist() == [0, 6, 255]


def test_every_fifth_drive_by_name_is_held_out(tmp_path: Path) -> None:
    names = {
        split: {video.name for video in open_data(f'idd-lite:{tmp_path}', split).videos}
        for split in ('train', 'fit', 'heldout')
        if write_flat(tmp_path)
    }
    assert names['heldout'] == {'0_000100'}
    assert names['fit'] == names['train'] - names['heldout']


def test_the_val_of_the_owner_is_a_folder_of_its_own(tmp_path: Path) -> None:
    write_flat(tmp_path, 'val')
    assert len(open_data(f'idd-lite:{tmp_path}', 'val').videos) == len(STILLS)
    with pytest.raises(DataError, match=r'no folder .*train/labels; it comes with idd-lite'):
        open_data(f'idd-lite:{tmp_path}', 'heldout')


def test_the_seven_classes_hold_each_of_the_nineteen_once() -> None:
    labels, fine = load_label_set('idd7'), load_label_set('cityscapes19')
    assert sorted(name for names in labels.members for name in names) == sorted(fine.classes)
    table = merge_table(street_labels(), labels)
    merged = {name: int(table[index]) for index, name in enumerate(fine.classes)}
    groups = [{name for name, group in merged.items() if group == k} for k in range(7)]
    assert groups == [
        {'road'},
        {'sidewalk', 'terrain'},
        {'person', 'rider'},
        {'car', 'truck', 'bus', 'train', 'motorcycle', 'bicycle'},
        {'wall', 'fence', 'pole', 'traffic light', 'traffic sign'},
        {'building', 'vegetation'},
        {'sky'},
    ]


def test_missing_pieces_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no labelled split 'test'; there are: train, val, fit"):
        open_data(f'idd-lite:{tmp_path}', 'test')
    (write_flat(tmp_path) / 'train' / 'labels' / '7_000100.png').unlink()
    with pytest.raises(DataError, match=r'no file .*labels/7_000100.png; it comes with'):
        open_data(f'idd-lite:{tmp_path}', 'train')


@pytest.mark.parametrize(
    ('write', 'foreign'),
    [
        (write_flat, 'train/images/street.jpg'),
        (write_published, 'leftImg8bit/train/street/1_image.jpg'),
    ],
)
def test_the_number_of_the_drive_is_asked_for(write: object, foreign: str, tmp_path: Path) -> None:
    assert callable(write)
    write(tmp_path)
    write_image(tmp_path / foreign)
    with pytest.raises(DataError, match=r'street.* not .*number of'):
        open_data(f'idd-lite:{tmp_path}', 'train')


def test_ids_beyond_the_seven_are_refused(tmp_path: Path) -> None:
    write_map(write_flat(tmp_path) / 'train' / 'labels' / '7_000100.png', 7)
    video = next(
        v for v in open_data(f'idd-lite:{tmp_path}', 'train').videos if v.name == '7_000100'
    )
    with pytest.raises(DataError, match=r'7_000100.png holds unknown label ids: 7; .*0 to 6'):
        video.frame(0)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f'there is no {SHARED}')
def test_the_real_set_is_parted_without_a_drive_on_both_sides() -> None:
    drives = {
        split: [v.name.split('_')[0] for v in open_data(f'idd-lite:{SHARED}', split).videos]
        for split in ('fit', 'heldout')
    }
    assert {split: len(names) for split, names in drives.items()} == {'fit': 1066, 'heldout': 337}
    assert len(set(drives['heldout'])) == 62
    assert not set(drives['fit']) & set(drives['heldout'])
    frame = open_data(f'idd-lite:{SHARED}', 'heldout').videos[0].frame(0)
    assert frame.image.shape == (227, 320, 3)
    assert set(np.unique(frame.labels)) <= {*range(7), 255}
