from __future__ import annotations

import json
from pathlib import Path
import resource

import cv2
import numpy as np
import pytest

from time2general_ros.data.labelled_video import LabelledFrame
from time2general_ros.data.specs import open_data
from time2general_ros.evaluation.evaluate import (
    EvaluationError,
    StrideResult,
    evaluate,
)
from time2general_ros.evaluation.report import ReportError, summarise, write_json
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import LabelSet

CAMVID = Path(__file__).parents[2] / 'shared' / 'data' / 'camvid'
needs_camvid = pytest.mark.skipif(not CAMVID.is_dir(), reason=f'there is no {CAMVID}')

ROAD, CAR, TRUCK, VOID = 0, 13, 14, 255
CAMVID_ROAD, CAMVID_CAR = 3, 8


class Video:
    """Frames of one colour and one class each."""

    def __init__(self, name: str, classes: list[int], size: tuple[int, int] = (16, 16)) -> None:
        self.name = name
        self._classes = classes
        self._size = size

    def __len__(self) -> int:
        return len(self._classes)

    def frame(self, index: int) -> LabelledFrame:
        image = np.full((*self._size, 3), index, np.uint8)
        labels = np.full(self._size, self._classes[index], np.uint8)
        return LabelledFrame(f'{self.name}_{index}', image, labels, index * 100)


class Videos:
    def __init__(self, *videos: Video) -> None:
        self.videos = videos
        self.label_set: LabelSet = load_label_set('camvid11')


class Recorder:
    """Answer with given classes, by the frame's number, and note what was asked."""

    labels = load_label_set('cityscapes19')

    def __init__(self, answers: list[int]) -> None:
        self.answers = answers
        self.calls: list[str] = []

    def predict(self, frame: LabelledFrame) -> np.ndarray:
        self.calls.append(frame.name)
        return np.full(frame.labels.shape, self.answers[int(frame.image[0, 0, 0])], np.uint8)

    def reset(self) -> None:
        self.calls.append('reset')


class Votes:
    """The class maps that lie beside the CamVid images."""

    labels = load_label_set('cityscapes19')

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def predict(self, frame: LabelledFrame) -> np.ndarray:
        return np.asarray(cv2.imread(str(self._folder / f'{frame.name}.png'), -1), np.uint8)

    def reset(self) -> None:
        pass


def figures(results: dict[int, StrideResult]) -> dict[str, dict[str, float]]:
    strides: dict[str, dict[str, float]] = summarise(results)['strides']
    return strides


def test_predictions_are_merged_into_the_classes_of_the_data() -> None:
    data = Videos(Video('a', [CAMVID_CAR, CAMVID_CAR]))
    report = summarise(evaluate(Recorder([TRUCK, CAR]), data, [1]))
    assert report['per_class_iou']['car'] == 100.0
    assert report['strides']['1']['flicker'] == 0.0


def test_the_predictor_starts_afresh_with_every_video_and_stride() -> None:
    data = Videos(Video('a', [3, 3, 3]), Video('b', [3, 3]))
    recorder = Recorder([ROAD] * 3)
    evaluate(recorder, data, [1, 2])
    assert recorder.calls == [
        *('reset', 'a_0', 'a_1', 'a_2', 'reset', 'b_0', 'b_1'),
        *('reset', 'a_0', 'a_2', 'reset', 'b_0'),
    ]


def test_a_change_from_one_video_to_the_next_is_no_flicker() -> None:
    class Later(Video):
        def frame(self, index: int) -> LabelledFrame:
            frame = super().frame(index)
            return LabelledFrame(frame.name, frame.image + 2, frame.labels, frame.stamp_ns)

    data = Videos(Video('a', [3, 3]), Later('b', [3, 3]))
    strides = figures(evaluate(Recorder([ROAD, ROAD, CAR, CAR]), data, [1]))
    assert (strides['1']['flicker'], strides['1']['flow_flicker']) == (0.0, 0.0)


class SparseVideo(Video):
    """A video whose frames of class 255 have no labels."""

    @property
    def labelled(self) -> list[int]:
        return [i for i, label in enumerate(self._classes) if label != VOID]

    def stamp_ns(self, index: int) -> int:
        return index * 100


def test_frames_without_labels_are_shown_but_not_scored() -> None:
    video = SparseVideo('a', [VOID, VOID, CAMVID_ROAD, VOID, CAMVID_ROAD])
    recorder = Recorder([CAR, CAR, ROAD, CAR, ROAD])
    strides = figures(evaluate(recorder, Videos(video), [1]))
    assert recorder.calls == ['reset', 'a_0', 'a_1', 'a_2', 'a_3', 'a_4']
    assert (strides['1']['frames'], strides['1']['miou']) == (2, 100.0)
    # Consecutive labelled frames agree, whatever was said between them; the flow sees all.
    assert strides['1']['flicker'] == 0.0
    assert strides['1']['flow_flicker'] == 75.0


def test_every_stride_meets_the_first_labelled_frame() -> None:
    video = SparseVideo('a', [VOID] * 3 + [CAMVID_ROAD] + [VOID] * 2)
    recorder = Recorder([ROAD] * 6)
    announced: list[tuple[int, int]] = []
    results = evaluate(recorder, Videos(video), [1, 2, 5], on_frame=lambda *p: announced.append(p))
    shown = ' '.join(recorder.calls[7:])
    assert shown == 'reset a_1 a_3 a_5 reset a_3'
    assert announced[-1] == (10, 10)
    assert [result.frames for result in results.values()] == [1, 1, 1]


def test_a_video_without_any_label_is_shown_from_its_start() -> None:
    recorder = Recorder([ROAD] * 3)
    report = summarise(evaluate(recorder, Videos(SparseVideo('a', [VOID] * 3)), [1, 2]))
    assert recorder.calls[4:] == ['reset', 'a_0', 'a_2']
    assert (report['frames'], report['miou']) == (0, None)


def test_every_scored_frame_is_announced() -> None:
    data = Videos(Video('a', [3] * 7), Video('b', [3] * 2))
    announced: list[tuple[int, int]] = []
    evaluate(
        Recorder([ROAD] * 7), data, [1, 3], on_frame=lambda *progress: announced.append(progress)
    )
    assert announced == [(done, 13) for done in range(1, 14)]


def test_a_stride_scores_only_the_frames_it_shows() -> None:
    data = Videos(Video('a', [3] * 4))
    strides = figures(evaluate(Recorder([ROAD, CAR, ROAD, CAR]), data, [1, 2]))
    assert (strides['1']['flicker'], strides['2']['flicker']) == (100.0, 0.0)
    assert (strides['1']['frames'], strides['2']['frames']) == (4, 2)
    assert (strides['1']['miou'], strides['2']['miou']) == (25.0, 100.0)


def test_figures_without_enough_frames_are_null() -> None:
    data = Videos(Video('a', [3] * 9))
    strides = figures(evaluate(Recorder([ROAD] * 9), data, [1, 2, 9]))
    assert (strides['1']['vc8'], strides['1']['vc16']) == (100.0, None)
    assert (strides['2']['vc8'], strides['2']['flicker']) == (None, 0.0)
    assert (strides['9']['flicker'], strides['9']['tc']) == (None, None)


def test_absent_classes_are_null_and_listed() -> None:
    report = summarise(evaluate(Recorder([ROAD]), Videos(Video('a', [CAMVID_ROAD])), [1]))
    assert report['miou'] == 100.0
    assert report['per_class_iou']['sky'] is None
    assert 'sky' in report['absent_classes']
    assert 'road' not in report['absent_classes']


def test_a_video_that_changes_size_is_named() -> None:
    class Growing(Video):
        def frame(self, index: int) -> LabelledFrame:
            return Video(self.name, self._classes, (16 + index, 16)).frame(index)

    with pytest.raises(EvaluationError, match=r'a_1 has size \(17, 16\)'):
        evaluate(Recorder([ROAD, ROAD]), Videos(Growing('a', [3, 3])), [1])


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    write_json(tmp_path / 'r.json', {'miou': 1.5})
    assert json.loads((tmp_path / 'r.json').read_text()) == {'miou': 1.5}
    assert [p.name for p in tmp_path.iterdir()] == ['r.json']


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match='no folder'):
        write_json(tmp_path / 'missing' / 'r.json', {})
    with pytest.raises(ReportError, match='it is a folder'):
        write_json(tmp_path, {})
    with pytest.raises(ReportError, match='File name too long'):
        write_json(tmp_path / ('r' * 300), {})
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_older_report_and_no_half_file(tmp_path: Path) -> None:
    file = tmp_path / 'r.json'
    file.write_text('older')
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, before[1]))
    try:
        with pytest.raises(ReportError, match='File too large'):
            write_json(file, {'miou': 1.5})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.read_text() == 'older'
    assert [p.name for p in tmp_path.iterdir()] == ['r.json']


@needs_camvid
def test_the_votes_score_what_was_published_for_them() -> None:
    data = open_data(f'camvid:{CAMVID}', 'val')
    votes = Votes(CAMVID / 'val' / 'cityscapes19')
    report = summarise(evaluate(votes, data, [1, 2, 5], with_flow=False))
    strides = report['strides']
    assert report['frames'] == 101
    assert report['miou'] == pytest.approx(65.2, abs=0.05)
    flicker = [strides[s]['flicker'] for s in ('1', '2', '5')]
    assert flicker == pytest.approx([2.12, 2.59, 3.25], abs=0.006)
    assert strides['1']['vc8'] == pytest.approx(96.9, abs=0.05)
    assert strides['1']['vc8_correct'] == pytest.approx(95.2, abs=0.05)


@needs_camvid
def test_the_training_drives_split_where_the_recording_has_holes() -> None:
    data = open_data(f'camvid:{CAMVID}', 'train')
    assert [len(video) for video in data.videos] == [62, 101, 68, 120, 16]
    video = data.videos[0]
    assert video.frame(1).stamp_ns - video.frame(0).stamp_ns == 1_000_000_000
