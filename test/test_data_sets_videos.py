from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError, labelled_frames, stamp_of
from time2general_ros.data.specs import open_data

SIZE = (32, 48)


def write_video(path: Path, frames: int, rate: int = 10) -> Path:
    """Write frames whose brightness is 20 times their number."""
    with av.open(str(path), 'w') as out:
        stream = out.add_stream('mpeg4', rate=rate)
        stream.height, stream.width = SIZE
        for number in range(frames):
            picture = np.full((*SIZE, 3), 20 * number, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format='rgb24')))
        out.mux(stream.encode())
    return path


def test_frames_come_in_any_order_without_labels(tmp_path: Path) -> None:
    write_video(tmp_path / 'drive.mp4', 5)
    (video,) = open_data(f'videos:{tmp_path}', 'any').videos
    assert (video.name, len(video), labelled_frames(video)) == ('drive', 5, ())
    for index in (0, 3, 1, 4, 4):
        frame = video.frame(index)
        assert abs(float(frame.image.mean()) - 20 * index) < 6
        assert frame.image.shape == (*SIZE, 3)
        assert (frame.labels == 255).all()
        assert frame.stamp_ns == stamp_of(video, index) == index * 100_000_000


def test_a_folder_holds_several_and_a_file_is_one(tmp_path: Path) -> None:
    files = [write_video(tmp_path / f'{name}.mp4', 2) for name in 'ba']
    assert [v.name for v in open_data(f'videos:{tmp_path}', 'any').videos] == ['a', 'b']
    assert [v.name for v in open_data(f'videos:{files[0]}', 'any').videos] == ['b']


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='neither a video nor a folder with'):
        open_data(f'videos:{tmp_path}', 'any')
    (tmp_path / 'broken.mp4').write_bytes(b'no video')
    with pytest.raises(DataError, match=r'broken\.mp4 cannot be read as a video'):
        open_data(f'videos:{tmp_path}', 'any')


def test_a_frame_that_is_not_there_is_named(tmp_path: Path) -> None:
    (video,) = open_data(f'videos:{write_video(tmp_path / "drive.mp4", 3)}', 'any').videos
    with pytest.raises(DataError, match='holds no frame 7 that can be decoded'):
        video.frame(7)
