from __future__ import annotations

from pathlib import Path

import cv2
from data_trees import SIZE, write_image, write_map
import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError, labelled_frames
from time2general_ros.data.specs import open_data

VIPER_ROAD, VIPER_CAR = 3, 24


def write_viper(root: Path, frames: int = 3, labelled: int = 3) -> Path:
    for number in range(1, frames + 1):
        write_image(root / 'val' / 'img' / '001' / f'001_{number:05}.jpg')
        if number <= labelled:
            write_map(root / 'val' / 'cls' / '001' / f'001_{number:05}.png', VIPER_ROAD)
    return root


def test_a_viper_sequence_is_one_video(tmp_path: Path) -> None:
    data = open_data(f'viper:{write_viper(tmp_path)}', 'val')
    (video,) = data.videos
    assert (video.name, len(video), data.label_set.name) == ('001_00001', 3, 'viper16')
    stamps = [video.frame(i).stamp_ns for i in range(3)]
    assert stamps == [66_666_667, 133_333_333, 200_000_000]
    assert (video.frame(0).labels == 0).all()


def test_frames_of_viper_without_a_map_are_unlabelled(tmp_path: Path) -> None:
    (video,) = open_data(f'viper:{write_viper(tmp_path, 5, 2)}', 'val').videos
    assert labelled_frames(video) == [0, 1]
    assert (video.frame(4).labels == 255).all()


def test_the_car_that_carries_the_camera_is_void_and_others_are_not(tmp_path: Path) -> None:
    write_viper(tmp_path)
    ids = np.full(SIZE, VIPER_ROAD, np.uint8)
    ids[2:, 2:5] = VIPER_CAR
    ids[0, 0] = VIPER_CAR
    cv2.imwrite(str(tmp_path / 'val' / 'cls' / '001' / '001_00001.png'), ids)
    data = open_data(f'viper:{tmp_path}', 'val')
    labels = data.videos[0].frame(0).labels
    assert (labels[2:, 2:5] == 255).all()
    assert labels[0, 0] == data.label_set.classes.index('car')
    assert (labels[3, :2] == 0).all()


def test_missing_pieces_of_viper_are_named(tmp_path: Path) -> None:
    write_viper(tmp_path, labelled=0)
    with pytest.raises(DataError, match=r'no folder .*val/cls; it comes with "Semantic class'):
        open_data(f'viper:{tmp_path}', 'val')
    (tmp_path / 'val' / 'cls' / '001').mkdir(parents=True)
    with pytest.raises(DataError, match=r'no \*/\*.png in .*val/cls; it comes with "Semantic'):
        open_data(f'viper:{tmp_path}', 'val')
    with pytest.raises(DataError, match=r'no folder .*train/img; it comes with "Images"'):
        open_data(f'viper:{tmp_path}', 'train')


VIEW = Path('Stereo_Left') / 'Omni_F'
ROWS = 124


def write_synthia(root: Path, *names: str) -> Path:
    for name in names:
        sequence = root / f'SYNTHIA-SEQS-{name}'
        for number in (0, 1):
            write_image(sequence / 'RGB' / VIEW / f'{number:06}.png', (ROWS, 6))
            labels = np.zeros((ROWS, 6, 3), np.uint16)
            # OpenCV writes BGR: the class is in the first channel of the file, an instance in
            # the second.
            labels[..., 2] = 8
            labels[..., 1] = 4000
            labels[0, 0, 2] = 12
            path = sequence / 'GT' / 'LABELS' / VIEW / f'{number:06}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(path), labels)
    return root


def test_synthia_is_read_without_its_lowest_rows(tmp_path: Path) -> None:
    data = open_data(f'synthia-seq:{write_synthia(tmp_path, "04-DAWN")}', 'train')
    (video,) = data.videos
    frame = video.frame(1)
    assert frame.image.shape == (4, 6, 3)
    assert frame.labels.shape == (4, 6)
    assert frame.stamp_ns == 200_000_000
    car = data.label_set.classes.index('car')
    assert frame.labels.ravel()[:2].tolist() == [255, car]


def test_a_sequence_of_synthia_can_be_named(tmp_path: Path) -> None:
    write_synthia(tmp_path, '04-DAWN', '05-FOG')
    assert len(open_data(f'synthia-seq:{tmp_path}', 'train').videos) == 2
    assert len(open_data(f'synthia-seq:{tmp_path}', '05-FOG').videos) == 1
    with pytest.raises(DataError, match="split 'val'; there are: train, 04-DAWN, 05-FOG"):
        open_data(f'synthia-seq:{tmp_path}', 'val')


def test_missing_pieces_of_synthia_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'no SYNTHIA-SEQS-\* in .*; it comes with SYNTHIA-SEQS'):
        open_data(f'synthia-seq:{tmp_path}', 'train')
    sequence = write_synthia(tmp_path, '04-DAWN') / 'SYNTHIA-SEQS-04-DAWN'
    (sequence / 'GT' / 'LABELS' / VIEW / '000001.png').unlink()
    with pytest.raises(DataError, match=r'GT/LABELS/.*/000001.png; it comes with SYNTHIA-SEQS'):
        open_data(f'synthia-seq:{tmp_path}', 'train')
    (sequence / 'RGB').rename(sequence / 'images')
    with pytest.raises(DataError, match=r'no folder .*RGB/Stereo_Left/Omni_F; it comes with'):
        open_data(f'synthia-seq:{tmp_path}', 'train')


def test_ids_of_synthia_beyond_a_byte_are_named(tmp_path: Path) -> None:
    sequence = write_synthia(tmp_path, '04-DAWN') / 'SYNTHIA-SEQS-04-DAWN'
    path = sequence / 'GT' / 'LABELS' / VIEW / '000000.png'
    cv2.imwrite(str(path), np.full((ROWS, 6, 3), 4000, np.uint16))
    (video,) = open_data(f'synthia-seq:{tmp_path}', 'train').videos
    with pytest.raises(DataError, match=r'000000.png holds unknown label ids up to 4000'):
        video.frame(0)
