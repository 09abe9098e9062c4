"""What a network takes over from a larger one before it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from time2general_ros.model.convolutions import Separable

if TYPE_CHECKING:
    from torch import Tensor

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.model.config import ModelConfig
    from time2general_ros.model.network import Time2General

Weights = dict[str, 'Tensor']


def inherit(network: Time2General, original: Time2General) -> list[str]:
    """
    Take over all that fits, by name and shape.

    Of a dense convolution a separable one of the same channels takes the nearest that it can be.
    A class takes the queries of the class of its name, or of the one that it is grouped with; a
    network with fewer queries per class takes the first ones of each.

    :returns: the names of what was taken over.
    """
    own, other = network.state_dict(), original.state_dict()
    taken = _separated(network, own, other)
    rows = _rows(network.config, original.config)
    for name in own.keys() & other.keys() - taken.keys():
        value, table = other[name], rows.get(name.rpartition('.')[2])
        if table is not None and value.shape[1:] == own[name].shape[1:]:
            taken[name] = own[name].clone()
            taken[name][[mine for mine, _ in table]] = value[[theirs for _, theirs in table]]
        elif value.shape == own[name].shape:
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


def kept_classes(labels: LabelSet, others: LabelSet) -> list[tuple[int, int]]:
    """
    Pair the classes of a set with those of another that they begin as, where there is one.

    That of the same name, else the one of the first member that both have.
    """
    owners = {member: i for i, names in enumerate(others.members) for member in names}
    owners |= {name: i for i, name in enumerate(others.classes)}
    pairs = []
    for index, (name, members) in enumerate(zip(labels.classes, labels.members, strict=True)):
        known = [owners[member] for member in (name, *members) if member in owners]
        pairs += [(index, known[0])] if known else []
    return pairs


def _rows(config: ModelConfig, other: ModelConfig) -> dict[str, list[tuple[int, int]]]:
    """Say which rows of its tables of classes a network takes from which, by their names."""
    classes = kept_classes(config.label_set, other.label_set)
    mine, theirs = config.queries_per_class, other.queries_per_class
    owned = [(mine * a + k, theirs * b + k) for a, b in classes for k in range(min(mine, theirs))]
    context = [
        (config.classes * mine + k, other.classes * theirs + k)
        for k in range(min(config.context_queries, other.context_queries))
    ]
    queries = [*owned, *context]
    return {
        'queries': queries,
        'query_position': queries,
        'mask_bias': owned,
        'patience': classes,
        'anchors': classes,
    }
