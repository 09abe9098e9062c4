"""A run that begins makes sure of one image, and reads what lies before it once."""

from __future__ import annotations

import pytest
from replay_samples import LABELS, TOPIC, call, lasting, rows, write_drive

from time2general_ros.bags.storages.storage import RawMessage
from time2general_ros.replay.sources import first_image
from time2general_ros.replay.sources.bag_source import BagSource
from time2general_ros.replay.sources.first_image import FirstImage
from time2general_ros.replay.sources.source import Copied, Picture


class Listed:
    """A source of given items, which counts how many were taken."""

    def __init__(self, *items):
        self.listed = items
        self.taken = 0

    def items(self, skip=0, only=None):
        for item in self.listed[skip:]:
            self.taken += 1
            yield item


def picture(number):
    return Picture('/a', number, number, number, None)


def copied(size=3):
    return Copied('/b', RawMessage('/b', 'x', 0, b'x' * size))


def test_items_before_the_first_image_are_taken_once():
    empty, full = Listed(copied(), copied()), Listed(copied(), picture(0), copied(), picture(1))
    late = Listed(picture(0))
    begun = FirstImage([empty, full, late])
    assert begun.exists()
    assert (empty.taken, full.taken, late.taken) == (2, 2, 0)
    for number, source in enumerate((empty, full, late)):
        assert [*begun.items(number, 0)] == [*source.listed]
        assert source.taken == len(source.listed)
    # Whoever asks again reads again, as whoever goes on somewhere.
    assert [*begun.items(1, 0)] == [*full.listed]
    assert [*FirstImage([full]).items(0, 3)] == [full.listed[3]]


def test_where_there_is_no_image_nothing_exists():
    assert not FirstImage([Listed(copied()), Listed()]).exists()


@pytest.mark.parametrize('has_image', [False, True])
def test_more_copies_than_memory_should_hold_are_read_again(monkeypatch, has_image):
    monkeypatch.setattr(first_image, 'MOST_BYTES', 10)
    source = Listed(*(copied(4) for _ in range(9)), *([picture(0)] if has_image else []))
    begun = FirstImage([source])
    assert begun.exists() == has_image
    assert [*begun.items(0, 0)] == [*source.listed]
    assert source.taken == 2 * len(source.listed)


@pytest.mark.parametrize('ending', ['.mcap', '.db3'])
def test_a_replay_reads_its_source_once(tmp_path, monkeypatch, ending):
    bag = write_drive(tmp_path / f'drive{ending}', with_labels=True)
    passes = []
    items = BagSource.items

    def counted(self, skip=0, only=None):
        if only is None:
            passes.append(skip)
        return items(self, skip, only)

    monkeypatch.setattr(BagSource, 'items', counted)
    options = ['--no-flow', '--topic', TOPIC, '--labels', LABELS, '--copy', LABELS]
    assert call(bag, '--out', tmp_path / 'out', '--start', 1.05, *options) == 0
    assert passes == [0]
    assert [row['message'] for row in rows(tmp_path / 'out')] == [*range(11, 24)]
    # Another source in the same folder: again once, and as if it were the first.
    other = write_drive(tmp_path / f'other{ending}', 9, with_labels=True)
    assert call(other, '--out', tmp_path / 'out', *options) == 0
    assert passes == [0, 0]
    assert call(other, '--out', tmp_path / 'new', *options) == 0
    assert lasting(tmp_path / 'out') == lasting(tmp_path / 'new')
