"""Labels on a topic: those of far frames, and of frames that are done, take no memory."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np
from replay_samples import IMAGE, LABELS, SIZE, stamp, truth

from time2general_ros.bags.image_messages import mono8_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.replay.sources import topic_truth
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
    # Ten seconds before the image that a run goes on with, and itself.
    np.testing.assert_array_equal(source.at(asked(300)), truth(300))
    assert len(held) == 101
    for index in (300, *range(301, 400)):
        np.testing.assert_array_equal(source.at(asked(index)), truth(index))
    # One within ten seconds that no image asked for, and the last, whose stamp may be repeated.
    assert sum(one() is not None for one in held) == 2
    assert source.at(asked(500)) is None
    assert not any(one() is not None for one in held)
