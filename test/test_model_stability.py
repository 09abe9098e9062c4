from __future__ import annotations

import math

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.attention import CrossAttention, Source, attend  # noqa: E402
from time2general_ros.model.positions import AgeEmbedding, grid_positions  # noqa: E402
from time2general_ros.model.stability import StabilityBlock  # noqa: E402

C, D, Q, N = 6, 8, 5, 12


@pytest.fixture
def block() -> StabilityBlock:
    torch.manual_seed(6)
    return StabilityBlock(C, D).requires_grad_(requires_grad=False)


def naive_attention(query, key, value):
    """Let each query read on its own, in double precision."""
    answers = []
    for row in query.double():
        weights = torch.exp(key.double() @ row / math.sqrt(len(row)))
        answers.append((weights[:, None] * value.double()).sum(dim=0) / weights.sum())
    return torch.stack(answers).float()


def test_starts_near_the_unmodulated_features(block: StabilityBlock) -> None:
    x, queries = torch.randn(2, N, C), torch.randn(2, Q, D)
    modulated, updated = block(x, queries)
    change = (modulated - x).abs().max()
    assert 0 < change < 0.01
    assert (updated - queries).abs().max() > 0.05


def test_updates_queries_and_features_as_published(block: StabilityBlock) -> None:
    block.scale.fill_(0.7)
    x, queries = torch.randn(2, N, C), torch.randn(2, Q, D)
    modulated, updated = block(x, queries)
    for index in range(2):
        tokens = block.norm(x[index])
        keys, values = block.to_key(tokens), block.to_value(tokens)
        asked = block.to_query(block.query_norm(queries[index]))
        expected = queries[index] + naive_attention(asked, keys, values)
        torch.testing.assert_close(updated[index], expected)
        read = naive_attention(keys, block.query_norm(expected), expected)
        moved = x[index] + 0.7 * block.modulate(read)
        torch.testing.assert_close(modulated[index], moved)


def test_hidden_keys_are_not_read() -> None:
    query, key, value = torch.randn(2, D), torch.randn(3, D), torch.randn(3, D)
    bias = torch.tensor([0.0, -1e4, 0.0])
    expected = naive_attention(query, key[[0, 2]], value[[0, 2]])
    torch.testing.assert_close(attend(query, key, value, bias), expected)


def test_sources_are_read_under_one_softmax() -> None:
    torch.manual_seed(8)
    layer = CrossAttention(D, 2).requires_grad_(requires_grad=False)
    x, keys, values = torch.randn(1, Q, D), torch.randn(1, 7, D), torch.randn(1, 7, D)
    parted = [Source(keys[:, :3], values[:, :3]), Source(keys[:, 3:], values[:, 3:])]
    joined = layer(x, [Source(keys, values)], None)
    torch.testing.assert_close(layer(x, parted, None), joined)
    asked, key, value = layer.to_query(layer.norm(x)), layer.to_key(keys), layer.to_value(values)
    halves = [slice(0, D // 2), slice(D // 2, D)]
    read = [naive_attention(asked[0, :, h], key[0, :, h], value[0, :, h]) for h in halves]
    torch.testing.assert_close(joined[0], x[0] + layer.project(torch.cat(read, dim=1)))


def test_positions_depend_on_the_place_in_the_image_not_on_its_resolution() -> None:
    coarse = grid_positions(2, 4, 16).reshape(2, 4, 16)
    fine = grid_positions(6, 12, 16).reshape(6, 12, 16)
    torch.testing.assert_close(coarse, fine[1::3, 1::3])
    assert torch.pdist(fine.flatten(0, 1)).min() > 0.1


def test_ages_differ_by_more_the_farther_apart_they_are() -> None:
    torch.manual_seed(9)
    age = AgeEmbedding(64).requires_grad_(requires_grad=False)
    codes = age(torch.tensor([0.1, 0.101, 0.11, 0.15, 1.0]))
    distance = (codes - codes[0]).norm(dim=1)
    assert distance.tolist() == sorted(distance.tolist())
    assert distance[1] > 0
