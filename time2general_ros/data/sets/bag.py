"""A bag as data: images of one topic, and label images of another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from time2general_ros.bags.deserialize import is_image
from time2general_ros.bags.label_info import MSGTYPE
from time2general_ros.bags.reader import BagReader
from time2general_ros.checksum import files_of
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.raw_labels import IdReader
from time2general_ros.data.recorded.label_keys import Key
from time2general_ros.data.recorded.spool import Spool
from time2general_ros.data.recorded.video import (
    BagVideo,
    BagVideos,
    record_images,
    record_labels,
)
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.description import read_label_set
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import UNLABELLED, LabelSet
from time2general_ros.messages.label_info import TOPIC
from time2general_ros.user_path import user_path

KEYS = ('image', 'labels', 'labels_bag', 'classes')


@dataclass(frozen=True)
class Wanted:
    """
    What a specification asks for.

    :param image: The topic of images; None for the only one.
    :param labels: That of label images; None if there are none.
    :param labels_bag: The bag that holds the labels, if it is another.
    :param classes: A label set by name or file, if the bag does not tell.
    """

    bag: Path
    image: str | None = None
    labels: str | None = None
    labels_bag: Path | None = None
    classes: str | None = None


def parse(where: str) -> Wanted:
    """
    Read ``PATH?image=TOPIC&labels=TOPIC``.

    :raises DataError: if a key is not known, stands twice or has no value.
    """
    path, _, query = where.rpartition('?') if '?' in where else (where, '', '')
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    wrong = [key for key, value in pairs if key not in KEYS or not value]
    if wrong or len(given) < len(pairs) or not path:
        what = f'{wrong[0]!r} is no key with a value' if wrong else 'a key stands twice'
        raise DataError(
            f'bag:{where} is not of the form bag:PATH[?image=TOPIC&labels=TOPIC]: {what}; keys '
            f'are {", ".join(KEYS)}'
        )
    other = given.get('labels_bag')
    return Wanted(
        user_path(path),
        given.get('image'),
        given.get('labels'),
        None if other is None else user_path(other),
        given.get('classes'),
    )


def open_bag(where: str, split: str) -> BagVideos:
    """
    Open the images of a bag, with the labels that have their stamps.

    Classes are those of ``classes``, else those that a ``label_info`` beside the labels names,
    else the 19 of Cityscapes. A bag has no parts.

    :raises DataError: if the specification is wrong, or no label belongs to an image.
    :raises BagError: if a bag or a topic cannot be read.
    """
    del split
    wanted = parse(where)
    notes: Counter[str] = Counter()
    spool = Spool()
    labels: dict[Key, int] = {}
    label_set = load_label_set(wanted.classes) if wanted.classes else street_labels()
    if wanted.labels:
        with BagReader(wanted.labels_bag or wanted.bag) as reader:
            topic = reader.image_topic(wanted.labels)
            label_set = label_set if wanted.classes else _named(reader, topic)
            labels = record_labels(reader.raw_messages(topic), spool, notes)
            _note_damage(reader, notes)
    with BagReader(wanted.bag) as reader:
        topic = _image_topic(reader, wanted)
        runs = record_images(reader.raw_messages(topic), labels, spool, notes)
        _note_damage(reader, notes)
    name = wanted.bag.name.partition('.')[0]
    ids = {name: [i] for i, name in enumerate(label_set.classes)}
    known = f'0 to {len(label_set) - 1} and {UNLABELLED} for void'
    reader_of_ids = IdReader(label_set, ids, [UNLABELLED], known=known)
    bags = [bag for bag in (wanted.bag, wanted.labels_bag) if bag is not None]
    files = [file for bag in bags for file in files_of(bag)]
    videos = [BagVideo(name, name, run, spool, reader_of_ids, files) for run in runs if run]
    used = sum(len(video.labelled) for video in videos)
    if not videos:
        raise DataError(f'{wanted.bag} has no image of {topic} that can be used')
    if wanted.labels and not used:
        raise DataError(
            f'none of the {len(labels)} messages of {wanted.labels} has the stamp of one of '
            f'{topic}, or its log time where stamps are zero or repeated; name the topic, or the '
            'labels_bag, that was made for these images'
        )
    notes['label images without an image of their stamp'] += len(labels) - used
    return BagVideos(label_set, videos, +notes)


def _image_topic(reader: BagReader, wanted: Wanted) -> str:
    if wanted.image is None and wanted.labels is not None and wanted.labels_bag is None:
        others = [n for n, i in reader.topics.items() if is_image(i) and n != wanted.labels]
        if len(others) == 1:
            return others[0]
    return reader.image_topic(wanted.image)


def _named(reader: BagReader, labels_topic: str) -> LabelSet:
    """Read the classes that are named beside the labels; the 19 of Cityscapes if none are."""
    beside = f'{labels_topic.rpartition("/")[0]}/{TOPIC}'
    info = reader.topics.get(beside)
    if info is None or info.msgtype != MSGTYPE:
        return street_labels()
    message = next(reader.messages(beside), None)
    if message is None:
        raise DataError(
            f'{reader.path}: the message of {beside} cannot be read; give classes=FILE'
        )
    names = {int(one.class_id): str(one.class_name) for one in message.message.class_map}
    if sorted(names) != list(range(len(names))):
        raise DataError(
            f'{reader.path}: {beside} names the ids {sorted(names)}, not all from 0 on; give '
            'classes=FILE'
        )
    classes = [names[i] for i in range(len(names))]
    if classes == list(street_labels().classes):
        return street_labels()
    return read_label_set(classes, f'{reader.path}: {beside}', reader.path.name.partition('.')[0])


def _note_damage(reader: BagReader, notes: Counter[str]) -> None:
    if reader.damage:
        notes[f'damage: {reader.damage}'] += 1
