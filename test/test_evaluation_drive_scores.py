from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from time2general_ros.cli.training.learned import _by_drive, _interval
from time2general_ros.data.labelled_video import LabelledFrame
from time2general_ros.evaluation.evaluate import evaluate
from time2general_ros.labels.description import read_label_set

LABELS = read_label_set(['crop', 'soil'], '', 'own')


class Halves:
    """Takes each pixel for crop."""

    labels = LABELS

    def predict(self, frame: LabelledFrame) -> np.ndarray:
        return np.zeros(frame.labels.shape, np.uint8)

    def reset(self) -> None:
        pass


class Video:
    """Frames of ten pixels, so many of which are soil."""

    def __init__(self, drive: str, *soil: int) -> None:
        self.name = self.drive = drive
        self._soil = soil

    def __len__(self) -> int:
        return len(self._soil)

    def frame(self, index: int) -> LabelledFrame:
        ids = (np.arange(10) < self._soil[index]).astype(np.uint8)[None]
        return LabelledFrame(self.drive, np.zeros((1, 10, 3), np.uint8), ids, 10**9 * index)

    def stamp_ns(self, index: int) -> int:
        return 10**9 * index


def scored(*videos: Video) -> tuple[Any, float]:
    data: Any = SimpleNamespace(label_set=LABELS, videos=list(videos))
    drives = _by_drive(Halves(), data)  # type: ignore[arg-type]
    result = evaluate(drives, data, (1,), with_flow=False)[1]
    return drives, 100 * (result.accuracy.miou or 0.0)


def test_drives_are_drawn_as_a_whole() -> None:
    # IoU of crop 1.0 or 0.5, of soil 0; the second has two videos.
    drives, miou = scored(Video('a', 0, 0), Video('b', 5), Video('b', 5))
    assert len(drives) == 2
    assert miou == pytest.approx(100 * (30 / 40) / 2)
    drawn = drives.drawn_miou(400)
    values, counts = np.unique(drawn.round(6), return_counts=True)
    # Both from a: soil is absent; one of each; both from b.
    assert values.tolist() == pytest.approx([25, 37.5, 100])
    assert counts / 400 == pytest.approx([0.25, 0.5, 0.25], abs=0.08)
    assert np.array_equal(drawn, drives.drawn_miou(400))


def test_the_interval_holds_the_figure_and_grows_with_what_differs() -> None:
    alike = [Video(f'd{i}', 5) for i in range(6)]
    drives, miou = scored(*alike)
    assert _interval(drives, miou) == pytest.approx([miou, miou])
    drives, miou = scored(*(Video(f'd{i}', i + 1) for i in range(6)))
    low, high = _interval(drives, miou) or (0, 0)
    assert 0 <= low < miou - 5
    assert miou + 5 < high <= 100


@pytest.mark.parametrize('count', [1, 2])
def test_of_too_few_drives_nothing_is_said(count: int) -> None:
    drives, miou = scored(*(Video(f'd{i}', 5) for i in range(count)))
    assert _interval(drives, miou) is None
