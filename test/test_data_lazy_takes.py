from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.data.clips import ClipSource, draw_clip
from time2general_ros.data.labelled_video import DataError, LabelledFrame
from time2general_ros.data.lazy_takes import takes_of
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.groups import Groups

SIZE = (64, 96)
ROAD = 0
SIGNS, BICYCLIST = (6, 7), (12, 17, 18)
COARSE_ROAD, COARSE_SIGN, COARSE_BICYCLIST = 3, 6, 10
GROUPS = Groups(street_labels())
TABLE = GROUPS.code_table(load_label_set('camvid11'))


class Video:
    """Frames of one grey each; notes which are read."""

    def __init__(
        self, frames: int, rate_hz: float = 10.0, labelled: list[int] | None = None
    ) -> None:
        self.name = 'a'
        self.labelled = list(range(frames)) if labelled is None else labelled
        self.read: list[int] = []
        self._frames = frames
        self._rate_hz = rate_hz

    def __len__(self) -> int:
        return self._frames

    def stamp_ns(self, index: int) -> int:
        return round(index * 1e9 / self._rate_hz)

    def frame(self, index: int) -> LabelledFrame:
        self.read.append(index)
        labels = np.full(SIZE, 255, np.uint8)
        if index in self.labelled:
            labels[:, :32], labels[:, 32:64] = COARSE_ROAD, COARSE_SIGN
            labels[0, 0] = COARSE_BICYCLIST
        image = np.full((*SIZE, 3), index, np.uint8)
        return LabelledFrame('a', image, labels, self.stamp_ns(index))


class Videos:
    def __init__(self, videos: list[Video]) -> None:
        self.videos = videos
        self.label_set = load_label_set('camvid11')


def test_a_dense_video_is_one_take_that_is_read_when_asked() -> None:
    video = Video(6)
    (take,) = takes_of(Videos([video]), 4, TABLE)
    assert video.read == []
    assert take.rate_hz == pytest.approx(10.0)
    assert len(take.images) == 6
    assert take.images[2].tolist() == np.full((*SIZE, 3), 2).tolist()
    assert take.images.shape == (6, *SIZE, 3)
    assert take.labels.shape == take.weights.shape == (6, *SIZE)
    assert sorted(set(video.read)) == [0, 2]


def test_a_frame_is_read_once_for_its_image_labels_and_weights() -> None:
    video = Video(6)
    (take,) = takes_of(Videos([video]), 4, TABLE)
    for part in (take.images, take.labels, take.weights):
        assert [len(frame) for frame in part] == [SIZE[0]] * 6
    assert video.read == [0, 1, 2, 3, 4, 5]


def test_coarse_labels_are_groups_of_what_they_may_be_and_void_weighs_nothing() -> None:
    (take,) = takes_of(Videos([Video(1)]), 1, TABLE)
    may = GROUPS.membership()
    road, sign, void = take.labels[0][1, [0, 40, 80]]
    assert (road, void) == (ROAD, 255)
    assert np.flatnonzero(may[sign]).tolist() == [*SIGNS]
    assert np.flatnonzero(may[take.labels[0][0, 0]]).tolist() == [*BICYCLIST]
    assert take.weights[0][1, [0, 40, 80]].tolist() == [255, 255, 0]


@pytest.mark.parametrize(
    ('video', 'frames', 'lengths'),
    [
        (Video(5), 1, [1] * 5),  # clips of one frame
        (Video(3), 4, [1] * 3),  # shorter than a clip
        (Video(4, rate_hz=1.0), 3, [1] * 4),  # CamVid at 1 Hz
        (Video(9, labelled=[4, 7]), 3, [1, 1]),  # sparse labels
        (Video(4), 4, [4]),
        (Video(140), 4, [64, 64, 12]),
        (Video(130), 4, [64, 64]),  # two frames are too few
    ],
)
def test_what_cannot_be_a_clip_becomes_stills_of_the_labelled_frames(
    video: Video, frames: int, lengths: list[int]
) -> None:
    takes = takes_of(Videos([video]), frames, TABLE)
    assert [len(take.images) for take in takes] == lengths
    assert all((take.labels[0] != 255).any() for take in takes)


def test_sparse_videos_can_be_kept_whole() -> None:
    video = Video(9, labelled=[4])
    (take,) = takes_of(Videos([video]), 3, TABLE, unlabelled=True)
    weighed = [bool(weights.any()) for weights in take.weights]
    assert weighed == [i == 4 for i in range(9)]


def test_data_without_any_label_is_refused() -> None:
    for video in (Video(9, labelled=[]), Video(0)):
        with pytest.raises(DataError, match='no labelled frame to learn from'):
            takes_of(Videos([video]), 3, TABLE, unlabelled=True)


@pytest.mark.parametrize('rare', [0.0, 1.0])
def test_clips_are_drawn_from_lazy_takes(rare: float) -> None:
    source = ClipSource(takes_of(Videos([Video(12), Video(2)]), 3, TABLE), 1.0)
    rng = np.random.default_rng(3)
    clip = draw_clip(rng, [source], 3, (64, 96), (64, 64), rare=rare)
    assert clip.images.shape == (3, 64, 64, 3)
    assert clip.labels.ids.shape == clip.labels.weights.shape == (3, 16, 16)
