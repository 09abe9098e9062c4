"""The place where a camera's newest frame waits for the worker."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar('Item')


class Mailbox(Generic[Item]):
    """
    One waiting item per camera, the newest one; cameras are served in the order they knocked.

    A replaced item keeps its camera's place in the row, so a fast camera cannot starve a slow one.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Item] = {}
        self._changed = threading.Condition()
        self._closed = False

    def put(self, camera: str, item: Item) -> Item | None:
        """
        Leave an item for the worker.

        :returns: What will not be taken any more because of it: the camera's earlier item, the
            item itself once the mailbox is closed, or None.
        """
        with self._changed:
            if self._closed:
                return item
            superseded = self._waiting.get(camera)
            self._waiting[camera] = item
            self._changed.notify()
            return superseded

    def take(self) -> tuple[str, Item] | None:
        """
        Wait for an item.

        :returns: The camera that has waited longest and its item; None once closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            camera = next(iter(self._waiting))
            return camera, self._waiting.pop(camera)

    def close(self) -> dict[str, Item]:
        """
        Refuse further items and wake whoever waits.

        :returns: The items that were never taken, by camera.
        """
        with self._changed:
            self._closed = True
            left, self._waiting = self._waiting, {}
            self._changed.notify_all()
            return left
