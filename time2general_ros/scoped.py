"""What is open inside a ``with`` statement and closed after it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    T = TypeVar('T', bound='Scoped')


class Scoped(ABC):
    """A context manager that gives itself, and needs to know only whether its block failed."""

    def __enter__(self: T) -> T:
        """Return the object itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; an error of the block goes on."""
        self.leave(failed=kind is not None)

    @abstractmethod
    def leave(self, *, failed: bool) -> None:
        """
        Release what is held.

        :param failed: Whether the block ended with an error.
        """
