from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.data.geometry import draw_view  # noqa: E402
from time2general_ros.training.objective.motion import (  # noqa: E402
    Source,
    appearance_error,
    motion_error,
    newest_source,
)

H, W = 8, 12


def even(rows, columns, size=(H, W)):
    flow = torch.tensor([float(rows), float(columns)])
    return flow[None, :, None, None].expand(1, 2, *size).clone()


def source(index=0, present=1.0):
    return Source(torch.tensor([index]), torch.tensor([present]))


def pan(x, y):
    views = torch.eye(3).repeat(1, 2, 1, 1)
    views[0, 1, :2, 2] = torch.tensor([x, y])
    return views


def test_the_newest_readable_frame_is_the_source() -> None:
    readable = torch.zeros(3, 5, 5)
    readable[0, 4, 1] = readable[0, 4, 2] = 1
    readable[1, 4, 0] = 1
    found = newest_source(readable, 4, slots=3)
    assert found.frame[0] == 2
    assert found.present.tolist() == [1, 0, 0]
    assert newest_source(readable, 4, slots=4).present.tolist() == [1, 1, 0]


def test_a_pan_is_where_it_came_from() -> None:
    views = pan(16.0, -8.0)
    assert motion_error(even(1.0, -2.0), 8, views, 1, source()) == pytest.approx(0, abs=1e-5)
    assert motion_error(even(0.0, 0.0), 8, views, 1, source()) > 1
    assert motion_error(even(-1.0, 2.0), 8, views, 1, source()) > 1


def test_an_invented_camera_motion_moves_each_pixel_as_told() -> None:
    rng = np.random.default_rng(3)
    view = draw_view(rng, (96, 128), (96, 128), (64, 96), np.array([0.0, 0.2]), moving=True)
    views = torch.from_numpy(view.homogeneous)[None]
    still = rng.integers(0, 255, (96, 128, 3), dtype=np.uint8)
    back = view.matrices[0] @ np.linalg.inv(view.homogeneous[1].astype(np.float64))
    flow = torch.empty(1, 2, H, W)
    for row in range(H):
        for column in range(W):
            x, y = 8 * column + 3.5, 8 * row + 3.5
            there = back @ (x, y, 1)
            flow[0, :, row, column] = torch.tensor([there[1] - y, there[0] - x]) / 8
    assert view.image(0, still).shape == (64, 96, 3)
    assert motion_error(flow, 8, views, 1, source()) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize('why', ['unknown', 'no source', 'out of reach', 'outside'])
def test_motion_that_cannot_be_told_does_not_count(why: str) -> None:
    views = {'unknown': torch.zeros(1, 2, 3, 3), 'no source': pan(8.0, 0.0)}.get(
        why, pan(8.0 * (5 if why == 'out of reach' else 20), 0.0)
    )
    told = source(present=0.0 if why == 'no source' else 1.0)
    flow = even(3.0, 3.0).requires_grad_()
    error = motion_error(flow, 8, views, 1, told)
    assert error == 0
    error.backward()
    assert flow.grad.abs().max() == 0


def test_a_finer_grid_has_the_same_error() -> None:
    views = pan(16.0, -8.0)
    coarse = motion_error(even(0.5, -1.0), 8, views, 1, source())
    fine_flow = even(1.0, -2.0, (2 * H, 2 * W))
    fine_error = motion_error(fine_flow, 4, views, 1, source())
    assert fine_error == pytest.approx(coarse.item())
    right = even(2.0, -4.0, (2 * H, 2 * W))
    assert motion_error(right, 4, views, 1, source()) == pytest.approx(0, abs=1e-5)


def fine(dy, dx):
    return even(dy, dx, (16, 24))


def test_the_right_motion_looks_best() -> None:
    torch.manual_seed(0)
    scene = torch.nn.functional.interpolate(
        torch.randn(1, 3, 10, 14), size=(40, 56), mode='bilinear'
    )
    earlier, now = scene[..., 4:20, 4:28], scene[..., 6:22, 8:32]
    images = torch.stack([earlier, now], dim=1)
    errors = {
        (dy, dx): appearance_error(fine(dy, dx), images, 1, source()).item()
        for dy in range(-4, 5)
        for dx in range(-4, 5)
    }
    assert min(errors, key=errors.get) == (2, 4)
    assert appearance_error(fine(0, 0), images, 1, source(present=0.0)) == 0
