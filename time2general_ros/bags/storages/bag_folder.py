"""rosbag2 directories, with or without their ``metadata.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
import re

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import Channel
from time2general_ros.bags.storages.bag_metadata import (
    NAME,
    BagMetadata,
    BagMetadataError,
    read_metadata,
)
from time2general_ros.bags.storages.open_file import SUFFIXES, WHAT_TO_NAME, ZSTD_SUFFIX, open_file
from time2general_ros.bags.storages.storage import RawMessage, Storage, TopicInfo, merge_topics


class BagFolder:
    """
    The files of a rosbag2 directory one after the other.

    What its ``metadata.yaml`` declares and the files do not hold is told in :attr:`damage`.

    :raises BagError: if there is no file that opens.
    :raises OSError: if one cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._flaws: list[str] = []
        self._parts: list[Storage] = []
        declared = self._read_metadata()
        with ExitStack() as opened:
            for file in self._find_files(declared):
                try:
                    part = open_file(file)
                except BagError as error:
                    self._flaws.append(str(error))
                    continue
                self._parts.append(part)
                opened.callback(part.close)
            if not self._parts:
                raise BagError('; '.join(self._flaws))
            self._opened = opened.pop_all()
        self._compare(declared)

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics by name."""
        return merge_topics(item for part in self._parts for item in part.topics.items())

    @property
    def definitions(self) -> dict[str, Channel]:
        """What the files say of the topics, the first that does."""
        return dict(item for part in reversed(self._parts) for item in part.definitions.items())

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """The first and the last log time of all files."""
        spans = [part.span_ns for part in self._parts]
        known = [span for span in spans if span is not None]
        if len(known) < len(spans):
            return None
        return min(first for first, _ in known), max(last for _, last in known)

    @property
    def damage(self) -> str | None:
        """What is wrong with the bag; complete once the messages have been iterated over."""
        parts = (part.damage for part in self._parts)
        return '; '.join([*self._flaws, *filter(None, parts)]) or None

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the readable messages of some topics, file by file."""
        for part in self._parts:
            yield from part.messages(topics)

    def close(self) -> None:
        """Release the files."""
        self._opened.close()

    def _read_metadata(self) -> BagMetadata | None:
        try:
            declared = read_metadata(self._path)
        except BagMetadataError as error:
            self._flaws.append(f'{self._path / NAME} is damaged ({error})')
            return None
        if declared and declared.compression not in ('', 'zstd'):
            raise BagError(
                f'{self._path} is compressed with {declared.compression}, which is not read; '
                'record with --compression-format zstd, or convert it with: ros2 bag convert'
            )
        return declared

    def _find_files(self, declared: BagMetadata | None) -> list[Path]:
        found = self._present_files()
        if not found and not (declared and declared.files):
            raise BagError(f'{self._path} is no rosbag2 directory: it holds no file of a bag')
        if not (declared and declared.files):
            return list(found.values())
        named = {_unpacked(name): name for name in declared.files}
        for key, name in named.items():
            if key not in found and (self._path / name).exists():
                found[key] = self._path / name
        missing = [name for key, name in named.items() if key not in found]
        if missing:
            self._flaws.append(f'{self._path} lacks {", ".join(missing)}, which its {NAME} names')
        series = {_series(key) for key in named}
        for key, file in found.items():
            if key not in named and _series(key) in series:
                self._flaws.append(
                    f'{file} is not named by the {NAME} beside it and was left out; mend it with: '
                    f'ros2 bag reindex {self._path}'
                )
        chosen = [found[key] for key in named if key in found]
        if not chosen and not found:
            raise BagError('; '.join([*self._flaws, WHAT_TO_NAME]))
        return chosen or list(found.values())

    def _present_files(self) -> dict[str, Path]:
        """Find the files by their names unpacked; one that lies there unpacked too is taken so."""
        files: dict[str, Path] = {}
        for file in sorted(self._path.iterdir(), key=_natural):
            key = _unpacked(file.name)
            if (
                Path(key).suffix in SUFFIXES
                and file.is_file()
                and not (key in files and file.suffix == ZSTD_SUFFIX)
            ):
                files[key] = file
        return files

    def _compare(self, declared: BagMetadata | None) -> None:
        topics = self.topics
        for name, count in declared.counts.items() if declared else ():
            held = topics[name].count if name in topics else 0
            if held < count:
                self._flaws.append(
                    f'{self._path / NAME} declares {count} messages of {name}, the files hold '
                    f'{held}'
                )


def _unpacked(name: str) -> str:
    return name.removesuffix(ZSTD_SUFFIX)


def _series(key: str) -> tuple[str, str]:
    """Tell which files are parts of one recording: ``bag_0.db3`` and ``bag_1.db3``."""
    path = Path(key)
    return re.sub(r'\d+$', '', path.stem), path.suffix


def _natural(path: Path) -> list[tuple[int, str]]:
    """Order ``bag_2`` before ``bag_10``."""
    return [(int(part or 0), text) for text, part in re.findall(r'(\D*)(\d*)', path.name)]
