"""Video files that are not whole: what is lost in them is counted, and the rest is segmented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from replay_samples import SIZE, call, picture, png, results, rows, truth

from time2general_ros.replay.sources.open_source import SourceOptions, open_source
from time2general_ros.replay.sources.source import Picture
from time2general_ros.replay.sources.video_source import VideoSource
from time2general_ros.replay.sources.window import Window

COUNT = 32
# As the samples are encoded, a key frame every eighth image.
GROUP = 8


def write_video(path: Path, count: int = COUNT) -> Path:
    """Write a video of 10 Hz with frames that refer to later ones; MP4 with its index in front."""
    options = {'movflags': 'faststart'} if path.suffix == '.mp4' else {}
    with av.open(str(path), 'w', options=options) as container:
        stream = container.add_stream('libx264', rate=10)
        stream.width, stream.height, stream.pix_fmt = 80, 48, 'yuv420p'
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = GROUP, 2
        stream.codec_context.options = {'sc_threshold': '0'}
        for index in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index), 'rgb24')))
        container.mux(stream.encode())
    return path


def packet(path: Path, number: int) -> tuple[int, int]:
    """Tell where in the file a packet lies, and how long it is."""
    with av.open(str(path)) as container:
        packets = [one for one in container.demux(video=0) if one.size]
    position = packets[number].pos
    assert position is not None
    return position, packets[number].size


def punch(path: Path, number: int) -> None:
    """Overwrite a packet, but for the length at its beginning."""
    start, size = packet(path, number)
    data = bytearray(path.read_bytes())
    data[start + 4 : start + size] = b'\xff' * (size - 4)
    path.write_bytes(data)


def partial(path: Path, out: Path, *options: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Replay what is damaged; return the source and its only topic."""
    assert call(path, '--out', out, '--no-flow', *options) == 3
    read = results(out)
    assert not read['complete']
    (source,) = read['sources']
    (topic,) = source['topics']
    assert topic['frames_in'] == topic['frames_out'] + sum(topic['bad'].values())
    return source, topic


@pytest.mark.parametrize('ending', ['mp4', 'mkv', 'ts', 'h264', 'avi'])
def test_a_whole_video_is_complete(tmp_path, ending):
    video = write_video(tmp_path / f'drive.{ending}')
    assert call(video, '--out', tmp_path / 'out', '--no-flow') == 0
    (source,) = results(tmp_path / 'out')['sources']
    assert source['damage'] is None
    assert source['topics'][0]['frames_out'] == COUNT


@pytest.mark.parametrize(
    ('ending', 'told'),
    [
        ('mp4', 'declares 32 images'),
        ('mkv', 'declares 3.2 s'),
        ('ts', 'is no whole number of packets'),
    ],
)
def test_a_video_that_is_cut_off_is_partial(tmp_path, capsys, ending, told):
    video = write_video(tmp_path / f'drive.{ending}')
    data = video.read_bytes()
    # No multiple of the packets of a transport stream.
    video.write_bytes(data[: int(0.6 * len(data)) // 188 * 188 + 101])
    source, topic = partial(video, tmp_path / 'out')
    assert 4 < topic['frames_out'] < 28
    assert f'is cut off or damaged: it {told}' in source['damage']
    assert told in capsys.readouterr().err


def test_a_video_that_lacks_its_beginning_counts_what_needs_it(tmp_path):
    video = write_video(tmp_path / 'drive.ts')
    data = video.read_bytes()
    start = packet(video, 1)[0]
    video.write_bytes(data[start // 188 * 188 :])
    _, topic = partial(video, tmp_path / 'out')
    assert set(topic['bad']) == {'no_keyframe'}
    assert 5 <= topic['bad']['no_keyframe'] < GROUP
    assert topic['frames_out'] == COUNT - GROUP
    listed = rows(tmp_path / 'out')
    first = topic['bad']['no_keyframe']
    assert [row['refused'] for row in listed[: first + 1]] == ['no_keyframe'] * first + [None]
    assert [row['message'] for row in listed] == list(range(len(listed)))
    assert listed[first]['stamp_ns'] == first * 10**8


def test_a_hole_costs_its_group_and_no_more(tmp_path):
    video = write_video(tmp_path / 'drive.mp4')
    punch(video, 10)
    maps = tmp_path / 'maps'
    maps.mkdir()
    for index in range(COUNT):
        (maps / f'map_{index:04}.png').write_bytes(png(truth(index)))
    source, topic = partial(video, tmp_path / 'out', '--labels', maps)
    assert source['damage'] is None
    assert topic['frames_in'] == COUNT
    assert topic['bad']['decode'] == 1
    assert sum(topic['bad'].values()) <= GROUP
    listed = rows(tmp_path / 'out')
    assert [row['message'] for row in listed] == list(range(COUNT))
    assert [row['stamp_ns'] for row in listed] == [index * 10**8 for index in range(COUNT)]
    refused = [row['message'] for row in listed if row['refused']]
    assert set(refused) <= set(range(GROUP, 2 * GROUP))
    assert [bool(row['labelled']) for row in listed] == [n not in refused for n in range(COUNT)]
    # The labels are those of the places, as in a video without a hole.
    whole = write_video(tmp_path / 'whole.mp4')
    assert call(whole, '--out', tmp_path / 'whole', '--no-flow', '--labels', maps) == 0
    same = rows(tmp_path / 'whole')
    after = [{e['truth'] for e in one[20]['confusion']} for one in (listed, same)]
    assert after[0] == after[1]


@pytest.mark.parametrize('ending', ['mp4', 'mkv', 'ts', 'h264'])
def test_one_label_map_for_each_image_goes_by_its_place(tmp_path, ending):
    video = write_video(tmp_path / f'drive.{ending}', 12)
    maps = tmp_path / 'maps'
    maps.mkdir()
    for index in range(12):
        # As ffmpeg numbers them.
        (maps / f'frame_{index + 1:04}.png').write_bytes(png(np.full(SIZE, index, np.uint8)))
    source = open_source(str(video), SourceOptions(labels=str(maps)))
    found = [one.labels for one in source.items() if isinstance(one, Picture)]
    assert [None if one is None else one[0, 0] for one in found] == list(range(12))


def test_a_damaged_video_is_read_on_from_any_place(tmp_path):
    video = write_video(tmp_path / 'drive.mp4')
    punch(video, 10)
    source = VideoSource(video, str(video), Window())

    def places(skip: int = 0, only: set[int] | None = None) -> list[tuple[int, str]]:
        pictures = [one for one in source.items(skip, only) if isinstance(one, Picture)]
        return [(one.message, one.refused[0] if one.refused else '') for one in pictures]

    listed = places()
    assert [number for number, _ in listed] == list(range(COUNT))
    for skip in (9, 10, 12, 20):
        assert places(skip) == listed[skip:]
    assert places(only={3, 10, 11, 30}) == [listed[n] for n in (3, 10, 11, 30)]


def test_a_codec_without_a_decoder_is_told(tmp_path, capsys):
    video = write_video(tmp_path / 'drive.mkv')
    video.write_bytes(video.read_bytes().replace(b'V_MPEG4/ISO/AVC', b'V_MPEG4/ISO/XYZ'))
    assert call(video, '--out', tmp_path / 'out') == 1
    error = capsys.readouterr().err
    assert 'drive.mkv is not read; convert it to H.264' in error
    assert error.count('\n') == 1
