"""The place where each camera's newest frame waits for the worker."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar('Item')


class Mailbox(Generic[Item]):
    """
    One waiting item per camera, the newest one; the camera served longest ago is next.

    Serving them in the order they knock would favour one whose images always arrive just when
    another is done: of four cameras of 15 Hz in step, one got twice as many masks as the others.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Item] = {}
        self._turn = 0
        self._served: dict[str, int] = {}
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
        :returns: The items of the cameras served longest ago; None once closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            cameras = sorted(self._waiting, key=lambda camera: self._served.get(camera, 0))[:limit]
            self._turn += 1
            self._served.update(dict.fromkeys(cameras, self._turn))
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
