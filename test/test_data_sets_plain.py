from __future__ import annotations

from pathlib import Path

from data_trees import write_image, write_map, write_text
import pytest

from time2general_ros.data.labelled_video import DataError, labelled_frames
from time2general_ros.data.specs import open_data


def write_folder(root: Path, description: str = '{"rate_hz": 10}') -> Path:
    write_text(root / 'dataset.json', description)
    for number in range(1, 5):
        write_image(root / 'val' / 'images' / f'a_{number}.jpg')
    for number in (2, 4):
        write_map(root / 'val' / 'labels' / f'a_{number}.png', 13, 255)
    return root


def test_frames_without_a_map_are_unlabelled(tmp_path: Path) -> None:
    data = open_data(f'folder:{write_folder(tmp_path)}', 'val')
    (video,) = data.videos
    assert labelled_frames(video) == [1, 3]
    assert [video.frame(i).stamp_ns for i in (0, 3)] == [100_000_000, 400_000_000]
    assert video.frame(1).labels.ravel()[:2].tolist() == [13, 255]
    assert (video.frame(0).labels == 255).all()


def test_classes_and_void_are_those_of_the_description(tmp_path: Path) -> None:
    text = '{"rate_hz": 10, "label_set": "camvid11", "void_id": 13}'
    data = open_data(f'folder:{write_folder(tmp_path, text)}', 'val')
    assert data.label_set.name == 'camvid11'
    with pytest.raises(DataError, match=r'a_2.png holds unknown label ids: 255; .*13 for void'):
        data.videos[0].frame(1)


@pytest.mark.parametrize(
    ('text', 'fault'),
    [
        ('{}', 'rate_hz'),
        ('{"rate_hz": 10, "fps": 3}', 'fps'),
        ('{"rate_hz": 0}', 'must be above 0'),
        ('{"rate_hz": 10, "void_id": 300}', 'void_id must be a whole number from 0'),
        ('{"rate_hz": 10, "void_id": 2.5}', 'void_id must be'),
        ('{"rate_hz": Infinity}', 'must be above 0, and finite'),
        ('{"rate_hz": NaN}', 'must be above 0'),
        ('{"rate_hz": "ten"}', 'str'),
        ('{"rate_hz": 10, "label_set": "voc"}', "unknown label set 'voc'"),
        ('[30]', 'mapping'),
        ('rate: 10', 'Expecting value'),
    ],
)
def test_a_wrong_description_is_named_with_an_example(
    tmp_path: Path, text: str, fault: str
) -> None:
    write_folder(tmp_path, text)
    with pytest.raises(DataError, match=rf'dataset.json should .* \{{"rate_hz": 30.*{fault}'):
        open_data(f'folder:{tmp_path}', 'val')


def test_a_missing_description_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'dataset.json should describe the folder'):
        open_data(f'folder:{tmp_path}', 'val')


def test_a_map_without_its_image_is_an_error(tmp_path: Path) -> None:
    (write_folder(tmp_path) / 'val' / 'images' / 'a_4.jpg').unlink()
    with pytest.raises(DataError, match=r'missing: .*val/images/a_4.jpg'):
        open_data(f'folder:{tmp_path}', 'val')
