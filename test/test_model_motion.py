from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.motion import WINDOW, Match, RefineMotion, mean_around, warp  # noqa: E402

H, W, C = 8, 16, 5


def planes(shift, batch=1, size=(H, W)):
    return torch.tensor(shift).float()[None, :, None, None].expand(batch, 2, *size)


@pytest.mark.parametrize('shift', [(0, 0), (2, -3), (-1, 5)])
def test_warp_by_whole_pixels_copies(shift: tuple[int, int]) -> None:
    x = torch.randn(2, H, W, C)
    dy, dx = shift
    moved, inside = warp(x, planes(shift, 2))
    for row in range(H):
        for column in range(W):
            source = (row + dy, column + dx)
            seen = 0 <= source[0] < H and 0 <= source[1] < W
            assert bool(inside[0, row, column]) == seen
            if seen:
                there = x[:, source[0], source[1]]
                torch.testing.assert_close(moved[:, row, column], there)


def test_warp_between_pixels_is_bilinear_and_can_be_learned() -> None:
    ramp = torch.arange(H)[:, None] * 10.0 + torch.arange(W)
    flow = planes((0.25, 0.5)).clone().requires_grad_()
    moved, _ = warp(ramp[None, ..., None], flow)
    torch.testing.assert_close(moved[0, :-1, :-1, 0], (ramp + 3.0)[:-1, :-1].detach())
    moved[0, 2, 3, 0].backward()
    assert flow.grad[0, :, 2, 3].tolist() == pytest.approx([10, 1])


def test_pictures_of_a_batch_do_not_mix() -> None:
    x = torch.stack([torch.zeros(H, W, 1), torch.ones(H, W, 1)])
    moved, _ = warp(x, torch.full((2, 2, H, W), 3.3))
    assert moved[0].max() == 0
    torch.testing.assert_close(moved[1], torch.ones(H, W, 1))


def test_the_mean_of_a_window_is_taken_in_two_steps() -> None:
    x = torch.randn(2, 3, H, W)
    whole = torch.nn.functional.avg_pool2d(x, WINDOW, 1, WINDOW // 2)
    torch.testing.assert_close(mean_around(x), whole)
    with torch.autocast('cpu', torch.bfloat16):
        torch.testing.assert_close(mean_around(x), whole)


def scene(shift=(0.0, 0.0)):
    """Show smooth texture, moved by a part of a pixel: [1, 24, 32, 3]."""
    rows, columns = torch.meshgrid(torch.arange(24.0), torch.arange(32.0), indexing='ij')
    y, x = rows + shift[0], columns + shift[1]
    waves = [(0.5 * x + 0.3 * y).sin(), (0.4 * y - 0.2 * x).cos(), (0.35 * x + 0.45 * y).cos()]
    return 0.5 * torch.stack(waves, dim=2)[None]


def guess(rows, columns):
    """Match cells of 8 px at a place in pixels of 4 px."""
    flow = planes((rows / 2, columns / 2), size=(12, 16))
    return Match(flow, torch.ones(1, 1, 12, 16))


def test_a_match_counts_finer_pixels_once_it_is_refined() -> None:
    refine = RefineMotion(4, 3).requires_grad_(requires_grad=False)
    blank = torch.zeros(1, 24, 32, 3)
    motion = refine(guess(2.0, -6.0), blank, blank)
    assert motion.flow.shape == (1, 2, 24, 32)
    assert motion.found.shape == (1, 1, 24, 32)
    assert motion.flow[0, :, 3, 5].tolist() == [2, -6]


@pytest.mark.parametrize('shift', [(0.6, -0.4), (0.0, 0.8), (2.3, -1.7), (1.2, 3.4)])
@pytest.mark.parametrize('parts', [0.0, 0.3])
def test_a_step_finds_parts_of_a_pixel(shift: tuple[float, float], parts: float) -> None:
    refine = RefineMotion(4, 3).requires_grad_(requires_grad=False)
    refine.log_damping.fill_(-8.0)
    start = (round(shift[0]) + parts, round(shift[1]) - parts)
    refined = refine(guess(*start), scene(shift), scene())
    inner = refined.flow[0, :, 6:-6, 6:-6] - planes(shift)[0, :, :1, :1]
    assert inner.abs().mean() < 0.05
    before = torch.tensor(start) - torch.tensor(shift)
    assert inner.abs().mean() < 0.3 * before.abs().mean()


def test_what_motion_explains_has_not_changed() -> None:
    refine = RefineMotion(4, 3).requires_grad_(requires_grad=False)
    refine.log_damping.fill_(-8.0)
    now, last = scene((2.4, -1.3)), scene()
    now[:, 10:14, 14:18] += 1.0
    changed = refine(guess(2.0, -1.0), now, last).changed.mean(dim=3)[0]
    assert changed[11:13, 15:17].min() > 0.5
    assert changed[6:8, 6:-6].max() < 0.1


def test_without_texture_the_flow_stays() -> None:
    refine = RefineMotion(4, 3).requires_grad_(requires_grad=False)
    blank = torch.full((1, 24, 32, 3), 0.3)
    start = planes((1.5, -0.5), size=(24, 32))
    torch.testing.assert_close(refine(guess(1.5, -0.5), blank, blank).flow, start)
    lost = refine(guess(1.5, -0.5), torch.zeros(1, 24, 32, 3), scene())
    torch.testing.assert_close(lost.flow, start)


def test_a_step_is_bounded() -> None:
    refine = RefineMotion(4, 3).requires_grad_(requires_grad=False)
    refine.log_damping.fill_(-20.0)
    torch.manual_seed(0)
    now, last = torch.randn(2, 1, 24, 32, 3)
    refined = refine(guess(0.0, 0.0), 0.01 * now, 50 * last)
    assert refined.flow.abs().max() <= 2
    assert refined.flow.isfinite().all()


def test_texture_is_bounded_and_of_the_width_asked_for() -> None:
    torch.manual_seed(0)
    texture = RefineMotion(4, 3).texture(100 * torch.randn(2, 4, H, W))
    assert texture.shape == (2, H, W, 3)
    assert texture.abs().max() <= 1
