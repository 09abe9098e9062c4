from __future__ import annotations

from pathlib import Path

import pytest

import time2general_ros
from time2general_ros.scoped import Scoped


class Door(Scoped):
    def __init__(self) -> None:
        self.left: list[bool] = []

    def leave(self, *, failed: bool) -> None:
        self.left.append(failed)


def test_it_gives_itself_and_is_left_once() -> None:
    door = Door()
    with door as inside:
        assert inside is door
        assert door.left == []
    assert door.left == [False]


def test_an_error_of_the_block_is_told_and_goes_on() -> None:
    door = Door()
    with pytest.raises(KeyError, match='lost'), door:
        raise KeyError('lost')
    assert door.left == [True]


def test_nothing_else_writes_its_own() -> None:
    code = Path(time2general_ros.__file__).parent
    writers = [path for path in code.rglob('*.py') if 'def __exit__' in path.read_text('utf-8')]
    assert writers == [code / 'scoped.py']
