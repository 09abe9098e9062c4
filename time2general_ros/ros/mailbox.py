"""The place where each camera's newest frame waits for the worker."""

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

    def take(self, limit: int = 1) -> dict[str, Item] | None:
        """
        Wait for an item.

        :param limit: The most that are taken at once, each of another camera.
        :returns: The items that have waited longest, by camera; None once closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            cameras = list(self._waiting)[:limit]
            return {camera: self._waiting.pop(camera) for camera in cameras}

    def withdraw(self, camera: str) -> Item | None:
        """Take back what waits of one camera; None if nothing does."""
        with self._changed:
            return self._waiting.pop(camera, None)

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
