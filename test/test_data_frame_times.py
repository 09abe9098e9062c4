from __future__ import annotations

from itertools import pairwise
import os
from pathlib import Path

from data_trees import write_image, write_map, write_text
import pytest

from time2general_ros.data.frame_times import check_times, stamp_of_number, time_in_name
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import open_data

NS = 1_790_000_000_123_456_789


def folder(root: Path, rate_hz: object, *names: str) -> Path:
    write_text(root / 'dataset.json', f'{{"rate_hz": {rate_hz}}}')
    for name in names:
        write_image(root / 'val' / 'images' / f'{name}.png')
        write_map(root / 'val' / 'labels' / f'{name}.png', 0)
    return root


@pytest.mark.parametrize('rate_hz', [10, 29.97])
@pytest.mark.parametrize(
    ('name', 'sequence', 'stamp_ns'),
    [
        (f'{NS}', '', NS),
        (f'left_{NS}', 'left_', NS),
        ('1790000000123456', '', NS // 1000 * 1000),
        ('cam0-1790000000123', 'cam0-', NS // 10**6 * 10**6),
        ('1790000000', '', NS // 10**9 * 10**9),
        ('1790000000.123456', '', NS // 1000 * 1000),
        ('1790000000.123456789', '', NS),
        ('frame_1790000000.5', 'frame_', 1_790_000_000_500_000_000),
        # Milliseconds with a fraction.
        ('a_Color_1790000000123.45678900000000', 'a_Color_', 1_790_000_000_123_456_789),
        ('1790000000_123456789', '', NS),
        ('left-1790000000-000000001', 'left-', 1_790_000_000_000_000_001),
        ('0.033333', '', 33_333_000),
        ('12.345', '', 12_345_000_000),
        ('run_12.0', 'run_', 12_000_000_000),
    ],
)
def test_times_in_names_are_taken_whatever_the_rate(name, sequence, stamp_ns, rate_hz):
    assert time_in_name(Path(f'{name}.jpg'), rate_hz) == (sequence, stamp_ns)


@pytest.mark.parametrize(
    ('name', 'rate_hz', 'sequence', 'stamp_ns'),
    [
        ('a_0005', 10, 'a_', 500_000_000),
        ('a_5', 10, 'a_', 500_000_000),
        ('5', 10, '', 500_000_000),
        ('0000000123', 10, '', 12_300_000_000),
        ('a-5', 10, 'a-', 500_000_000),
        ('-5', 10, '-', 500_000_000),
        ('+5', 10, '+', 500_000_000),
        ('a.5', 10, 'a.', 500_000_000),
        ('v1.2_7', 10, 'v1.2_', 700_000_000),
        ('1e9', 10, '1e', 900_000_000),
        ('straße_٣', 10, 'straße_', 300_000_000),
        ('a\n_3', 10, 'a\n_', 300_000_000),
        # These rates say what unit a number is in, were it of this century or not.
        (f'{NS}', 1_000_000_000, '', NS),
        ('1790000000', 1_000_000_000, '', 1_790_000_000),
        ('1790000000', 1, '', 1_790_000_000_000_000_000),
        ('33366700', 1e6, '', 33_366_700_000),
        ('33.3667', 1000, '', 33_366_700),
        ('1000001', 29.97, '', 33_366_733_400_067),
    ],
)
def test_a_number_counts_the_rate(name, rate_hz, sequence, stamp_ns):
    found_sequence, found_ns = time_in_name(Path(f'{name}.jpg'), rate_hz)
    assert found_sequence == sequence
    assert found_ns == pytest.approx(stamp_ns, abs=0 if rate_hz != 29.97 else 1000)


@pytest.mark.parametrize('rate_hz', [1e-300, 1, 10, 1000.0])
@pytest.mark.parametrize('name', ['9' * 19, '9' * 200, 'a_' + '8' * 100, '٩' * 100])
def test_a_number_that_is_no_time_is_refused_with_how_it_is_read(name, rate_hz):
    with pytest.raises(DataError, match=r'is no time at rate_hz .*: .*1/rate_hz s.*1e9 reads nan'):
        time_in_name(Path(f'{name}.jpg'), rate_hz)


@pytest.mark.parametrize('name', ['', 'street', '5a', 'a_5_L', '.5.', '²', '½', '五', 'a_5 '])
def test_a_name_without_a_number_at_its_end_is_refused(name):
    with pytest.raises(DataError, match=r'does not end in a frame number'):
        time_in_name(Path(f'{name}.jpg' if name else '.jpg'), 10)


def test_a_folder_of_times_is_one_video_with_their_steps(tmp_path):
    for unit, rate_hz in ((1, 10), (10**9, 10), (10**9, 1_000_000_000)):
        root = tmp_path / f'{unit}_{rate_hz}'
        names = [
            f'{NS + i * 100_000_000}' if unit > 1 else f'179000000{i // 10}.{i % 10}00000'
            for i in range(8, 13)
        ]
        (video,) = open_data(f'folder:{folder(root, rate_hz, *names)}', 'val').videos
        stamps = [video.frame(i).stamp_ns for i in range(5)]
        assert [b - a for a, b in pairwise(stamps)] == [100_000_000] * 4


@pytest.mark.parametrize(
    ('rate_hz', 'names', 'words'),
    [
        (10, ['a_1', 'a_01'], 'have the same time by their names'),
        (10, ['1790000000.10', '1790000000.1'], 'have the same time'),
        ('1e300', ['a_1', 'a_2'], 'have the same time'),
        (1_000_000_000, ['a_1', 'a_2', 'a_3'], r'1 ns apart .* rate_hz 1000000000: a number'),
        (10, ['cam1.0001', 'cam1.0002'], r'100000 ns apart'),
        (1000, ['1790000000.1', '1790000000.2'], r'100000 ns apart'),
        (10, ['9' * 40], 'is no time'),
    ],
)
def test_times_that_are_none_of_a_video_are_refused_in_one_line(tmp_path, rate_hz, names, words):
    with pytest.raises(DataError, match=words) as error:
        open_data(f'folder:{folder(tmp_path, rate_hz, *names)}', 'val')
    assert '\n' not in str(error.value)


def test_two_images_of_one_name_are_refused(tmp_path):
    folder(tmp_path, 10, 'a_1')
    write_image(tmp_path / 'val' / 'images' / 'a_1.jpg')
    with pytest.raises(DataError, match=r'a_1\.jpg and a_1\.png are one frame by their names'):
        open_data(f'folder:{tmp_path}', 'val')


def test_a_name_that_is_no_text_is_read(tmp_path):
    folder(tmp_path, 10, 'a_1')
    for part in ('images', 'labels'):
        old = tmp_path / 'val' / part / 'a_1.png'
        old.rename(old.with_name(os.fsdecode(b'\xff\xfe_1.png')))
    (video,) = open_data(f'folder:{tmp_path}', 'val').videos
    frame = video.frame(0)
    assert frame.stamp_ns == 100_000_000
    assert frame.labels.max() == 0


@pytest.mark.parametrize('kind', ['viper', 'camvid960'])
def test_a_number_too_large_for_a_time_is_refused_in_every_set(tmp_path, kind):
    number = '9' * 60
    if kind == 'viper':
        write_image(tmp_path / 'val' / 'img' / '001' / f'001_{number}.png')
        write_map(tmp_path / 'val' / 'cls' / '001' / f'001_{number}.png', 3)
    else:
        write_image(tmp_path / '701_StillsRaw_full' / f'0016E5_{number}.png')
        (tmp_path / 'LabeledApproved_full').mkdir()
    split = 'val' if kind == 'viper' else 'train'
    with pytest.raises(DataError, match='is no time'):
        open_data(f'{kind}:{tmp_path}', split)


@pytest.mark.parametrize('name', ['a\nb', 'a\tb', 'a\x1b[31m', 'a\udcff'])
def test_a_name_that_is_refused_keeps_to_one_line_of_text(name):
    with pytest.raises(DataError) as error:
        time_in_name(Path(f'{name}.jpg'), 10)
    assert str(error.value).isprintable()
    assert ascii(name)[2:-1] in str(error.value)


def test_a_single_frame_is_at_any_time():
    check_times([], 10)
    assert stamp_of_number(Path('a_0.jpg'), 0, 10) == 0
