"""What a network takes over from a larger one before it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from time2general_ros.model.convolutions import Separable

if TYPE_CHECKING:
    from torch import Tensor

    from time2general_ros.model.network import Time2General

Weights = dict[str, 'Tensor']


def inherit(network: Time2General, original: Time2General) -> list[str]:
    """
    Take over all that fits, by name and shape.

    Of a dense convolution a separable one of the same channels takes the nearest that it can be;
    a network with fewer queries per class takes the first ones of each.

    :returns: the names of what was taken over.
    """
    own, other = network.state_dict(), original.state_dict()
    taken = _separated(network, own, other)
    tables = _query_tables(network, original)
    for name in own.keys() & other.keys() - taken.keys():
        value = other[name]
        if value.shape != own[name].shape and value.shape and len(value) in tables:
            value = value[tables[len(value)]]
        if value.shape == own[name].shape:
            taken[name] = value
    network.load_state_dict({**own, **taken})
    return sorted(taken)


def _separated(network: Time2General, own: Weights, other: Weights) -> Weights:
    taken: Weights = {}
    for prefix, module in network.named_modules():
        dense = other.get(f'{prefix}.0.weight')
        if not isinstance(module, Separable) or dense is None:
            continue
        around, across = own[f'{prefix}.0.weight'], own[f'{prefix}.1.weight']
        if dense.shape[:2] != across.shape[:2] or dense.shape[2:] != around.shape[2:]:
            continue
        first, second = nearest_separable(dense)
        taken[f'{prefix}.0.weight'] = first
        taken[f'{prefix}.1.weight'] = second.reshape(across.shape)
        if f'{prefix}.0.bias' in other:
            taken[f'{prefix}.1.bias'] = other[f'{prefix}.0.bias']
        for name in ('weight', 'bias', 'running_mean', 'running_var'):
            if f'{prefix}.2.{name}' in own:
                taken[f'{prefix}.2.{name}'] = other[f'{prefix}.1.{name}']
    return taken


def nearest_separable(dense: Tensor) -> tuple[Tensor, Tensor]:
    """
    Split a kernel into one within channels and one across them, nearest in squares.

    What an input channel adds to all outputs is a matrix of outputs by places; its first singular
    vectors are the two halves.

    :param dense: [outputs, inputs, h, w].
    :returns: [inputs, 1, h, w] and [outputs, inputs].
    """
    outputs, inputs, *places = dense.shape
    across, strength, around = torch.linalg.svd(
        dense.float().permute(1, 0, 2, 3).reshape(inputs, outputs, -1), full_matrices=False
    )
    share = strength[:, 0].sqrt()[:, None]
    return (
        (around[:, 0] * share).reshape(inputs, 1, *places),
        (across[:, :, 0] * share).T.contiguous(),
    )


def _query_tables(network: Time2General, original: Time2General) -> dict[int, list[int]]:
    """Say which rows are kept of tables by their length: a row for each query, or each owner."""
    config, other = network.config, original.config
    first = [
        other.queries_per_class * c + k
        for c in range(config.classes)
        for k in range(min(config.queries_per_class, other.queries_per_class))
    ]
    owned = other.classes * other.queries_per_class
    return {owned: first, other.queries: [*first, *range(owned, other.queries)]}
