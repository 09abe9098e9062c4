"""The thread that segments, so that the executor only ever receives."""

from __future__ import annotations

from collections.abc import Callable
import threading
from typing import Generic

from time2general_ros.ros.mailbox import Item, Mailbox


class Worker(Generic[Item]):
    """
    Hand each item of a mailbox to a function, one after the other, in a thread of its own.

    :param process: Called with the camera and its item.
    :param on_error: Called with the camera and what ``process`` raised; the thread goes on.
    """

    def __init__(
        self,
        mailbox: Mailbox[Item],
        process: Callable[[str, Item], None],
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._mailbox = mailbox
        self._process = process
        self._on_error = on_error
        self._thread = threading.Thread(target=self._run, name='segmentation', daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> dict[str, Item]:
        """
        Finish the item in hand and end the thread.

        :returns: The items that were never taken, by camera.
        """
        left = self._mailbox.close()
        self._thread.join()
        return left

    def _run(self) -> None:
        while (taken := self._mailbox.take()) is not None:
            camera, item = taken
            try:
                self._process(camera, item)
            except Exception as error:
                self._on_error(camera, error)
