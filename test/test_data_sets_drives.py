"""KITTI-360 and ApolloScape: drives whose splits are lists and whose stamps were measured."""

from __future__ import annotations

from pathlib import Path

from data_trees import write_image, write_map, write_text
import pytest

from time2general_ros.data.labelled_video import DataError, stamp_of
from time2general_ros.data.sets.apolloscape import stamp_in
from time2general_ros.data.specs import note_on, open_data

DRIVE = '2013_05_28_drive_0003_sync'
RAW = f'data_2d_raw/{DRIVE}/image_00'
MAPS = f'data_2d_semantics/train/{DRIVE}/image_00/semantic'
ROAD, GATE, LAMP = 7, 35, 38
TICK_NS = 104_376_333


def write_kitti(root: Path, *numbers: int) -> Path:
    lines = []
    for number in numbers:
        image, labels = f'{RAW}/data_rect/{number:010}.png', f'{MAPS}/{number:010}.png'
        write_image(root / image)
        write_map(root / labels, GATE, LAMP, ROAD)
        lines.append(f'{image} {labels}\n')
    listed = 'data_2d_semantics/train/2013_05_28_drive_val_frames.txt'
    write_text(root / listed, ''.join(lines))
    start = 2_904_483_072
    stamps = [start + TICK_NS * i for i in range(30)]
    text = [f'2013-05-28 08:46:{s // 10**9:02}.{s % 10**9:09}\n' for s in stamps]
    write_text(root / RAW / 'timestamps.txt', ''.join(text))
    return root


def test_the_frames_of_the_list_are_read_with_their_own_times(tmp_path: Path) -> None:
    # Out of order and one of them twice, as the stretches of a drive overlap.
    write_kitti(tmp_path, 6, 4, 5, 6, 7)
    (video,) = open_data(f'kitti360:{tmp_path}', 'val').videos
    assert (video.name, len(video)) == ('0000000004', 4)
    assert stamp_of(video, 1) - stamp_of(video, 0) == TICK_NS
    first = video.frame(0)
    assert first.stamp_ns == 1_369_730_762_904_483_072 + 4 * TICK_NS
    assert first.labels.ravel()[:3].tolist() == [4, 255, 0]


def test_a_gap_in_a_drive_separates_videos(tmp_path: Path) -> None:
    write_kitti(tmp_path, 2, 3, 4, 6, 20, 21)
    videos = open_data(f'kitti360:{tmp_path}', 'val').videos
    assert [(v.name, len(v)) for v in videos] == [('0000000002', 4), ('0000000020', 2)]


@pytest.mark.parametrize(
    ('lost', 'message'),
    [
        (f'{RAW}/timestamps.txt', r'no file .*image_00/timestamps.txt; it comes with "Perspect'),
        (f'{RAW}/data_rect/0000000005.png', r'data_rect/0000000005.png; it comes with "Persp'),
        (f'{MAPS}/0000000005.png', r'semantic/0000000005.png; it comes with "Semantics of Left'),
        (
            'data_2d_semantics/train/2013_05_28_drive_val_frames.txt',
            r'no file .*drive_val_frames.txt; .*kitti-360 \(docs/datasets.md',
        ),
    ],
)
def test_a_missing_piece_of_kitti_is_named(tmp_path: Path, lost: str, message: str) -> None:
    write_kitti(tmp_path, 4, 5)
    (tmp_path / lost).unlink()
    with pytest.raises(DataError, match=message):
        open_data(f'kitti360:{tmp_path}', 'val')


def test_damaged_lists_and_times_of_kitti_are_named(tmp_path: Path) -> None:
    write_kitti(tmp_path, 4, 31)
    with pytest.raises(DataError, match=r'timestamps.txt has 30 times but frame 31'):
        open_data(f'kitti360:{tmp_path}', 'val')
    write_text(tmp_path / RAW / 'timestamps.txt', 'soon\n' * 40)
    with pytest.raises(DataError, match=r'timestamps.txt does not hold one time per line'):
        open_data(f'kitti360:{tmp_path}', 'val')
    listed = tmp_path / 'data_2d_semantics/train/2013_05_28_drive_val_frames.txt'
    write_text(listed, 'image.png\n')
    with pytest.raises(DataError, match=r"val_frames.txt: 'image.png' does not name a frame"):
        open_data(f'kitti360:{tmp_path}', 'val')


def test_what_kitti_figures_mean_is_said_beside_them(tmp_path: Path) -> None:
    note = note_on(f'kitti360:{tmp_path}', 'val')
    assert note is not None
    assert 'share drives' in note
    with pytest.raises(DataError, match="no labelled split 'test'"):
        open_data(f'kitti360:{tmp_path}', 'test')


CAMERA = 'Record001/Camera 5'


def write_apollo(root: Path, *times: str, camera: str = CAMERA) -> None:
    lines = []
    for time in times:
        name = f'{time}_{camera[-8:].replace(" ", "_")}'
        image = f'road01_ins/ColorImage/{camera}/{name}.jpg'
        labels = f'road01_ins/Label/{camera}/{name}_bin.png'
        write_image(root / image)
        write_map(root / labels, 161, 40, 49)
        lines.append(f'{image}\t{labels}\n')
    listed = root / 'road01_ins_val.lst'
    listed.write_text((listed.read_text() if listed.exists() else '') + ''.join(lines))


def test_the_time_of_a_frame_is_in_its_name() -> None:
    name = Path('170908_061502408_Camera_5.jpg')
    assert stamp_in(name) == 1_504_851_302_408_000_000
    for wrong in ('170908_0615_Camera_5.jpg', '170908_256502408_Camera_5.jpg'):
        with pytest.raises(DataError, match='does not begin with the time'):
            stamp_in(Path(wrong))


def test_cameras_are_separate_and_a_stop_of_over_a_second_is_a_cut(tmp_path: Path) -> None:
    write_apollo(tmp_path, '170908_061502908', '170908_061502408', '170908_061503808')
    write_apollo(tmp_path, '170908_061504908', '170908_061505008')
    write_apollo(tmp_path, '170908_061502408', camera='Record001/Camera 6')
    data = open_data(f'apolloscape:{tmp_path}', 'val')
    assert data.label_set.name == 'apolloscape17'
    assert [(v.name, len(v)) for v in data.videos] == [
        ('170908_061502408_Camera_5', 3),
        ('170908_061504908_Camera_5', 2),
        ('170908_061502408_Camera_6', 1),
    ]
    car = data.label_set.classes.index('car')
    assert data.videos[0].frame(1).labels.ravel()[:3].tolist() == [car, 255, 0]


def test_missing_pieces_of_apolloscape_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'no \*_val.lst in .*; it comes with image_lists'):
        open_data(f'apolloscape:{tmp_path}', 'val')
    write_apollo(tmp_path, '170908_061502408')
    (next(tmp_path.glob('road01_ins/Label/*/*/*_bin.png'))).unlink()
    with pytest.raises(DataError, match=r'061502408_Camera_5_bin.png; it comes with road01'):
        open_data(f'apolloscape:{tmp_path}', 'val')
    (next(tmp_path.glob('road01_ins/ColorImage/*/*/*.jpg'))).unlink()
    with pytest.raises(DataError, match=r'061502408_Camera_5.jpg; it comes with road01'):
        open_data(f'apolloscape:{tmp_path}', 'val')
    write_text(tmp_path / 'road01_ins_val.lst', 'image.jpg labels.png\n')
    with pytest.raises(DataError, match=r'val.lst: .* does not name an image and its label map'):
        open_data(f'apolloscape:{tmp_path}', 'val')
