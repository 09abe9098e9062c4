from __future__ import annotations

from pathlib import Path

from data_trees import SIZE, write_image, write_map, write_text
import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError, labelled_frames, stamp_of
from time2general_ros.data.specs import open_data

CITY, ROAD, CAR, VOID = 'frankfurt', 7, 26, 0


def write_snippet(root: Path, number: int, kind: str = 'labelIds', *ids: int) -> None:
    """Write the 30 frames around a labelled one."""
    frames = root / 'leftImg8bit_sequence' / 'val' / CITY
    for frame in range(number - 19, number + 11):
        write_image(frames / f'{CITY}_000001_{frame:06}_leftImg8bit.png')
    maps = root / 'gtFine' / 'val' / CITY
    write_map(maps / f'{CITY}_000001_{number:06}_gtFine_{kind}.png', *(ids or (ROAD,)))


def test_a_snippet_is_the_labelled_frame_with_nineteen_before_and_ten_after(
    tmp_path: Path,
) -> None:
    for number in (2759, 19):
        write_snippet(tmp_path, number)
    data = open_data(f'cityscapes-seq:{tmp_path}', 'val')
    assert data.label_set.name == 'cityscapes19'
    assert [len(video) for video in data.videos] == [30, 30]
    assert [labelled_frames(video) for video in data.videos] == [[19], [19]]
    names = [video.name for video in data.videos]
    assert names == [f'{CITY}_000001_{n:06}_leftImg8bit' for n in (0, 2740)]
    assert data.videos[1].frame(29).name == f'{CITY}_000001_002769_leftImg8bit'


def test_only_the_labelled_frame_has_labels(tmp_path: Path) -> None:
    write_snippet(tmp_path, 19, 'labelIds', CAR, VOID, ROAD)
    (video,) = open_data(f'cityscapes-seq:{tmp_path}', 'val').videos
    assert video.frame(19).labels.ravel()[:3].tolist() == [13, 255, 0]
    assert (video.frame(18).labels == 255).all()
    assert video.frame(18).labels.shape == SIZE
    assert video.frame(18).image[0, 0].tolist() == [200, 0, 0]


def test_train_ids_are_taken_where_they_were_made(tmp_path: Path) -> None:
    write_snippet(tmp_path, 19, 'labelIds', CAR)
    write_snippet(tmp_path, 19, 'labelTrainIds', 13, 255, 0)
    (video,) = open_data(f'cityscapes-seq:{tmp_path}', 'val').videos
    assert video.frame(19).labels.ravel()[:3].tolist() == [13, 255, 0]


def test_stamps_are_17_hz_unless_the_times_of_recording_are_there(tmp_path: Path) -> None:
    write_snippet(tmp_path, 19)
    spec = f'cityscapes-seq:{tmp_path}'
    (video,) = open_data(spec, 'val').videos
    assert stamp_of(video, 17) == video.frame(17).stamp_ns == 1_000_000_000
    times = tmp_path / 'timestamp_sequence' / 'val' / CITY
    write_text(times / f'{CITY}_000001_000017_timestamp.txt', '1001202000\n')
    (video,) = open_data(spec, 'val').videos
    assert stamp_of(video, 17) == video.frame(17).stamp_ns == 1_001_202_000
    with pytest.raises(DataError, match=r'000018_timestamp.txt should hold the time of'):
        video.frame(18)


@pytest.mark.parametrize(
    ('lost', 'message'),
    [
        (
            'leftImg8bit_sequence',
            r'no folder .*leftImg8bit_sequence/val; it comes with leftImg8bit_sequence_trainval',
        ),
        ('gtFine', r'no folder .*gtFine/val; it comes with gtFine_trainvaltest.zip from https'),
        (
            f'leftImg8bit_sequence/val/{CITY}/{CITY}_000001_000004_leftImg8bit.png',
            r'no file .*000004_leftImg8bit.png; it comes with leftImg8bit_sequence',
        ),
        (
            f'gtFine/val/{CITY}/{CITY}_000001_000019_gtFine_labelIds.png',
            r'no \*\*/\*_gtFine_labelIds.png in .*gtFine/val',
        ),
    ],
)
def test_a_missing_piece_is_named_with_its_place_and_source(
    tmp_path: Path, lost: str, message: str
) -> None:
    write_snippet(tmp_path, 19)
    (tmp_path / lost).rename(tmp_path / 'elsewhere')
    with pytest.raises(DataError, match=message):
        open_data(f'cityscapes-seq:{tmp_path}', 'val')


def test_a_split_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no labelled split 'test'; there are: train, val"):
        open_data(f'cityscapes-seq:{tmp_path}', 'test')


def write_corrupted(root: Path) -> None:
    for kind in ('fog/5', 'fog/3', 'snow/5'):
        for frame in ('munster_000000_000019', 'munster_000001_000019'):
            write_image(root / 'cityscapes-c' / kind / 'munster' / f'{frame}_leftImg8bit.png')
            maps = root / 'gtFine' / 'val' / 'munster'
            write_map(maps / f'{frame}_gtFine_labelIds.png', CAR, VOID)


def test_a_corruption_is_500_stills_of_their_own(tmp_path: Path) -> None:
    write_corrupted(tmp_path)
    data = open_data(f'cityscapes-c:{tmp_path}', 'fog/3')
    assert [(len(v), v.name) for v in data.videos] == [
        (1, 'munster_000000_000019_leftImg8bit'),
        (1, 'munster_000001_000019_leftImg8bit'),
    ]
    assert np.unique(data.videos[0].frame(0).labels).tolist() == [13, 255]


def test_the_corruptions_that_were_made_are_listed(tmp_path: Path) -> None:
    write_corrupted(tmp_path)
    with pytest.raises(DataError, match="split 'val'; there are: fog/3, fog/5, snow/5"):
        open_data(f'cityscapes-c:{tmp_path}', 'val')


def test_a_corrupted_still_without_its_label_map_is_named(tmp_path: Path) -> None:
    write_corrupted(tmp_path)
    maps = tmp_path / 'gtFine' / 'val' / 'munster'
    (maps / 'munster_000001_000019_gtFine_labelIds.png').unlink()
    with pytest.raises(DataError, match=r'no label map in .*gtFine/val for .*000001_000019'):
        open_data(f'cityscapes-c:{tmp_path}', 'fog/3')


def test_corruptions_that_were_not_made_are_named_with_the_script(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'no folder .*cityscapes-c; .*generate_cityscapes_c.py'):
        open_data(f'cityscapes-c:{tmp_path}', 'fog/5')
