from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.motion import Match, Motion, RefineMotion, warp  # noqa: E402

H, W, C = 8, 16, 5


@pytest.mark.parametrize('shift', [(0, 0), (2, -3), (-1, 5)])
def test_warp_by_whole_pixels_copies(shift: tuple[int, int]) -> None:
    x = torch.randn(2, H, W, C)
    dy, dx = shift
    moved, inside = warp(x, torch.tensor(shift).float().expand(2, H, W, 2))
    for row in range(H):
        for column in range(W):
            source = (row + dy, column + dx)
            seen = 0 <= source[0] < H and 0 <= source[1] < W
            assert bool(inside[0, row, column]) == seen
            if seen:
                assert torch.equal(moved[:, row, column], x[:, source[0], source[1]])


def test_warp_between_pixels_is_bilinear_and_can_be_learned() -> None:
    ramp = torch.arange(H)[:, None] * 10.0 + torch.arange(W)
    flow = torch.tensor([0.25, 0.5]).expand(1, H, W, 2).clone().requires_grad_()
    moved, _ = warp(ramp[None, ..., None], flow)
    torch.testing.assert_close(moved[0, :-1, :-1, 0], (ramp + 3.0)[:-1, :-1].detach())
    moved[0, 2, 3, 0].backward()
    assert flow.grad[0, 2, 3].tolist() == pytest.approx([10, 1])


def test_pictures_of_a_batch_do_not_mix() -> None:
    x = torch.stack([torch.zeros(H, W, 1), torch.ones(H, W, 1)])
    moved, _ = warp(x, torch.full((2, H, W, 2), 3.3))
    assert moved[0].max() == 0
    torch.testing.assert_close(moved[1], torch.ones(H, W, 1))


def test_a_match_counts_finer_pixels_once_it_is_dense() -> None:
    flow = torch.tensor([1.0, -3.0])[None, :, None, None].expand(1, 2, 2, 4)
    dense = Match(flow, torch.ones(1, 1, 2, 4)).dense()
    assert dense.flow.shape == (1, 4, 8, 2)
    assert dense.found.shape == (1, 4, 8, 1)
    assert dense.flow[0, 1, 1].tolist() == [2, -6]


def scene(shift=(0.0, 0.0)):
    """Show smooth texture, moved by a part of a pixel: [1, 24, 32, 3]."""
    rows, columns = torch.meshgrid(torch.arange(24.0), torch.arange(32.0), indexing='ij')
    y, x = rows + shift[0], columns + shift[1]
    waves = [(0.5 * x + 0.3 * y).sin(), (0.4 * y - 0.2 * x).cos(), (0.35 * x + 0.45 * y).cos()]
    return 0.5 * torch.stack(waves, dim=2)[None]


def guess(rows, columns):
    return Motion(torch.tensor([rows, columns]).expand(1, 24, 32, 2), torch.ones(1, 24, 32, 1))


@pytest.mark.parametrize('shift', [(0.6, -0.4), (0.0, 0.8), (2.3, -1.7)])
def test_a_step_finds_parts_of_a_pixel(shift: tuple[float, float]) -> None:
    refine = RefineMotion(4, 3).requires_grad_(requires_grad=False)
    refine.log_damping.fill_(-8.0)
    start = guess(float(round(shift[0])), float(round(shift[1])))
    refined = refine(start, scene(shift), scene())
    inner = refined.flow[0, 6:-6, 6:-6] - torch.tensor(shift)
    assert inner.abs().mean() < 0.05
    before = start.flow[0, 6:-6, 6:-6] - torch.tensor(shift)
    assert inner.abs().mean() < 0.3 * before.abs().mean()


def test_without_texture_the_flow_stays() -> None:
    refine = RefineMotion(4, 3).requires_grad_(requires_grad=False)
    blank = torch.full((1, 24, 32, 3), 0.3)
    start = guess(1.5, -0.5)
    torch.testing.assert_close(refine(start, blank, blank).flow, start.flow)
    lost = refine(start, scene(), torch.zeros(1, 24, 32, 3))
    torch.testing.assert_close(lost.flow, start.flow)


def test_a_step_is_bounded() -> None:
    refine = RefineMotion(4, 3).requires_grad_(requires_grad=False)
    refine.log_damping.fill_(-20.0)
    torch.manual_seed(0)
    now, last = torch.randn(2, 1, 24, 32, 3)
    refined = refine(guess(0.0, 0.0), 50 * now, 0.01 * last)
    assert refined.flow.abs().max() <= 2
    assert refined.flow.isfinite().all()


def test_texture_is_bounded_and_of_the_width_asked_for() -> None:
    torch.manual_seed(0)
    texture = RefineMotion(4, 3).texture(100 * torch.randn(2, 4, H, W))
    assert texture.shape == (2, H, W, 3)
    assert texture.abs().max() <= 1
