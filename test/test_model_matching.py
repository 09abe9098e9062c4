from __future__ import annotations

import math

import pytest
from tiny_model import TINY

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.matching import (  # noqa: E402
    BLOCK,
    SPAN,
    Descriptor,
    Matching,
    blocks,
    neighbourhoods,
)

H, W, D = TINY.height // 8, TINY.width_px // 8, TINY.descriptor
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


def matcher():
    torch.manual_seed(4)
    matching = Matching().requires_grad_(requires_grad=False)
    for parameter in (matching.position, matching.lost):
        parameter.normal_()
    return matching


def sure_matcher():
    """Make a matcher that goes by likeness alone."""
    matching = matcher()
    matching.sharpness.fill_(math.log(500))
    for parameter in (matching.position, matching.lost):
        parameter.zero_()
    return matching


def run(matching, present, last, age_s=0.1, valid=1.0):
    """Match with one slot; descriptors are [H, W, C]."""
    return matching(
        (H, W),
        *(x.reshape(1, H * W, D) for x in (present, last)),
        torch.tensor([age_s]),
        torch.tensor([valid]),
    )


def codes():
    generator = torch.Generator().manual_seed(5)
    return torch.nn.functional.normalize(torch.randn(H, W, D, generator=generator), dim=2)


def naive_match(matching, present, last, age_s):
    """Compute the match of every cell on its own; outside there are zeros."""
    reach = torch.nn.functional.softplus(matching.age(torch.tensor([age_s])) + 0.54).squeeze()
    flow = torch.empty(H, W, 3)
    for y, x in CELLS:
        seen = window(y, x)
        places = [(v - y + 7) * SPAN + u - x + 7 for v, u in seen]
        known = [last[cell] if inside(*cell) else torch.zeros(D) for cell in seen]
        likeness = torch.stack(known) @ present[y, x]
        scores = likeness * matching.sharpness.exp() + matching.position[places] * reach
        lost = (matching.lost * matching.sharpness.exp()).reshape(1)
        scores = torch.cat([scores, lost]).softmax(0)
        shifts = torch.tensor([(v - y, u - x) for v, u in seen]).float()
        found = scores[:-1].sum()
        flow[y, x] = torch.cat([scores[:-1] @ shifts / found, found[None]])
    return flow


def test_blocks_and_neighbourhoods_hold_the_cells_they_should() -> None:
    image = torch.arange(1, H * W + 1).reshape(1, H, W, 1).float()
    cut, around = blocks(image), neighbourhoods(image)
    assert cut.shape == (1, H // BLOCK, W // BLOCK, BLOCK**2, 1)
    assert around.shape == (1, H // BLOCK, W // BLOCK, 9 * BLOCK**2 + 1, 1)
    for y, x in CELLS:
        block = (0, y // BLOCK, x // BLOCK)
        assert cut[block][y % BLOCK * BLOCK + x % BLOCK] == image[0, y, x]
        expected = [image[0, v, u].item() if inside(v, u) else 0 for v, u in window(y, x)]
        assert around[block].flatten().tolist() == [*expected, 0]


def test_equals_a_naive_match() -> None:
    matching = matcher()
    present, last = codes(), codes().flip(0)
    match = run(matching, present, last)
    both = torch.cat([match.flow, match.found], dim=1)[0].permute(1, 2, 0)
    expected = naive_match(matching, present, last, 0.1)
    torch.testing.assert_close(both, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('shift', [(0, 0), (1, -2), (4, 0), (-4, 4), (0, -4), (-3, -1)])
def test_content_that_moved_is_found_and_its_motion_told(shift: tuple[int, int]) -> None:
    dy, dx = shift
    present, last = codes(), torch.zeros(H, W, D)
    kept = [(y, x) for y, x in CELLS if inside(y + dy, x + dx)]
    for y, x in kept:
        last[y + dy, x + dx] = present[y, x]
    match = run(sure_matcher(), present, last)
    for y, x in kept:
        assert match.flow[0, :, y, x].tolist() == pytest.approx([dy, dx], abs=1e-3)
        assert match.found[0, 0, y, x] == pytest.approx(1, abs=1e-3)


def test_near_content_is_preferred_at_the_start() -> None:
    place = Matching().position.detach().reshape(SPAN, SPAN)
    assert place.argmax() == SPAN**2 // 2
    torch.testing.assert_close(place, place.flip(0, 1))


def test_without_a_slot_nothing_is_found() -> None:
    match = run(matcher(), codes(), codes(), 0.0, valid=0.0)
    assert match.found.max() == 0
    assert match.flow.abs().max() == 0


@pytest.mark.parametrize('separable', [False, True])
def test_a_descriptor_is_a_unit_vector_of_both_maps(separable: bool) -> None:
    torch.manual_seed(1)
    describe = Descriptor(D, 16, 8, separable=separable)
    coarse, fine = torch.randn(2, 16, 8, 8), torch.randn(2, 8, 16, 16)
    described = describe(coarse, fine)
    assert described.shape == (2, 64, D)
    torch.testing.assert_close(described.norm(dim=2), torch.ones(2, 64))
    assert not torch.allclose(described, describe(coarse, fine + 1))
    assert not torch.allclose(described, describe(coarse + 1, fine))
