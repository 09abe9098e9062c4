from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.choice import enlarged, finer_classes, winner  # noqa: E402


def test_the_winner_is_the_first_of_the_best() -> None:
    torch.manual_seed(0)
    scores = torch.randint(0, 4, (2, 8, 16, 5)).float()
    best, ids = winner(scores)
    assert torch.equal(best[..., 0], scores.amax(dim=3))
    for score, place in zip(scores.flatten(0, 2), ids.flatten(), strict=True):
        assert place == next(i for i, value in enumerate(score) if value == score.max())


@pytest.mark.parametrize('size', [(8, 16), (5, 3), (1, 1)])
def test_scores_are_enlarged_bilinearly_before_the_class_is_chosen(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    scores = torch.rand(2, *size, 5)
    assert torch.equal(finer_classes(scores), enlarged(scores).argmax(dim=3).float())


def test_a_border_runs_through_the_less_certain_cell() -> None:
    sure, torn = [1.0, 0.0], [0.45, 0.55]
    scores = torch.tensor([sure, torn, torn]).expand(1, 3, 3, 2)
    assert finer_classes(scores)[0].tolist() == [[0, 0, 0, 1, 1, 1]] * 6


def test_equal_scores_go_to_the_first_class() -> None:
    assert finer_classes(torch.full((1, 4, 4, 3), 1 / 3)).eq(0).all()
