from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.evaluation.consistency import ConsistencyMeter, WindowScores

VOID = 255


def frames(*maps: list[list[int]]) -> list[np.ndarray]:
    return [np.array(m, np.uint8) for m in maps]


def score(labels: list[np.ndarray], predictions: list[np.ndarray], n: int) -> WindowScores:
    meter = ConsistencyMeter([n])
    for label, prediction in zip(labels, predictions, strict=True):
        meter.add(label, prediction)
    return meter.scores(n)


def random_video(
    seed: int, length: int, shape: tuple[int, int] = (6, 7)
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Make labels and predictions that mostly stay, with void among the labels."""
    rng = np.random.default_rng(seed)

    def changing(values: list[int], share: float) -> list[np.ndarray]:
        current = rng.choice(values, shape).astype(np.uint8)
        video = []
        for _ in range(length):
            changed = rng.random(shape) < share
            current = np.where(changed, rng.choice(values, shape), current).astype(np.uint8)
            video.append(current)
        return video

    return changing([0, 1, 2, VOID], 0.05), changing([0, 1, 2], 0.08)


def windows_by_definition(
    labels: list[np.ndarray], predictions: list[np.ndarray], n: int
) -> list[tuple[float, float]]:
    """Score all windows straight from the definition."""
    scores = []
    for start in range(len(labels) - n + 1):
        label = np.stack(labels[start : start + n])
        prediction = np.stack(predictions[start : start + n])
        stable = (label[0] != VOID) & (label == label[0]).all(axis=0)
        constant = stable & (prediction == prediction[0]).all(axis=0)
        if stable.any():
            correct = constant & (prediction[0] == label[0])
            scores.append((constant.sum() / stable.sum(), correct.sum() / stable.sum()))
    return scores


def vspw_formula(labels: list[np.ndarray], predictions: list[np.ndarray], n: int) -> list[float]:
    """
    Score a video as the published VSPW script does.

    Window starts run over ``range(len - n)`` and any constant label counts, void included.
    """
    scores = []
    for start in range(len(labels) - n):
        later = range(start + 1, start + n)
        stable = np.all([labels[start] == labels[k] for k in later], axis=0)
        constant = np.all([predictions[start] == predictions[k] for k in later], axis=0)
        if stable.any():
            scores.append(float((stable & constant).sum() / stable.sum()))
    return scores


def test_a_hand_made_pair() -> None:
    labels = frames(
        [[0, 0, 0], [1, 1, 1], [2, 2, 2]],
        [[0, 0, 0], [1, 1, 2], [2, 2, 2]],
    )
    predictions = frames(
        [[0, 0, 1], [1, 1, 1], [2, 2, 2]],
        [[0, 1, 1], [1, 1, 1], [2, 0, 0]],
    )
    scores = score(labels, predictions, 2)
    # Eight pixels keep their label, three of them change prediction, one is constantly wrong.
    assert scores.constant == pytest.approx(5 / 8)
    assert scores.correct == pytest.approx(4 / 8)
    assert scores.flicker == pytest.approx(3 / 8)
    assert scores.windows == 1


def test_a_constant_wrong_answer_is_consistent_but_not_correct() -> None:
    labels = frames(*[[[0, 1]]] * 8)
    scores = score(labels, frames(*[[[1, 1]]] * 8), 8)
    assert (scores.constant, scores.correct) == (1.0, 0.5)


def test_void_pixels_are_not_stable() -> None:
    labels = frames([[VOID, 0]], [[VOID, 0]])
    assert score(labels, frames([[1, 0]], [[2, 0]]), 2).constant == 1.0


def test_a_window_without_stable_pixels_is_skipped() -> None:
    labels = frames([[0, 0]], [[1, 1]], [[1, 1]])
    scores = score(labels, frames([[0, 0]], [[0, 0]], [[0, 2]]), 2)
    assert (scores.constant, scores.windows) == (0.5, 1)


def test_nothing_but_void_has_no_score() -> None:
    labels = frames(*[[[VOID]]] * 4)
    assert score(labels, frames(*[[[0]]] * 4), 2) == WindowScores()
    assert score(labels, labels, 2).flicker is None


@pytest.mark.parametrize(('length', 'windows'), [(7, 0), (8, 1), (9, 2)])
def test_a_video_of_exactly_n_frames_has_one_window(length: int, windows: int) -> None:
    still = frames(*[[[0]]] * length)
    scores = score(still, still, 8)
    assert scores.windows == windows
    assert scores.constant == (1.0 if windows else None)


def test_no_window_reaches_across_videos() -> None:
    meter = ConsistencyMeter([2])
    for value in (0, 1):
        meter.start_video()
        for _ in range(2):
            meter.add(np.zeros((1, 1), np.uint8), np.full((1, 1), value, np.uint8))
    assert meter.scores(2).flicker == 0.0
    assert meter.scores(2).windows == 2


def test_mean_over_windows_and_mean_over_videos_differ() -> None:
    meter = ConsistencyMeter([2])
    for answers in ([0, 0, 0, 0], [0, 1]):
        meter.start_video()
        for answer in answers:
            meter.add(np.zeros((1, 1), np.uint8), np.full((1, 1), answer, np.uint8))
    scores = meter.scores(2)
    assert scores.constant == pytest.approx(3 / 4)
    assert scores.constant_by_video == pytest.approx(1 / 2)
    assert scores.correct_by_video == pytest.approx(1 / 2)


def test_videos_may_differ_in_size() -> None:
    meter = ConsistencyMeter([2])
    for size in (2, 3):
        meter.start_video()
        for _ in range(2):
            meter.add(np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8))
    assert meter.scores(2).windows == 2


def test_frames_of_one_video_may_not_differ_in_size() -> None:
    meter = ConsistencyMeter([2])
    meter.add(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match='one before it'):
        meter.add(np.zeros((3, 3), np.uint8), np.zeros((3, 3), np.uint8))


def test_a_window_of_one_frame_is_refused() -> None:
    with pytest.raises(ValueError, match='at least 2'):
        ConsistencyMeter([1])


def test_the_caller_may_reuse_its_arrays() -> None:
    meter = ConsistencyMeter([2])
    prediction = np.zeros((1, 1), np.uint8)
    for answer in (0, 1):
        prediction[:] = answer
        meter.add(np.zeros((1, 1), np.uint8), prediction)
    assert meter.scores(2).flicker == 1.0


@pytest.mark.parametrize('n', [2, 3, 8, 16])
def test_streaming_agrees_with_the_definition(n: int) -> None:
    meter = ConsistencyMeter([2, 3, 8, 16])
    expected = []
    for seed, length in enumerate((16, 3, 25)):
        labels, predictions = random_video(seed, length)
        expected += windows_by_definition(labels, predictions, n)
        meter.start_video()
        for label, prediction in zip(labels, predictions, strict=True):
            meter.add(label, prediction)
    scores = meter.scores(n)
    assert (scores.constant, scores.correct) == pytest.approx(tuple(np.mean(expected, axis=0)))
    assert scores.windows == len(expected)


@pytest.mark.parametrize('n', [2, 8, 16])
def test_with_its_quirks_on_it_agrees_with_the_official_formula(n: int) -> None:
    official = ConsistencyMeter([n], official=True)
    exact = ConsistencyMeter([n])
    expected = []
    for seed, length in enumerate((16, 17, 30)):
        labels, predictions = random_video(seed, length)
        expected += vspw_formula(labels, predictions, n)
        for meter in (official, exact):
            meter.start_video()
            for label, prediction in zip(labels, predictions, strict=True):
                meter.add(label, prediction)
    assert official.scores(n).constant == pytest.approx(np.mean(expected), abs=1e-12)
    assert official.scores(n).windows == len(expected)
    assert exact.scores(n).constant != pytest.approx(np.mean(expected), abs=1e-4)
