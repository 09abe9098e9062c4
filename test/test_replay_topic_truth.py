"""Labels on a topic: whose they are, and that those of far and of done frames take no memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np
import pytest
from replay_samples import COMPRESSED, IMAGE, LABELS, SIZE, TOPIC, png, stamp, truth

from time2general_ros.bags.image_messages import compressed_message, mono8_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.data.specs import open_data
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.replay.sources import topic_truth
from time2general_ros.replay.sources.bag_source import BagOptions
from time2general_ros.replay.sources.open_source import SourceOptions, open_source
from time2general_ros.replay.sources.source import Picture
from time2general_ros.replay.sources.truth import Ids
from time2general_ros.streaming.frame import Frame


def asked(index: int) -> Picture:
    frame = Frame(np.zeros((*SIZE, 3), np.uint8), stamp(index), '', LABELS)
    return Picture(LABELS, index, stamp(index), stamp(index), frame)


def test_labels_are_held_only_while_their_images_may_come(tmp_path, monkeypatch):
    held: list[ref[Any]] = []
    read = topic_truth.deserialize_image

    def counted(raw: Any) -> Any:
        message = read(raw)
        held.append(ref(message))
        return message

    monkeypatch.setattr(topic_truth, 'deserialize_image', counted)
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(400):
            labels = mono8_message(truth(index), stamp(index), 'front')
            writer.write(LABELS, IMAGE, stamp(index), labels)
    source = topic_truth.TopicTruth(bag, LABELS, Ids(street_labels()))
    # Ten seconds before the image that a run goes on with, itself, and whether its stamp is alone.
    np.testing.assert_array_equal(source.at(asked(300)), truth(300))
    assert len(held) == 102
    for index in (300, *range(301, 400)):
        np.testing.assert_array_equal(source.at(asked(index)), truth(index))
    # One within ten seconds that no image asked for, and the last, whose stamp may be repeated.
    assert sum(one() is not None for one in held) == 2
    assert source.at(asked(500)) is None
    assert not any(one() is not None for one in held)


@pytest.mark.parametrize(
    ('stamped', 'count'),
    [
        (lambda index: 0, 6),
        # Longer than labels are held for images that did not come.
        (lambda index: 0, 120),
        (lambda index: stamp(0), 120),
        (lambda index: stamp(index // 2 * 2), 6),
        (lambda index: stamp(index) if index % 3 else 0, 6),
    ],
)
def test_labels_with_stamps_that_tell_nothing_go_by_log_times(
    tmp_path, stamped: Callable[[int], int], count
):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(count):
            image = compressed_message(png(np.zeros((*SIZE, 3))), 'png', stamped(index), 'front')
            writer.write(TOPIC, COMPRESSED, stamp(index), image)
            labels = mono8_message(np.full(SIZE, index % 19, np.uint8), stamped(index), 'front')
            writer.write(LABELS, IMAGE, stamp(index), labels)
    (video,) = open_data(f'bag:{bag}?image={TOPIC}&labels={LABELS}', 'val').videos
    own = [index % 19 for index in range(count)]
    assert [video.frame(index).labels[0, 0] for index in range(count)] == own
    options = SourceOptions(bag=BagOptions(topics=(TOPIC,)), labels=LABELS)
    # From the beginning, and where a run goes on.
    for skip in (0, 1, count - 2):
        items = open_source(str(bag), options).items(skip)
        found = [one.labels for one in items if isinstance(one, Picture)]
        assert [None if one is None else one[0, 0] for one in found] == own[skip:]


def test_an_image_that_is_repeated_has_the_only_labels_of_its_stamp(tmp_path):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(6):
            old = stamp(index // 2 * 2)
            image = compressed_message(png(np.zeros((*SIZE, 3))), 'png', old, 'front')
            writer.write(TOPIC, COMPRESSED, stamp(index), image)
            if not index % 2:
                labels = mono8_message(np.full(SIZE, index, np.uint8), old, 'front')
                writer.write(LABELS, IMAGE, stamp(index) + 1, labels)
    (video,) = open_data(f'bag:{bag}?image={TOPIC}&labels={LABELS}', 'val').videos
    assert [video.frame(index).labels[0, 0] for index in range(6)] == [0, 0, 2, 2, 4, 4]
    options = SourceOptions(bag=BagOptions(topics=(TOPIC,)), labels=LABELS)
    found = [one.labels for one in open_source(str(bag), options).items()]
    assert [labels[0, 0] for labels in found] == [0, 0, 2, 2, 4, 4]
