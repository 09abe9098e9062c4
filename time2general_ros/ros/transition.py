"""Lifecycle callbacks whose errors are not lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from rclpy.lifecycle import TransitionCallbackReturn

if TYPE_CHECKING:
    Callback = Callable[[Any, Any], TransitionCallbackReturn]


def transition(callback: Callback) -> Callback:
    """
    Keep what a callback raises as the node's ``failure`` and go to error processing.

    ``rclpy`` goes there as well, but forgets why.
    """

    @wraps(callback)
    def guarded(node: Any, state: Any) -> TransitionCallbackReturn:
        try:
            return callback(node, state)
        except Exception as error:
            node.failure = error
            return TransitionCallbackReturn.ERROR

    return guarded
