from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from tiny_model import TINY  # noqa: E402
from training_samples import one_thread  # noqa: E402

from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.training.teachers.teacher import (  # noqa: E402
    VIEWS,
    Teacher,
    View,
    agree,
    along_flow,
    as_scores,
)

__all__ = ['one_thread']
SIZE = (24, 40)


def scores(winner: int, sure: float, classes: int = 4) -> np.ndarray:
    look = np.full((*SIZE, classes), (1 - sure) / (classes - 1), np.float32)
    look[..., winner] = sure
    return look


def everywhere(count: int) -> list[np.ndarray]:
    return [np.ones(SIZE, np.bool_)] * count


def test_views_that_agree_are_trusted_as_far_as_they_are_sure() -> None:
    answer = agree([scores(2, 0.8), scores(2, 0.6)], everywhere(2))
    assert (answer.ids == 2).all()
    assert (abs(answer.trust - 255 * 0.7) <= 1).all()


def test_a_view_that_differs_costs_more_than_its_share() -> None:
    answer = agree([scores(2, 0.9), scores(2, 0.9), scores(1, 0.9)], everywhere(3))
    assert (answer.ids == 2).all()
    mean = (0.9 + 0.9 + 0.1 / 3) / 3
    assert (abs(answer.trust - 255 * mean * (2 / 3) ** 2) <= 1).all()


def test_a_view_counts_only_where_it_sees() -> None:
    blind = np.zeros(SIZE, np.bool_)
    blind[:, 20:] = True
    answer = agree([scores(2, 0.9), scores(1, 1.0)], [*everywhere(1), blind])
    assert (answer.ids[:, :20] == 2).all()
    assert (answer.ids[:, 20:] == 1).all()
    assert abs(answer.trust[0, 0] - 255 * 0.9) <= 1
    assert answer.trust[0, 20] < 100


def test_a_vote_is_read_as_probabilities() -> None:
    ids, trust = np.full(SIZE, 3, np.uint8), np.full(SIZE, 204, np.uint8)
    ids[0, 0], trust[0, 1] = 255, 0
    read = as_scores(ids, trust, 5)
    np.testing.assert_allclose(read.sum(axis=2), 1, rtol=1e-6)
    np.testing.assert_allclose(read[5, 5], [0.05, 0.05, 0.05, 0.8, 0.05], rtol=1e-5)
    np.testing.assert_allclose(read[0, :2], 0.2, rtol=1e-6)


def test_scores_of_the_next_frame_come_along_the_flow() -> None:
    image = np.random.default_rng(1).integers(0, 256, (12, 16, 3), np.uint8)
    image = image.repeat(8, axis=0).repeat(8, axis=1)
    following = np.roll(image, 4, axis=1)
    marks = np.zeros((96, 128, 1), np.float32)
    marks[:, 64:] = 1
    moved, visible = along_flow(image, following, marks)
    assert visible[:, 30:100].mean() > 0.8
    assert moved[:, 50:58].mean() < 0.1
    assert moved[:, 61:70].mean() > 0.9


@pytest.mark.usefixtures('one_thread')
def test_a_mirrored_view_is_mirrored_back() -> None:
    torch.manual_seed(0)
    teacher = Teacher(build_model(TINY).eval())
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    plain = teacher.look(image[:, ::-1].copy(), View(1.0, mirrored=False))
    mirrored = teacher.look(image, View(1.0, mirrored=True))
    np.testing.assert_allclose(plain[:, ::-1], mirrored, atol=2e-2)
    assert plain.shape == (60, 80, TINY.classes)
    np.testing.assert_allclose(plain.sum(axis=2), 1, atol=1e-3)


@pytest.mark.usefixtures('one_thread')
def test_an_answer_has_the_size_of_its_image() -> None:
    teacher = Teacher(build_model(TINY).eval())
    image = np.random.default_rng(0).integers(0, 256, (50, 90, 3), np.uint8)
    answer = teacher.answer(image, following=image, others=[scores_of(image.shape[:2])])
    assert answer.ids.shape == answer.trust.shape == (50, 90)
    assert answer.ids.dtype == answer.trust.dtype == np.uint8
    assert len(VIEWS) == 3


def scores_of(size: tuple[int, ...]) -> np.ndarray:
    return as_scores(np.zeros(size, np.uint8), np.full(size, 128, np.uint8), TINY.classes)
