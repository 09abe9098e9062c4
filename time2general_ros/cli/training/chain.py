"""``time2general train --all`` and ``--dry-run``: recipes that come after each other, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from time2general_ros.errors import Time2GeneralError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from time2general_ros.training.chains.chain_plan import Step


class ChainOptionsError(Time2GeneralError):
    """The options ask for a chain of recipes and name no recipe."""


def recipes_to_run(args: argparse.Namespace) -> Iterator[tuple[Path, Path]]:
    """
    Print the recipes of a chain and what becomes of them, then give those that are to be run.

    With ``--dry-run`` none is given.

    :returns: recipes and the folders of their runs, in order.
    :raises ChainOptionsError: if there is no recipe.
    :raises Time2GeneralError: if one cannot be run.
    """
    from time2general_ros.training.chains.chain import read_chain
    from time2general_ros.training.chains.chain_plan import check, plan

    if args.recipe is None:
        raise ChainOptionsError(
            '--all and --dry-run are of recipes: time2general train RECIPE.yaml --all --out DIR'
        )
    links = read_chain(args.recipe, args.out)
    steps = plan(links if args.all else links[-1:])
    for line in lines(steps):
        print(line)
    check(steps)
    if args.dry_run:
        return
    console = Console(stderr=True, soft_wrap=True)
    for number, step in enumerate(steps, start=1):
        if step.is_run:
            link = step.link
            console.print(f'recipe {number} of {len(steps)}: {escape(str(link.file))}')
            yield link.file, link.folder


def lines(steps: list[Step]) -> Iterator[str]:
    """Say of each recipe its folder, its steps, and what becomes of it; then how many are run."""
    width = max(len(str(step.link.file)) for step in steps)
    for number, step in enumerate(steps, start=1):
        link = step.link
        yield (
            f'{number:>3}  {link.file!s:<{width}}  {link.recipe.steps:>7} steps  '
            f'{step.state}, in {link.folder}'
        )
    left = [step.link.recipe.steps for step in steps if step.is_run]
    yield f'{len(left)} of {len(steps)} recipes are to be run, of {sum(left)} steps in all'
