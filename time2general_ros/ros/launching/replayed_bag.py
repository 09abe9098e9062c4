"""Which images of a bag the replay is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from time2general_ros.bags.reader import BagReader
from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.launching.vehicle import NODE_NAME
from time2general_ros.ros.parameters.names import absolute
from time2general_ros.ros.parameters.yaml_file import YamlFileError, read_yaml

_TRANSPORTS = {'sensor_msgs/msg/Image': 'raw', 'sensor_msgs/msg/CompressedImage': 'compressed'}
_SUFFIX = '/compressed'


class ReplayError(Time2GeneralError):
    """A bag cannot be replayed to the node."""


@dataclass(frozen=True)
class ReplayedImages:
    """
    The images of one camera.

    :param topic: What ``image_raw`` becomes.
    :param transport: ``raw`` or ``compressed``.
    """

    topic: str
    transport: str

    @property
    def published(self) -> str:
        """The topic that the player publishes on."""
        return self.topic + (_SUFFIX if self.transport == 'compressed' else '')


def read_topics(bag: Path) -> dict[str, str]:
    """
    Give the types of the topics of a bag that have messages.

    :param bag: A folder with ``metadata.yaml``, or a file.
    :raises Time2GeneralError: if it cannot be read.
    """
    if not bag.is_dir():
        with BagReader(bag) as reader:
            return {name: info.msgtype for name, info in reader.topics.items() if info.count}
    path = bag / 'metadata.yaml'
    try:
        content: Any = read_yaml(path)
        listed = content['rosbag2_bagfile_information']['topics_with_message_count']
        return {
            entry['topic_metadata']['name']: entry['topic_metadata']['type']
            for entry in listed
            if entry['message_count']
        }
    except (OSError, YamlFileError, LookupError, TypeError) as error:
        raise ReplayError(
            f'{str(path)!r} cannot be read as the metadata of a bag ({error!r}): '
            'restore it with ros2 bag reindex'
        ) from error


def replayed_images(
    topics: Mapping[str, str], wanted: str | None, transport: str | None
) -> ReplayedImages:
    """
    Find the images that the node is to take.

    :param topics: Types by the names under which the topics are played.
    :param wanted: Absolute name of the raw topic; None for the only camera of the bag.
    :param transport: ``raw`` or ``compressed``; None for what there is, the former before the
        latter.
    :raises ReplayError: if there are no such images, or those of several cameras; it lists them.
    """
    kinds = {name: _TRANSPORTS[kind] for name, kind in topics.items() if kind in _TRANSPORTS}
    found = [
        ReplayedImages(name.removesuffix(_SUFFIX) if kind == 'compressed' else name, kind)
        for name, kind in kinds.items()
        if kind == 'raw' or name.endswith(_SUFFIX)
    ]
    fitting = [images for images in found if transport in (None, images.transport)]
    if wanted is not None:
        fitting = [images for images in fitting if wanted in (images.topic, images.published)]
    if len({images.topic for images in fitting}) == 1:
        return min(fitting, key=lambda images: images.transport != 'raw')
    what = f'{transport} images' if transport else 'images'
    listed = ', '.join(f'{name} ({kind})' for name, kind in sorted(kinds.items())) or 'none'
    if wanted is not None:
        raise ReplayError(
            f'image_topic is {wanted!r}, where the bag has no {what}; set image_topic and '
            f'image_transport to one of: {listed}{_advice(kinds)}'
        )
    problem = f'{what} of several cameras' if fitting else f'no {what} that the node can take'
    raise ReplayError(
        f'the bag has {problem}; set image_topic to one of: {listed}{_advice(kinds)}'
    )


def _advice(kinds: Mapping[str, str]) -> str:
    """Say how compressed images come to the name that the node expects."""
    odd = [
        name for name, kind in kinds.items() if kind == 'compressed' and not name.endswith(_SUFFIX)
    ]
    return f'; play compressed images with remap:={odd[0]}:={odd[0]}{_SUFFIX}' if odd else ''


def check_files(bag: str, record: str, qos_overrides_file: str | None) -> None:
    """
    Refuse files that are missing, or in the way.

    :raises ReplayError: at the first one.
    """
    path = Path(bag)
    if not path.exists():
        raise ReplayError(f'bag {bag!r} does not exist: set bag to a rosbag2 bag')
    if path.is_dir() and not (path / 'metadata.yaml').is_file():
        raise ReplayError(
            f'bag {bag!r} has no metadata.yaml: set bag to the folder that ros2 bag record '
            'wrote, or restore the file with ros2 bag reindex'
        )
    if record and Path(record).exists():
        raise ReplayError(f'record {record!r} exists: remove it, or set another name')
    if qos_overrides_file and not Path(qos_overrides_file).is_file():
        raise ReplayError(
            f'qos_overrides_file {qos_overrides_file!r} does not exist: correct its path'
        )


def images_to_replay(given: Mapping[str, Any]) -> ReplayedImages:
    """
    Find the images that the arguments of the replay are about.

    :param given: The values of the arguments.
    :raises Time2GeneralError: if the bag cannot be read, or has no such images.
    """
    rules = _rules(given)
    topics = {
        rules.get(name, name): kind for name, kind in read_topics(Path(given['bag'])).items()
    }
    wanted = given['image_topic']
    return replayed_images(
        topics,
        wanted and absolute(wanted, given['namespace'], NODE_NAME),
        given['image_transport'],
    )


def name_in_bag(given: Mapping[str, Any], published: str) -> str:
    """Give the name that a topic has in the bag, by that under which it is played."""
    return {new: old for old, new in _rules(given).items()}.get(published, published)


def _rules(given: Mapping[str, Any]) -> dict[str, str]:
    renamed = {**given['remap'], **_renames_in(given['play_arguments'])}
    return {
        absolute(old, '', NODE_NAME): absolute(new, '', NODE_NAME) for old, new in renamed.items()
    }


def _renames_in(arguments: list[str]) -> dict[str, str]:
    """Read the renames among arguments of ``ros2 bag play``, which follow ``--remap``."""
    renames: dict[str, str] = {}
    is_rename = False
    for argument in arguments:
        is_rename = argument in ('-m', '--remap') or (is_rename and not argument.startswith('-'))
        old, found, new = argument.partition(':=')
        if is_rename and found:
            renames[old] = new
    return renames
