from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.convolutions import (  # noqa: E402
    ResidualBlock,
    TokenConvolution,
    convolution,
    normed,
)
from time2general_ros.model.layout import to_map, to_tokens  # noqa: E402


def test_tokens_are_the_cells_of_a_map_row_by_row() -> None:
    x = torch.randn(2, 3, 4, 6)
    tokens = to_tokens(x)
    assert tokens.shape == (2, 24, 3)
    assert torch.equal(tokens[1, 6 * 2 + 5], x[1, :, 2, 5])
    assert torch.equal(to_map(tokens, 4), x)


@pytest.mark.parametrize('separable', [False, True])
def test_a_convolution_to_tokens_is_one_to_a_map(separable: bool) -> None:
    torch.manual_seed(0)
    plain = convolution(3, 5, separable=separable)
    tokens = TokenConvolution(3, 5, separable=separable)
    own = tokens.body.state_dict()
    tokens.body.load_state_dict(
        {name: value.reshape(own[name].shape) for name, value in plain.state_dict().items()}
    )
    x = torch.randn(2, 3, 8, 6)
    torch.testing.assert_close(tokens(x), to_tokens(plain(x)))


@pytest.mark.parametrize('kernel', [3, 5])
def test_a_separable_convolution_is_a_dense_one_of_fewer_weights(kernel: int) -> None:
    torch.manual_seed(0)
    separable = normed(4, 6, separable=True, kernel=kernel, stride=2).eval()
    dense = normed(4, 6, kernel=kernel, stride=2).eval()
    around, across = separable[0].weight, separable[1].weight
    with torch.no_grad():
        dense[0].weight.copy_(across * around[:, 0])
    x = torch.randn(2, 4, 8, 10)
    torch.testing.assert_close(separable(x), dense(x))
    assert separable[0].weight.numel() + across.numel() < dense[0].weight.numel()


@pytest.mark.parametrize('separable', [False, True])
def test_a_block_adds_to_what_it_is_given(separable: bool) -> None:
    torch.manual_seed(0)
    block = ResidualBlock(4, 8, separable=separable).eval()
    x = torch.rand(1, 4, 6, 8)
    torch.testing.assert_close(block(x), (x + block.body(x)).relu())
    torch.nn.init.zeros_(block.body[2][-1].weight)
    torch.testing.assert_close(block(x), x)
