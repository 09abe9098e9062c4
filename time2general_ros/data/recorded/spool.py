"""Messages of a bag, kept so that any of them can be read at any time."""

from __future__ import annotations

from dataclasses import replace
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from time2general_ros.bags.storages.storage import RawMessage


class Spool:
    """
    A store of messages in a nameless temporary file, which goes with the process.

    Bags are read from front to back; who learns from them draws frames at random.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the data set
        self._places: list[tuple[RawMessage, int, int]] = []

    def add(self, message: RawMessage) -> int:
        """
        Keep a message and return its number.

        :raises OSError: if the disk for temporary files is full.
        """
        offset = self._file.seek(0, 2)
        self._file.write(message.data)
        self._places.append((replace(message, data=b''), offset, len(message.data)))
        return len(self._places) - 1

    def get(self, number: int) -> RawMessage:
        """Return a message by its number."""
        message, offset, length = self._places[number]
        self._file.seek(offset)
        return replace(message, data=self._file.read(length))
