"""The ``metadata.yaml`` of a rosbag2 directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml  # type: ignore[import-untyped]

NAME = 'metadata.yaml'


class BagMetadataError(Exception):
    """The file says nothing that can be used; the message says why."""


@dataclass(frozen=True)
class BagMetadata:
    """
    What a directory declares.

    :param files: Names of its files, in order.
    :param counts: Number of messages by topic.
    :param compression: ``zstd`` or another format, empty for none.
    """

    files: tuple[str, ...]
    counts: dict[str, int]
    compression: str


def read_metadata(folder: Path) -> BagMetadata | None:
    """
    Read the metadata of a directory.

    :returns: None if there is none.
    :raises BagMetadataError: if it is damaged.
    :raises OSError: if it cannot be read.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
        bag = content['rosbag2_bagfile_information']
        topics = bag['topics_with_message_count']
        return BagMetadata(
            # Early versions wrote the directory before the name.
            files=tuple(Path(file).name for file in bag['relative_file_paths']),
            counts={
                str(topic['topic_metadata']['name']): int(topic['message_count'])
                for topic in topics
            },
            compression=str(bag.get('compression_format') or '').lower(),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BagMetadataError(f'{type(error).__name__}: {error}') from error
    except yaml.YAMLError as error:
        raise BagMetadataError(' '.join(str(error).split())) from error
