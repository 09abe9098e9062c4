"""The newest frame of a camera wins, and no frame goes missing uncounted."""

from __future__ import annotations

import threading

from time2general_ros.ros.engine.mailbox import Mailbox


def test_a_newer_item_replaces_the_waiting_one():
    mailbox: Mailbox[str] = Mailbox()
    assert mailbox.put('front', 'old') is None
    assert mailbox.put('front', 'new') == 'old'
    assert mailbox.take() == {'front': 'new'}


def test_cameras_do_not_replace_each_other_and_are_served_in_turn():
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put('front', 'f1')
    mailbox.put('left', 'l1')
    mailbox.put('front', 'f2')
    assert mailbox.take() == {'front': 'f2'}
    mailbox.put('front', 'f3')
    assert mailbox.take() == {'left': 'l1'}
    assert mailbox.take() == {'front': 'f3'}


def test_a_camera_that_was_just_served_waits_for_the_others():
    mailbox: Mailbox[str] = Mailbox()
    for camera in ('front', 'left', 'right'):
        mailbox.put(camera, 'first')
        mailbox.take()
    for camera in ('right', 'front', 'left'):
        mailbox.put(camera, 'second')
    assert [list(mailbox.take() or {}) for _ in range(3)] == [['front'], ['left'], ['right']]


def test_closing_hands_back_what_waits_and_refuses_the_rest():
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put('front', 'waiting')
    assert mailbox.close() == {'front': 'waiting'}
    assert mailbox.take() is None
    assert mailbox.put('front', 'late') == 'late'
    assert mailbox.close() == {}


def test_closing_wakes_a_waiting_reader():
    mailbox: Mailbox[str] = Mailbox()
    taken: list[object] = ['nothing yet']
    reader = threading.Thread(target=lambda: taken.append(mailbox.take()))
    reader.start()
    mailbox.close()
    reader.join(10.0)
    assert not reader.is_alive()
    assert taken[-1] is None


def test_as_many_as_the_engine_takes_are_taken_at_once_the_longest_waiting_first():
    mailbox: Mailbox[str] = Mailbox()
    for camera in ('front', 'left', 'right'):
        mailbox.put(camera, camera)
    assert mailbox.take(2) == {'front': 'front', 'left': 'left'}
    mailbox.put('front', 'again')
    assert mailbox.take(2) == {'right': 'right', 'front': 'again'}


def test_what_is_withdrawn_is_not_taken():
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put('front', 'f1')
    mailbox.put('left', 'l1')
    assert mailbox.withdraw('front') == 'f1'
    assert mailbox.withdraw('front') is None
    assert mailbox.take(2) == {'left': 'l1'}


def test_every_item_is_taken_superseded_or_handed_back():
    mailbox: Mailbox[int] = Mailbox()
    taken: list[int] = []
    superseded: list[int] = []

    def work():
        while (items := mailbox.take(2)) is not None:
            taken.extend(items.values())

    def feed(camera: str, items: range) -> None:
        for item in items:
            replaced = mailbox.put(camera, item)
            if replaced is not None:
                superseded.append(replaced)

    worker = threading.Thread(target=work)
    worker.start()
    feeders = [
        threading.Thread(target=feed, args=(str(index), range(index * 1000, index * 1000 + 1000)))
        for index in range(4)
    ]
    for feeder in feeders:
        feeder.start()
    for feeder in feeders:
        feeder.join()
    left = mailbox.close()
    worker.join(10.0)
    assert sorted(taken + superseded + list(left.values())) == list(range(4000))
