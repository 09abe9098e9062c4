"""The precision that an engine computes in, of those that it has on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.streaming.engines.errors import EngineError
from time2general_ros.streaming.engines.options import AUTO

if TYPE_CHECKING:
    from collections.abc import Sequence

PRECISIONS = ('f32', 'bf16', 'f16')


def chosen_precision(asked: str, offered: Sequence[str], where: str, remedy: str = '') -> str:
    """
    Return the precision to compute in.

    :param asked: One of :data:`PRECISIONS`, or ``auto`` for the first that is offered.
    :param where: What offers them, in words; remedy: How to come by the others.
    :raises EngineError: if it is not offered.
    """
    if asked == AUTO:
        return offered[0]
    if asked not in offered:
        raise EngineError(
            f'{where} does not compute in {asked!r} but in {" or ".join(offered)}; '
            f'{remedy or "ask for one of those, or for auto"}'
        )
    return asked
