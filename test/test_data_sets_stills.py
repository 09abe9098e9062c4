from __future__ import annotations

from pathlib import Path

from data_trees import write_image, write_map
import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import open_data


def write_acdc(root: Path, kind: str = 'labelTrainIds', ids: tuple[int, ...] = (13, 255)) -> Path:
    for condition in ('fog', 'night', 'rain', 'snow'):
        place = Path(condition) / 'val' / 'GOPR0122'
        name = f'GOPR0122_frame_{len(condition):06}'
        write_image(root / 'rgb_anon' / place / f'{name}_rgb_anon.png')
        write_map(root / 'gt' / place / f'{name}_gt_{kind}.png', *ids)
    return root


def test_acdc_is_read_as_a_whole_or_by_condition(tmp_path: Path) -> None:
    write_acdc(tmp_path)
    videos = open_data(f'acdc:{tmp_path}', 'val').videos
    assert [len(video) for video in videos] == [1] * 4
    (fog,) = open_data(f'acdc:{tmp_path}', 'fog/val').videos
    assert fog.name == 'GOPR0122_frame_000003_rgb_anon'
    assert np.unique(fog.frame(0).labels).tolist() == [13, 255]


def test_acdc_without_train_ids_is_read_from_its_label_ids(tmp_path: Path) -> None:
    write_acdc(tmp_path, 'labelIds', (26, 0))
    (fog,) = open_data(f'acdc:{tmp_path}', 'fog/val').videos
    assert np.unique(fog.frame(0).labels).tolist() == [13, 255]


def test_missing_pieces_of_acdc_are_named(tmp_path: Path) -> None:
    write_acdc(tmp_path)
    with pytest.raises(DataError, match=r"no labelled split 'hail/val'; .*fog/val, night/train"):
        open_data(f'acdc:{tmp_path}', 'hail/val')
    with pytest.raises(DataError, match=r'no folder .*rgb_anon/fog/train; .*rgb_anon_trainval'):
        open_data(f'acdc:{tmp_path}', 'train')
    folder = tmp_path / 'gt' / 'rain' / 'val' / 'GOPR0122'
    write_map(folder / 'GOPR0122_frame_000009_gt_labelTrainIds.png', 0)
    (folder / 'GOPR0122_frame_000004_gt_labelTrainIds.png').unlink()
    with pytest.raises(DataError, match=r'label map of .*000004_rgb_anon.png in .*gt/rain/val;'):
        open_data(f'acdc:{tmp_path}', 'val')
    (tmp_path / 'gt').rename(tmp_path / 'labels')
    with pytest.raises(DataError, match=r'no folder .*gt/fog/val; it comes with gt_trainval'):
        open_data(f'acdc:{tmp_path}', 'val')


def write_bdd(root: Path) -> Path:
    for name in ('0a0a0b1a', '7d06fefd'):
        write_image(root / 'images' / '10k' / 'val' / f'{name}.jpg')
        write_map(root / 'labels' / 'sem_seg' / 'masks' / 'val' / f'{name}.png', 8, 255)
    return root


def test_bdd_is_stills_in_train_ids(tmp_path: Path) -> None:
    data = open_data(f'bdd100k:{write_bdd(tmp_path)}', 'val')
    assert [(v.name, len(v)) for v in data.videos] == [('0a0a0b1a', 1), ('7d06fefd', 1)]
    assert np.unique(data.videos[1].frame(0).labels).tolist() == [8, 255]


def test_a_map_of_label_ids_in_place_of_train_ids_is_noticed(tmp_path: Path) -> None:
    masks = write_bdd(tmp_path) / 'labels' / 'sem_seg' / 'masks' / 'val'
    write_map(masks / '7d06fefd.png', 26)
    data = open_data(f'bdd100k:{tmp_path}', 'val')
    with pytest.raises(DataError, match=r'7d06fefd.png holds unknown label ids: 26; .*0 to 18, 2'):
        data.videos[1].frame(0)


def test_missing_pieces_of_bdd_are_named(tmp_path: Path) -> None:
    masks = write_bdd(tmp_path) / 'labels' / 'sem_seg' / 'masks'
    (masks / 'val' / '7d06fefd.png').unlink()
    with pytest.raises(DataError, match=r'masks/val/7d06fefd.png; it comes with "Segmentation"'):
        open_data(f'bdd100k:{tmp_path}', 'val')
    (masks / 'val').rename(tmp_path / 'maps')
    with pytest.raises(DataError, match=r'no folder .*sem_seg/masks/val; it comes with "Segm'):
        open_data(f'bdd100k:{tmp_path}', 'val')
    with pytest.raises(DataError, match=r'no folder .*images/10k/train; it comes with "10K'):
        open_data(f'bdd100k:{tmp_path}', 'train')
