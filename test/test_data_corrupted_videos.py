from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from time2general_ros.data.corruptions.corrupted_videos import CorruptedVideos
from time2general_ros.data.corruptions.corruption import Corruption
from time2general_ros.data.labelled_video import LabelledFrame, labelled_frames, stamp_of
from time2general_ros.labels.files import load_label_set


@dataclass
class Drive:
    name: str
    frames: int = 3

    def __len__(self) -> int:
        return self.frames

    def frame(self, index: int) -> LabelledFrame:
        image = np.random.default_rng(index).integers(0, 256, (40, 60, 3), np.uint8)
        return LabelledFrame(f'{self.name}_{index}', image, image[..., 0] % 11, index * 100)


class SparseDrive(Drive):
    labelled = (1,)

    def stamp_ns(self, index: int) -> int:
        return index * 100


class Drives:
    def __init__(self, *videos: Drive) -> None:
        self.videos = videos
        self.label_set = load_label_set('camvid11')


def test_a_data_set_is_corrupted_but_for_its_labels() -> None:
    drives = Drives(Drive('a'), Drive('b', 2))
    data = CorruptedVideos(drives, Corruption('gaussian_noise', 2, seed=3))
    assert data.label_set is drives.label_set
    assert [(video.name, len(video)) for video in data.videos] == [('a', 3), ('b', 2)]
    frame, clean = data.videos[1].frame(1), drives.videos[1].frame(1)
    assert (frame.name, frame.stamp_ns) == (clean.name, clean.stamp_ns)
    np.testing.assert_array_equal(frame.labels, clean.labels)
    expected = Corruption('gaussian_noise', 2, seed=3).start_video('b').apply(clean.image, 1)
    np.testing.assert_array_equal(frame.image, expected)


def test_going_back_to_a_video_finds_its_layer_again() -> None:
    first, second = CorruptedVideos(Drives(Drive('a'), Drive('b')), Corruption('fog', 3)).videos
    before = first.frame(0).image
    assert (second.frame(0).image != before).any()
    np.testing.assert_array_equal(first.frame(0).image, before)


def test_labelled_frames_and_stamps_are_those_of_the_video() -> None:
    dense, sparse = CorruptedVideos(
        Drives(Drive('a'), SparseDrive('b')), Corruption('fog', 3)
    ).videos
    assert list(labelled_frames(dense)) == [0, 1, 2]
    assert list(labelled_frames(sparse)) == [1]
    assert (stamp_of(dense, 2), stamp_of(sparse, 2)) == (200, 200)
