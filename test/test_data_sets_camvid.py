from __future__ import annotations

from pathlib import Path

from data_trees import write_colours, write_image
import pytest

from time2general_ros.data.labelled_video import DataError, stamp_of
from time2general_ros.data.sets.camvid import split_of
from time2general_ros.data.specs import note_on, open_data

ROAD, LANE, VOID = (128, 64, 128), (128, 0, 192), (0, 0, 0)
SHARED = Path(__file__).parents[2] / 'shared' / 'data' / 'camvid'
FRAMES = (
    '0001TP_006690', '0001TP_006720', '0001TP_008550', '0006R0_f00930', '0016E5_00390',
    '0016E5_07959', '0016E5_07961', '0016E5_08190', 'Seq05VD_f00000',
)  # fmt: skip


@pytest.fixture
def camvid(tmp_path: Path) -> Path:
    for name in FRAMES:
        write_image(tmp_path / '701_StillsRaw_full' / f'{name}.png')
        write_colours(tmp_path / 'LabeledApproved_full' / f'{name}_L.png', LANE, VOID, ROAD)
    return tmp_path


@pytest.mark.parametrize(
    ('split', 'videos'),
    [
        ('train', [('0001TP_006690', 2), ('0006R0_f00930', 1), ('0016E5_00390', 2)]),
        ('val', [('0016E5_07959', 2)]),
        ('test', [('0001TP_008550', 1), ('Seq05VD_f00000', 1)]),
    ],
)
def test_splits_are_those_of_the_segnet_edition(
    camvid: Path, split: str, videos: list[tuple[str, int]]
) -> None:
    found = open_data(f'camvid960:{camvid}', split).videos
    assert [(video.name, len(video)) for video in found] == videos


def test_labels_are_eleven_classes_and_stamps_count_a_video_of_30_hz(camvid: Path) -> None:
    data = open_data(f'camvid960:{camvid}', 'val')
    assert data.label_set.name == 'camvid11'
    frame = data.videos[0].frame(1)
    assert frame.labels.ravel()[:3].tolist() == [3, 255, 3]
    assert frame.stamp_ns == stamp_of(data.videos[0], 1) == 265_366_666_667
    note = note_on(f'camvid960:{camvid}', 'val')
    assert note is not None
    assert 'street is known' in note


@pytest.mark.skipif(not SHARED.is_dir(), reason=f'there is no {SHARED}')
@pytest.mark.parametrize('split', ['train', 'val'])
def test_the_rule_of_the_splits_agrees_with_the_480x360_edition(split: str) -> None:
    names = [path.stem.split('_') for path in (SHARED / split / 'images').glob('*.jpg')]
    assert len(names) == {'train': 367, 'val': 101}[split]
    assert {split_of(name, int(number.lstrip('f'))) for name, number in names} == {split}


def test_missing_pieces_are_named_with_their_place_and_source(camvid: Path) -> None:
    (camvid / 'LabeledApproved_full' / '0016E5_07961_L.png').unlink()
    with pytest.raises(DataError, match=r'full/0016E5_07961_L.png; it comes with LabeledAppr'):
        open_data(f'camvid960:{camvid}', 'val')
    (camvid / 'LabeledApproved_full').rename(camvid / 'labels')
    with pytest.raises(DataError, match=r'no folder .*LabeledApproved_full; it comes with Label'):
        open_data(f'camvid960:{camvid}', 'val')
    (camvid / 'labels').rename(camvid / 'LabeledApproved_full')
    (camvid / '701_StillsRaw_full').rename(camvid / 'images')
    with pytest.raises(
        DataError, match=r'no folder .*701_StillsRaw_full; .*701_StillsRaw_full.zip'
    ):
        open_data(f'camvid960:{camvid}', 'val')


def test_a_split_of_which_nothing_is_there_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / '701_StillsRaw_full' / '0016E5_07959.png')
    (tmp_path / 'LabeledApproved_full').mkdir()
    with pytest.raises(DataError, match="no frame of the split 'test' in"):
        open_data(f'camvid960:{tmp_path}', 'test')


def test_a_foreign_name_is_refused(camvid: Path) -> None:
    write_image(camvid / '701_StillsRaw_full' / 'street.png')
    with pytest.raises(DataError, match=r'street.png is not named SEQUENCE_NUMBER'):
        open_data(f'camvid960:{camvid}', 'val')
