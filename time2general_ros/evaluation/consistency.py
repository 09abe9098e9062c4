"""Stability of predictions over label-stable pixels: VC-n, VC-n-correct and flicker."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt


class Window(NamedTuple):
    """
    One window, in pixels.

    :param pixels: Those whose label is a class and constant, at least one.
    :param constant: Those of them whose prediction is constant.
    :param correct: Those of these whose prediction is the label.
    """

    pixels: int
    constant: int
    correct: int


@dataclass(frozen=True)
class WindowScores:
    """
    Consistency over all windows of one length, as shares from 0 to 1.

    None throughout if no window had a label-stable pixel.

    :param constant: VC-n, mean over windows.
    :param correct: VC-n-correct (constant and equal to the label), mean over windows.
    :param constant_by_video: VC-n, mean over the means of the videos.
    :param correct_by_video: VC-n-correct, mean over the means of the videos.
    :param windows: Number of windows scored.
    """

    constant: float | None = None
    correct: float | None = None
    constant_by_video: float | None = None
    correct_by_video: float | None = None
    windows: int = 0

    @property
    def flicker(self) -> float | None:
        """1 - VC-n: for windows of two frames, the share of stable pixels that flicker."""
        return None if self.constant is None else 1.0 - self.constant


class ConsistencyMeter:
    """
    Score windows of n consecutive labelled frames while the frames stream by.

    In a window, G are the pixels whose label is a class and constant, P those whose prediction is
    constant. VC-n is |G and P| / |G| (Miao et al., VSPW, CVPR 2021), flicker is 1 - VC-2. Windows
    without any such pixel are skipped; the last window of a video is included. The state is one
    pair of run lengths per pixel, whatever the lengths of the windows.

    :param lengths: The window lengths n, each at least 2.
    :param official: Reproduce the published VSPW script instead: void counts as a class and the
        last window of each video is left out.
    """

    def __init__(self, lengths: Iterable[int], *, official: bool = False) -> None:
        self._lengths = tuple(lengths)
        if any(n < 2 for n in self._lengths):
            raise ValueError(f'a window has at least 2 frames, not {min(self._lengths)}')
        self._official = official
        # By window length the shares that are constant and correct, in turn.
        self._videos: list[dict[int, array[float]]] = []
        self.start_video()

    def start_video(self) -> None:
        """Begin a new video: no window reaches across this point."""
        self._videos.append({n: array('d') for n in self._lengths})
        self._last: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None = None
        self._held_back: Mapping[int, Window] = {}

    def add(
        self, labels: npt.NDArray[np.uint8], prediction: npt.NDArray[np.uint8]
    ) -> dict[int, Window]:
        """
        Take the next frame of the video.

        :param labels: Class ids, uint8 [H, W], 255 = void.
        :param prediction: Class ids, uint8 [H, W].
        :returns: The windows that end with it and have a label-stable pixel, by length.
        :raises ValueError: if the shapes differ from each other or from the frame before.
        """
        self._count_runs(labels, prediction)
        valid = np.ones(labels.shape, np.bool_) if self._official else labels != UNLABELLED
        windows = {}
        for n in self._lengths:
            stable = valid & (self._label_runs >= n)
            pixels = int(np.count_nonzero(stable))
            if not pixels:
                continue
            constant = stable & (self._prediction_runs >= n)
            correct = constant & (prediction == labels)
            windows[n] = Window(
                pixels, int(np.count_nonzero(constant)), int(np.count_nonzero(correct))
            )
        self.count(windows)
        return windows

    def count(self, windows: Mapping[int, Window]) -> None:
        """Add what :meth:`add` returned, here or elsewhere."""
        if self._official:
            windows, self._held_back = self._held_back, windows
        for n, window in windows.items():
            shares = window.constant / window.pixels, window.correct / window.pixels
            self._videos[-1][n].extend(shares)

    def include(self, other: ConsistencyMeter) -> None:
        """Add all that another meter of the same lengths has scored; then begin a new video."""
        self._videos += other._videos
        self.start_video()

    @property
    def memory(self) -> dict[str, npt.NDArray[np.generic]]:
        """What the next windows depend on, for :meth:`recall`; empty at the start of a video."""
        if self._last is None:
            return {}
        labels, prediction = self._last
        return {
            'labels': labels,
            'prediction': prediction,
            'label_runs': self._label_runs,
            'prediction_runs': self._prediction_runs,
        }

    def recall(self, memory: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Go on where another meter stood; see :attr:`memory`."""
        self._last = None
        if memory:
            self._last = (
                np.asarray(memory['labels'], np.uint8),
                np.asarray(memory['prediction'], np.uint8),
            )
            self._label_runs = np.asarray(memory['label_runs'], np.int32)
            self._prediction_runs = np.asarray(memory['prediction_runs'], np.int32)

    def scores(self, n: int) -> WindowScores:
        """Return the scores of all windows of ``n`` frames so far."""
        videos = [np.array(video[n]).reshape(-1, 2) for video in self._videos if video[n]]
        if not videos:
            return WindowScores()
        constant, correct = np.concatenate(videos).mean(axis=0)
        by_video = np.mean([video.mean(axis=0) for video in videos], axis=0)
        return WindowScores(
            constant=float(constant),
            correct=float(correct),
            constant_by_video=float(by_video[0]),
            correct_by_video=float(by_video[1]),
            windows=sum(len(video) for video in videos),
        )

    def _count_runs(
        self, labels: npt.NDArray[np.uint8], prediction: npt.NDArray[np.uint8]
    ) -> None:
        """Update for how many frames each pixel has kept its label and its prediction."""
        if labels.shape != prediction.shape:
            raise ValueError(f'labels are {labels.shape} but prediction is {prediction.shape}')
        if self._last is None:
            self._label_runs = np.ones(labels.shape, np.int32)
            self._prediction_runs = np.ones(labels.shape, np.int32)
        else:
            last_labels, last_prediction = self._last
            if labels.shape != last_labels.shape:
                raise ValueError(
                    f'the frame is {labels.shape} but the one before it {last_labels.shape}'
                )
            self._label_runs = np.where(labels == last_labels, self._label_runs + 1, 1)
            self._prediction_runs = np.where(
                prediction == last_prediction, self._prediction_runs + 1, 1
            )
        self._last = labels.copy(), prediction.copy()
