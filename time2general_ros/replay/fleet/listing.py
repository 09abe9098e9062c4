"""The recordings that a fleet is given: by name, in a list, or by a pattern."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from time2general_ros.bags.storages.bag_metadata import NAME as BAG_METADATA
from time2general_ros.bags.storages.bag_metadata import BagMetadataError, read_metadata
from time2general_ros.bags.storages.open_file import SUFFIXES as BAG_SUFFIXES
from time2general_ros.bags.storages.open_file import ZSTD_SUFFIX
from time2general_ros.data.specs import DATA_SETS
from time2general_ros.replay.fleet.job import FleetError
from time2general_ros.replay.fleet.tags import split_tags
from time2general_ros.replay.sources.file_names import shown
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

LIST = '.txt'
_WILD = '*?['


@dataclass(frozen=True)
class Listed:
    """
    One recording.

    :param size_bytes: Of its files; 0 for what is no file.
    :param mtime_ns: When the last of them was changed; 0 for what is no file.
    :param tags: What the user calls it and those like it.
    :param listing: Checksum over names, sizes and times of its files.
    """

    source: str
    size_bytes: int = 0
    mtime_ns: int = 0
    tags: tuple[str, ...] = ()
    listing: str = ''

    @property
    def shown(self) -> str:
        """Its name as it can be written."""
        return shown(self.source)


def listed(words: Sequence[str]) -> list[Listed]:
    """
    Find the recordings that some words name, each once.

    Parts of a split bag are one recording: alone each would begin without memory. Two spellings of
    one path are one recording too. One that is named twice has the tags of both.

    :param words: Recordings; patterns such as ``bags/*.mcap``; or lists ``*.txt`` with one of
        these on each line, ``#`` before remarks. Each may have :mod:`.tags` behind it.
    :raises FleetError: if a list cannot be read, a pattern fits nothing, or there is none at all.
    :raises ReplayError: if a tag is none.
    """
    given = [one for word in words for one in _expanded(word, (), depth=0)]
    if not given:
        raise FleetError('no recording is named; give recordings, a pattern or a list *.txt')
    sources = _once(source for source, _ in given)
    joined = _joined(sources)
    places = dict(zip(map(place_of, sources), map(place_of, joined), strict=True))
    tags: dict[str, set[str]] = {place: set() for place in places.values()}
    for source, own in given:
        tags[places[place_of(source)]] |= {*own}
    return [
        replace(_measured(source), tags=tuple(sorted(tags[place_of(source)])))
        for source in _once(joined)
    ]


def place_of(source: str) -> str:
    """Tell where a recording lies, however it is spelled; a data set is what it is called."""
    path = user_path(source)
    is_data = source.partition(':')[0] in DATA_SETS and not path.exists()
    return source if is_data else os.path.realpath(path)


def _expanded(
    text: str, around: tuple[str, ...], depth: int
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """
    Yield recordings with their tags.

    :param around: Tags of the list in which a text stands.
    """
    word, own = split_tags(text)
    tags = (*around, *own)
    path = user_path(word)
    if path.suffix == LIST:
        if depth:
            raise FleetError(f'the list {word} is named in a list; name recordings there')
        for line in _lines(path):
            yield from _expanded(line, tags, depth + 1)
    elif any(sign in word for sign in _WILD) and not path.exists():
        root = Path(path.anchor or '.')
        names = sorted(map(str, root.glob(str(path.relative_to(path.anchor)))))
        if not names:
            raise FleetError(f'no file fits the pattern {word}; mend it')
        yield from ((name, tags) for name in names)
    else:
        yield word, tags


def _joined(sources: Sequence[str]) -> list[str]:
    """Tell what stands for each: the folder of a bag for several parts, or for one beside it."""
    spelled = {place_of(source): source for source in sources}
    declared = {folder: _declared(folder) for folder in {user_path(s).parent for s in sources}}
    folders = [_folder_of(source, spelled, declared) for source in sources]
    counts = Counter([*spelled, *(place_of(folder) for folder in folders if folder)])
    return [
        spelled.get(place_of(folder), folder)
        if folder and counts[place_of(folder)] > 1
        else source
        for source, folder in zip(sources, folders, strict=True)
    ]


def _once(sources: Iterable[str]) -> list[str]:
    """Keep the first spelling of each."""
    found: dict[str, str] = {}
    for source in sources:
        found.setdefault(place_of(source), source)
    return [*found.values()]


def _folder_of(
    source: str, named: Container[str], declared: Mapping[Path, frozenset[str]]
) -> str | None:
    """
    Tell the rosbag2 folder that a file is a part of; one that is named needs no metadata.

    :param declared: By folder, the parts that its metadata lists; where it lists none, all files
        of bags are parts, as they are for who reads the folder.
    """
    path = user_path(source)
    folder, name = path.parent, path.name.removesuffix(ZSTD_SUFFIX)
    is_bag = (folder / BAG_METADATA).is_file() or place_of(str(folder)) in named
    parts = declared[folder]
    is_part = name in parts if parts else Path(name).suffix in BAG_SUFFIXES
    return str(folder) if path.is_file() and is_bag and is_part else None


def _declared(folder: Path) -> frozenset[str]:
    """List the parts that the metadata of a folder names, as they are called unpacked."""
    try:
        found = read_metadata(folder)
    except (BagMetadataError, OSError):
        # Whoever opens the folder will say more.
        return frozenset()
    return frozenset(name.removesuffix(ZSTD_SUFFIX) for name in (found.files if found else ()))


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text('utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FleetError(f'the list {path} cannot be read: {error}') from error
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith('#')]


def _measured(source: str) -> Listed:
    path = user_path(source)
    try:
        files = [path] if path.is_file() else sorted(p for p in path.rglob('*') if p.is_file())
        facts = [(str(file.relative_to(path)), file.stat()) for file in files]
    except OSError:
        # Whoever opens it will say more.
        facts = []
    size = sum(fact.st_size for _, fact in facts)
    newest_ns = max((fact.st_mtime_ns for _, fact in facts), default=0)
    lines = (f'{name}\0{fact.st_size}\0{fact.st_mtime_ns}\0' for name, fact in facts)
    listing = hashlib.sha256(''.join(lines).encode('utf-8', 'surrogateescape')).hexdigest()
    return Listed(source, size, newest_ns, listing=listing)
