from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from time2general_ros.data.frame_folder import FrameFolder
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import open_data
from time2general_ros.labels.files import load_label_set

SIZE = (6, 8)


def write_frame(root: Path, name: str, labels: np.ndarray | None = None) -> None:
    for folder in ('images', 'labels'):
        (root / 'val' / folder).mkdir(parents=True, exist_ok=True)
    image = np.zeros((*SIZE, 3), np.uint8)
    image[..., 2] = 200  # red, since OpenCV writes BGR
    cv2.imwrite(str(root / 'val' / 'images' / f'{name}.png'), image)
    ids = np.full(SIZE, 3, np.uint8) if labels is None else labels
    cv2.imwrite(str(root / 'val' / 'labels' / f'{name}.png'), ids)


def open_folder(root: Path) -> FrameFolder:
    return FrameFolder(root, 'val', load_label_set('camvid11'), void_id=11, rate_hz=30.0)


def test_frames_come_in_order_of_their_numbers_with_their_stamps(tmp_path: Path) -> None:
    for number in (9, 11, 7):
        write_frame(tmp_path, f'0016E5_{number}')
    (video,) = open_folder(tmp_path).videos
    assert video.name == '0016E5_7'
    frames = [video.frame(i) for i in range(len(video))]
    assert [frame.name for frame in frames] == ['0016E5_7', '0016E5_9', '0016E5_11']
    assert [frame.stamp_ns for frame in frames] == [233_333_333, 300_000_000, 366_666_667]


def test_images_are_rgb_and_void_becomes_255(tmp_path: Path) -> None:
    labels = np.full(SIZE, 10, np.uint8)
    labels[0, 0] = 11
    write_frame(tmp_path, 'a_1', labels)
    frame = open_folder(tmp_path).videos[0].frame(0)
    assert frame.image[0, 0].tolist() == [200, 0, 0]
    assert frame.labels[0, 0] == 255
    assert (frame.labels.ravel()[1:] == 10).all()
    assert frame.labels.dtype == np.uint8


def test_sequences_are_separate_videos(tmp_path: Path) -> None:
    for name in ('0001TP_000010', '0001TP_000040', '0006R0_f00010', '0006R0_f00040'):
        write_frame(tmp_path, name)
    assert [(v.name, len(v)) for v in open_folder(tmp_path).videos] == [
        ('0001TP_000010', 2),
        ('0006R0_f00010', 2),
    ]


def test_a_hole_in_a_sequence_separates_videos(tmp_path: Path) -> None:
    for number in (30, 60, 90, 150, 1050, 1080):
        write_frame(tmp_path, f'a_{number:05}')
    assert [(v.name, len(v)) for v in open_folder(tmp_path).videos] == [
        ('a_00030', 4),
        ('a_01050', 2),
    ]


def test_jpeg_images_are_read(tmp_path: Path) -> None:
    write_frame(tmp_path, 'a_1')
    images = tmp_path / 'val' / 'images'
    cv2.imwrite(str(images / 'a_1.jpg'), cv2.imread(str(images / 'a_1.png')))
    (images / 'a_1.png').unlink()
    image = open_folder(tmp_path).videos[0].frame(0).image
    assert image.shape == (*SIZE, 3)
    assert abs(int(image[3, 3, 0]) - 200) < 8


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'no data folder .*nowhere'):
        open_folder(tmp_path / 'nowhere')


def test_a_missing_split_lists_those_that_exist(tmp_path: Path) -> None:
    write_frame(tmp_path, 'a_1')
    with pytest.raises(DataError, match="no split 'test'; there are: val"):
        open_data(f'camvid:{tmp_path}', 'test')


@pytest.mark.parametrize('folder', ['images', 'labels'])
def test_a_missing_subfolder_is_named(tmp_path: Path, folder: str) -> None:
    write_frame(tmp_path, 'a_1')
    (tmp_path / 'val' / folder / 'a_1.png').unlink()
    (tmp_path / 'val' / folder).rmdir()
    with pytest.raises(DataError, match=f'no folder .*val/{folder}'):
        open_folder(tmp_path)


def test_no_images_at_all_is_an_error(tmp_path: Path) -> None:
    write_frame(tmp_path, 'a_1')
    (tmp_path / 'val' / 'images' / 'a_1.png').unlink()
    with pytest.raises(DataError, match='val/images has no'):
        open_folder(tmp_path)


@pytest.mark.parametrize('missing', ['images/a_2', 'labels/a_2'])
def test_a_missing_half_is_named_with_its_place(tmp_path: Path, missing: str) -> None:
    write_frame(tmp_path, 'a_1')
    write_frame(tmp_path, 'a_2')
    (tmp_path / 'val' / f'{missing}.png').unlink()
    with pytest.raises(DataError, match=f'missing: .*val/{missing}'):
        open_folder(tmp_path)


def test_many_missing_files_are_summed_up(tmp_path: Path) -> None:
    for number in range(6):
        write_frame(tmp_path, f'a_{number}')
        if number:
            (tmp_path / 'val' / 'labels' / f'a_{number}.png').unlink()
    with pytest.raises(DataError, match=r'a_3.png and 2 more'):
        open_folder(tmp_path)


def test_a_name_without_a_number_is_refused(tmp_path: Path) -> None:
    write_frame(tmp_path, 'street')
    with pytest.raises(DataError, match=r'street.png does not end in a frame number'):
        open_folder(tmp_path)


def test_unknown_ids_are_named_with_their_file(tmp_path: Path) -> None:
    labels = np.full(SIZE, 3, np.uint8)
    labels[1, 2:4] = (12, 200)
    write_frame(tmp_path, 'a_1', labels)
    with pytest.raises(
        DataError,
        match=r'labels/a_1.png holds unknown label ids: 12, 200; .*0 to 10 and 11 for void',
    ):
        open_folder(tmp_path).videos[0].frame(0)


def test_colour_labels_are_refused(tmp_path: Path) -> None:
    write_frame(tmp_path, 'a_1', np.zeros((*SIZE, 3), np.uint8))
    with pytest.raises(DataError, match='not a map of class ids'):
        open_folder(tmp_path).videos[0].frame(0)


def test_labels_of_another_size_are_refused(tmp_path: Path) -> None:
    write_frame(tmp_path, 'a_1', np.zeros((3, 4), np.uint8))
    with pytest.raises(DataError, match='is 4x3 but its image is 8x6'):
        open_folder(tmp_path).videos[0].frame(0)


@pytest.mark.parametrize('folder', ['images', 'labels'])
def test_a_damaged_file_is_named(tmp_path: Path, folder: str) -> None:
    write_frame(tmp_path, 'a_1')
    (tmp_path / 'val' / folder / 'a_1.png').write_bytes(b'not an image')
    with pytest.raises(DataError, match=f'{folder}/a_1.png cannot be read'):
        open_folder(tmp_path).videos[0].frame(0)


@pytest.mark.parametrize('spec', ['kitti:/data', 'camvid', 'camvid:', ''])
def test_an_unknown_kind_lists_those_that_exist(spec: str) -> None:
    with pytest.raises(DataError, match=r'give one of: camvid:PATH, synthetic:SEED'):
        open_data(spec, 'val')


def test_a_specification_may_hold_colons_in_its_path(tmp_path: Path) -> None:
    write_frame(tmp_path / 'a:b', 'a_1')
    assert len(open_data(f'camvid:{tmp_path / "a:b"}', 'val').videos) == 1
