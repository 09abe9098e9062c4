"""A folder of one's own: pictures and labels, described by a small file beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.data.file_video import FileVideos
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.description import read_description
from time2general_ros.data.own.label_files import LabelFiles
from time2general_ros.data.own.names import Picture, list_pictures, pair
from time2general_ros.data.own.splits import Split, find_place, split_names
from time2general_ros.data.own.videos import videos_of

if TYPE_CHECKING:
    from pathlib import Path


def open_folder(root: Path, split: str, *, entire: bool = False) -> FileVideos:
    """
    Open the pictures of one part; those without labels are unlabelled.

    :param root: Folder with ``dataset.json``, ``classes.txt`` or ``data.yaml``; or a file
        ``*.yaml``.
    :param entire: Of a part that is a choice of drives of the folder of its own name, all drives.
    :raises DataError: if the description, a folder, a picture or labels are missing or wrong.
    """
    description = read_description(root)
    folder = root if root.is_dir() else root.parent
    said = description.splits.get(split, Split())
    origin = description.splits.get(said.of, Split()) if said.of not in (None, split) else said
    place = find_place(folder, said.of or split, origin)
    pictures = list_pictures(place.images, place.labels)
    reader = LabelFiles(description)
    if place.labels.is_dir():
        found = pair(pictures, place.images, place.labels)
    else:
        labelled = reader.add_file(place.labels, pictures, place.images)
        # The reader knows the outlines by their picture, as one file is of all.
        found = [
            Picture(name, image, image if image in labelled else None)
            for name, image in pictures.items()
        ]
    videos = videos_of(found, description.rate_hz, reader)
    if said.drives is not None and not (entire and said.of == split):
        known = {video.drive for video in videos}
        if unknown := [drive for drive in said.drives if drive not in known]:
            raise DataError(
                f'{root} has no drive {unknown[0]!r}, which dataset.json puts into {split!r}; '
                f'there are: {", ".join(sorted(known))}'
            )
        videos = [video for video in videos if video.drive in said.drives]
    outlines = () if place.labels.is_dir() else (place.labels,)
    beside = (*description.files, *outlines)
    return FileVideos(description.labels, videos, reader.notes, beside)


def folder_splits(root: Path) -> list[str]:
    """
    Name the parts of a folder.

    :raises DataError: if its description is missing or wrong.
    """
    description = read_description(root)
    return split_names(root if root.is_dir() else root.parent, description.splits)
