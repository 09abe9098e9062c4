"""Pictures out of recordings, for a label tool."""

from __future__ import annotations

from collections import Counter
import re
from typing import TYPE_CHECKING

from time2general_ros.bags.topic_names import camera_parts
from time2general_ros.data.own.copied_names import UNSAFE
from time2general_ros.data.own.copy import write_png
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.sources.source import Picture
from time2general_ros.unique import unique

# Before the number that tells namesakes apart.
_ENDINGS = r'\.\w{2,4}(?=_\d+$|$)'

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from time2general_ros.replay.sources.source import Source


def write_pictures(
    sources: Sequence[Source],
    root: Path,
    on_image: Callable[[int, int], None] = lambda done, total: None,
) -> Counter[str]:
    """
    Write images as ``images/DRIVE/NANOSECONDS.png``, as a folder of one's own has them.

    A drive is a source, or one camera of it where it has several.

    :param root: The part of a folder, such as ``field/train``.
    :param on_image: Called after each image with the number done and the number in all.
    :returns: Pictures by drive; refused images by ``refused: CAUSE``. Of images with one stamp the
        first is written.
    :raises ReplayError: if a drive is there already.
    """
    cameras = [(source, topic) for source in sources for topic in source.topics]
    # Files that differ by their ending alone are drives of their own.
    names = unique([_drive(source, topic) for source, topic in cameras])
    keys = ((source.name, topic) for source, topic in cameras)
    drives = dict(zip(keys, names, strict=True))
    for drive in drives.values():
        if (root / 'images' / drive).exists():
            raise ReplayError(
                f'{root / "images" / drive} is there already; remove it, or name another folder'
            )
    counts: Counter[str] = Counter()
    total = sum(source.total for source in sources)
    for source in sources:
        for item in source.items():
            if not isinstance(item, Picture):
                continue
            counts[_write(item, root / 'images', drives[source.name, item.topic])] += 1
            on_image(counts.total(), total)
    return counts


def _write(item: Picture, images: Path, drive: str) -> str:
    if item.frame is None:
        return f'refused: {item.refused[0] if item.refused else "unknown"}'
    path = images / drive / f'{item.frame.stamp_ns:019d}.png'
    if path.exists():
        return 'refused: stamp of another image'
    write_png(path, item.frame.image)
    return drive


def _drive(source: Source, topic: str) -> str:
    name = re.sub(_ENDINGS, '', source.name)
    camera = camera_parts(topic) if len(source.topics) > 1 else []
    return UNSAFE.sub('_', '_'.join([name, *camera]))
