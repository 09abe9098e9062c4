from __future__ import annotations

import math

import pytest
from tiny_model import TINY

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.aligned_read import (  # noqa: E402
    BLOCK,
    SPAN,
    AlignedRead,
    blocks,
    neighbourhoods,
    newest_state,
)

H, W, D = TINY.height // 8, TINY.width_px // 8, TINY.detail
CELLS = [(y, x) for y in range(H) for x in range(W)]


def window(y, x):
    """Cells within the blocks around the block of a cell, in the order they are concatenated."""
    top, left = y // BLOCK * BLOCK, x // BLOCK * BLOCK
    return [
        (top + BLOCK * i + inner_y, left + BLOCK * j + inner_x)
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        for inner_y in range(BLOCK)
        for inner_x in range(BLOCK)
    ]


def inside(y, x):
    return 0 <= y < H and 0 <= x < W


def reader(channels=D):
    torch.manual_seed(4)
    read = AlignedRead(TINY, channels).requires_grad_(requires_grad=False)
    read.nothing.normal_()
    read.position.normal_()
    return read


def content_reader():
    """Make a reader that takes over whatever looks like the present cell."""
    read = reader()
    for layer in (read.to_query, read.to_key, read.to_value, read.project):
        layer.weight.copy_(torch.eye(D))
        layer.bias.zero_()
    read.to_query.weight.mul_(500)
    for parameter in (*read.age.project.parameters(), read.nothing, read.position):
        parameter.zero_()
    return read


def run(read, x, state, age_s=0.1, valid=1.0):
    """Read from one slot; x and the answer are [H, W, C]."""
    answer = read(
        x.permute(2, 0, 1)[None],
        state.reshape(1, 1, H * W, D),
        torch.tensor([[age_s]]),
        torch.tensor([[valid]]),
    )
    return answer[0].permute(1, 2, 0)


def naive_read(read, x, state, age_s):
    """Compute the read of every cell on its own."""
    query = read.to_query(x) + read.age(torch.tensor(age_s))
    key, value = read.to_key(state), read.to_value(state)
    width, answer = D // read.heads, torch.empty(H, W, D)
    for y, x_ in CELLS:
        seen = [cell for cell in window(y, x_) if inside(*cell)]
        places = [(v - y + 7) * SPAN + u - x_ + 7 for v, u in seen]
        keys = torch.stack([read.nothing[0], *(key[cell] for cell in seen)])
        values = torch.stack([read.nothing[1], *(value[cell] for cell in seen)])
        for head in range(read.heads):
            own = slice(head * width, (head + 1) * width)
            scores = keys[:, own] @ query[y, x_, own] / math.sqrt(width)
            scores[1:] += read.position[head, places]
            answer[y, x_, own] = scores.softmax(0) @ values[:, own]
    return read.project(answer)


def test_blocks_and_neighbourhoods_hold_the_cells_they_should() -> None:
    image = torch.arange(1, H * W + 1).reshape(1, H, W, 1).float()
    cut, around = blocks(image), neighbourhoods(image)
    assert cut.shape == (1, H // BLOCK, W // BLOCK, BLOCK**2, 1)
    assert around.shape == (1, H // BLOCK, W // BLOCK, 9 * BLOCK**2, 1)
    for y, x in CELLS:
        block = (0, y // BLOCK, x // BLOCK)
        assert cut[block][y % BLOCK * BLOCK + x % BLOCK] == image[0, y, x]
        expected = [image[0, v, u].item() if inside(v, u) else 0 for v, u in window(y, x)]
        assert around[block].flatten().tolist() == expected


def test_equals_a_naive_read() -> None:
    read = reader(channels=24)
    x, state = torch.randn(H, W, 24), torch.randn(H, W, D)
    torch.testing.assert_close(run(read, x, state), naive_read(read, x, state, 0.1))


@pytest.mark.parametrize('shift', [(0, 0), (1, -2), (4, 0), (-4, 4), (0, -4), (-3, -1)])
def test_content_that_moved_is_found(shift: tuple[int, int]) -> None:
    dy, dx = shift
    codes = torch.randn(H, W, 2, D // 2, generator=torch.Generator().manual_seed(5))
    present = torch.nn.functional.normalize(codes, dim=3).flatten(2)
    state = torch.zeros(H, W, D)
    kept = [(y, x) for y, x in CELLS if inside(y + dy, x + dx)]
    for y, x in kept:
        state[y + dy, x + dx] = present[y, x]
    found = run(content_reader(), present, state)
    for cell in kept:
        torch.testing.assert_close(found[cell], present[cell], rtol=0, atol=1e-2)


def test_near_content_is_preferred_at_the_start() -> None:
    read = AlignedRead(TINY, D).requires_grad_(requires_grad=False)
    place = read.position.reshape(read.heads, SPAN, SPAN)
    assert place.argmax() % SPAN**2 == SPAN**2 // 2
    torch.testing.assert_close(place, place.flip(1, 2))


def test_without_a_slot_only_the_learned_nothing_is_read() -> None:
    read = reader()
    answer = run(read, torch.randn(H, W, D), torch.zeros(H, W, D), 0.0, valid=0.0)
    torch.testing.assert_close(answer, read.project(read.nothing[1]).expand(H, W, D))


@pytest.mark.parametrize(
    ('ages', 'valid', 'weights', 'age_s'),
    [
        ((0.5, 0.1, 0.3), (1, 1, 1), (0, 1, 0), 0.1),
        ((0.5, 0.1, 0.3), (1, 0, 1), (0, 0, 1), 0.3),
        ((0.5, 0.0, 0.9), (1, 0, 0), (1, 0, 0), 0.5),
        ((0.1, 0.4, 0.1), (1, 1, 1), (0.5, 0, 0.5), 0.1),
        ((0.1, 0.4, 0.1), (1, 1, 0), (1, 0, 0), 0.1),
        ((0.0, 0.0, 0.0), (0, 0, 0), (0, 0, 0), 0.0),
    ],
)
def test_newest_state(
    ages: tuple[float, ...],
    valid: tuple[float, ...],
    weights: tuple[float, ...],
    age_s: float,
) -> None:
    detail = torch.randn(1, 3, 5, 2)
    state, age = newest_state(detail, torch.tensor([ages]), torch.tensor([valid]).float())
    expected = (detail[0] * torch.tensor(weights).float()[:, None, None]).sum(dim=0)
    torch.testing.assert_close(state[0], expected)
    assert age.item() == pytest.approx(age_s)
