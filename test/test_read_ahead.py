"""Reading ahead keeps order and errors, and ends its thread."""

from __future__ import annotations

import threading

import pytest

from time2general_ros.read_ahead import read_ahead


def threads():
    return [thread for thread in threading.enumerate() if thread.name == 'read_ahead']


def test_items_come_in_order():
    assert list(read_ahead(range(100), 3)) == list(range(100))
    assert list(read_ahead([None, None], 3)) == [None, None]
    assert threads() == []


def test_no_more_is_read_than_asked_for():
    taken = []

    def source():
        for item in range(100):
            taken.append(item)
            yield item

    items = read_ahead(source(), 3)
    assert next(items) == 0
    items.close()
    # One in the thread's hand, three ready, one used, and one freed by closing.
    assert len(taken) <= 7
    assert threads() == []


def test_an_error_comes_after_the_items_before_it():
    def source():
        yield 1
        raise ValueError('broken')

    items = read_ahead(source(), 3)
    assert next(items) == 1
    with pytest.raises(ValueError, match='broken'):
        next(items)
    assert threads() == []
