from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.choice import enlarged, quarters, winner, woven  # noqa: E402
from time2general_ros.model.hysteresis import decide_without_memory  # noqa: E402


def test_the_winner_is_the_first_of_the_best() -> None:
    torch.manual_seed(0)
    planes = torch.randint(0, 4, (2, 5, 8, 16)).float()
    best, ids = winner(planes)
    assert torch.equal(best[:, 0], planes.amax(dim=1))
    columns = planes.permute(0, 2, 3, 1).flatten(0, 2)
    for column, place in zip(columns, ids.flatten(), strict=True):
        assert place == next(i for i, value in enumerate(column) if value == column.max())


@pytest.mark.parametrize('size', [(8, 16), (5, 3), (1, 1)])
def test_quarters_woven_together_are_the_enlarged_scores(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    scores = torch.rand(2, *size, 5)
    planes = torch.stack(list(quarters(scores)), dim=2)
    for c in range(5):
        torch.testing.assert_close(woven(planes[:, c]), enlarged(scores)[..., c])


@pytest.mark.parametrize('size', [(8, 16), (5, 3), (1, 1)])
def test_scores_are_enlarged_bilinearly_before_the_class_is_chosen(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    scores = torch.rand(2, *size, 5)
    chosen = decide_without_memory(scores).class_ids
    assert torch.equal(chosen, enlarged(scores).argmax(dim=3).float())


def test_a_border_runs_through_the_less_certain_cell() -> None:
    sure, torn = [1.0, 0.0], [0.45, 0.55]
    scores = torch.tensor([sure, torn, torn]).expand(1, 3, 3, 2)
    assert decide_without_memory(scores).class_ids[0].tolist() == [[0, 0, 0, 1, 1, 1]] * 6


def test_equal_scores_go_to_the_first_class() -> None:
    assert decide_without_memory(torch.full((1, 4, 4, 3), 1 / 3)).class_ids.eq(0).all()
