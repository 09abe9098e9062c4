from __future__ import annotations

from pathlib import Path

from data_trees import write_colours, write_image, write_map
import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import note_on, open_data

FRAMES = ('0001TP_006690', '0001TP_006720', '0006R0_f00930', '0016E5_00390', '0016E5_00420')


def write_segnet(root: Path) -> str:
    for name in FRAMES:
        write_image(root / 'train' / 'images' / f'{name}.jpg')
        write_map(root / 'train' / 'labels' / f'{name}.png', 3)
    return f'camvid:{root}'


def write_full(root: Path) -> str:
    for name in FRAMES:
        write_image(root / '701_StillsRaw_full' / f'{name}.png')
        write_colours(root / 'LabeledApproved_full' / f'{name}_L.png', (128, 64, 128))
    return f'camvid960:{root}'


@pytest.mark.parametrize('write', [write_segnet, write_full])
@pytest.mark.parametrize(
    ('split', 'names'),
    [
        ('train', ['0001TP_006690', '0006R0_f00930', '0016E5_00390']),
        ('train-without-0001TP', ['0006R0_f00930', '0016E5_00390']),
        ('train-only-0001TP', ['0001TP_006690']),
        ('train-without-0001TP+0006R0', ['0016E5_00390']),
        ('train-only-0001TP+0006R0', ['0001TP_006690', '0006R0_f00930']),
    ],
)
def test_a_drive_can_be_left_out_or_be_all(
    write: object, split: str, names: list[str], tmp_path: Path
) -> None:
    assert callable(write)
    data = open_data(write(tmp_path), split)
    assert [video.name for video in data.videos] == names
    assert data.label_set.name == 'camvid11'


@pytest.mark.parametrize(
    ('split', 'words'),
    [
        ('train-without-05VD', "split 'train' of .* no drive '05VD'; .*0001TP, 0006R0, 0016E5"),
        ('train-only-', "no drive ''"),
        ('train-without-0001TP+0006R0+0016E5', 'leaves no drive of 0001TP, 0006R0, 0016E5'),
        ('val-only-0001TP', "no split 'val'; there are: train"),
        ('train-except-0001TP', "no split 'train-except-0001TP'"),
    ],
)
def test_what_leaves_nothing_or_is_not_there_is_named(
    split: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=words):
        open_data(write_segnet(tmp_path), split)


def test_what_is_known_of_a_split_is_said_of_its_parts() -> None:
    assert note_on('camvid:x', 'val-only-0016E5') == note_on('camvid:x', 'val') is not None
    assert note_on('camvid:x', 'train-only-0016E5') is None
