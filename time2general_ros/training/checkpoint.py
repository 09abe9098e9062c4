"""State of a run on disk: safetensors, complete enough to continue bit for bit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
import torch

from time2general_ros.errors import Time2GeneralError
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn


PROGRESS = ('stage', 'step', 'spent_s', 'total_s')


class StateError(Time2GeneralError):
    """The state of a run cannot be read."""


def save_run(
    path: Path,
    model: nn.Module,
    average: dict[str, Tensor],
    optimiser: torch.optim.Optimizer,
    progress: dict[str, int],
) -> None:
    """
    Write model, averaged weights, optimiser state and progress atomically.

    :param progress: Stage and step that come next; what the stage and everything took so far in
        seconds.
    """
    tensors = {f'model.{name}': value for name, value in model.state_dict().items()}
    tensors |= {f'average.{name}': value for name, value in average.items()}
    for index, state in optimiser.state_dict()['state'].items():
        tensors |= {f'optimiser.{index}.{key}': value for key, value in state.items()}
    plain = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
    write_tensors(plain, path, {'progress': json.dumps(progress)})


def write_tensors(
    tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None
) -> None:
    """Write a safetensors file whole or not at all."""
    contiguous = {name: value.contiguous() for name, value in tensors.items()}
    with whole(path) as place:
        save_file(contiguous, place, metadata=metadata)


def load_run(path: Path) -> tuple[dict[str, dict[str, Tensor]], dict[str, int]]:
    """
    Read what :func:`save_run` wrote.

    :returns: tensors by group (``model``, ``average``, ``optimiser``) and the progress.
    :raises StateError: if the file is damaged or is no such state.
    """
    groups: dict[str, dict[str, Tensor]] = {'model': {}, 'average': {}, 'optimiser': {}}
    try:
        with safe_open(path, framework='pt') as stored:
            progress = json.loads(stored.metadata()['progress'])
            progress = {'spent_s': 0, 'total_s': 0, **progress}
            progress = {name: int(progress[name]) for name in PROGRESS}
            for name in stored.keys():  # noqa: SIM118 (not a mapping)
                group, _, key = name.partition('.')
                groups[group][key] = stored.get_tensor(name)
    except (OSError, SafetensorError, ValueError, LookupError, TypeError) as error:
        raise StateError(
            f'cannot resume from {path}: {error}; delete it to start anew, or restore it'
        ) from error
    return groups, progress


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put saved moments back into a fresh optimiser over the same parameters."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, _, key = name.partition('.')
        state.setdefault(int(index), {})[key] = value
    groups = optimiser.state_dict()['param_groups']
    optimiser.load_state_dict({'state': state, 'param_groups': groups})
