"""Weights of several stages and runs as one: a model soup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file
import torch

from time2general_ros.errors import Time2GeneralError
from time2general_ros.training.recipes.recipe import is_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from time2general_ros.training.recipes.recipe import Recipe
    from time2general_ros.training.run_folder import RunFolder


class SoupError(Time2GeneralError):
    """Weights cannot be averaged."""


def check_other_runs(recipe: Recipe) -> None:
    """
    See that the weights of other runs are there, before hours are spent.

    :raises SoupError: if one is missing.
    """
    _present([Path(name) for name in recipe.average if is_weights(name)])


def soup(recipe: Recipe, folder: RunFolder) -> dict[str, Tensor]:
    """
    Average the weights that a recipe names.

    After Wortsman et al., "Model soups", ICML 2022.

    :raises SoupError: if some are missing, damaged, or of another network.
    """
    names = [stage.name for stage in recipe.stages]
    files = [
        Path(name) if is_weights(name) else folder.stage(names.index(name))
        for name in recipe.average
    ]
    _present(files)
    parts = [_read(file) for file in files]
    for file, part in zip(files, parts, strict=True):
        if _shapes(part) != _shapes(parts[0]):
            raise SoupError(
                f'{file} is of another network than {files[0]}; average weights of one network'
            )
    return {
        name: torch.stack([part[name].float() for part in parts]).mean(dim=0).to(value.dtype)
        for name, value in parts[0].items()
    }


def _present(files: Sequence[Path]) -> None:
    if missing := [str(file) for file in files if not file.is_file()]:
        raise SoupError(
            f'weights that are to be averaged are not there: {", ".join(missing)}; run the recipe '
            'that they come from, or train again in a new folder'
        )


def _read(file: Path) -> dict[str, Tensor]:
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise SoupError(
            f'{file}, which is to be averaged, is damaged ({error}); train it '
            'again in a new folder'
        ) from error


def _shapes(part: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in part.items()}
