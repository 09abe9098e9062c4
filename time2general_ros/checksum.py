"""Checksums of files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def files_of(path: Path) -> list[Path]:
    """Return the files of a folder in order of their names, or the file itself."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file for file in files if file.is_file()]


def sha256(*paths: Path, with_names: bool = False) -> str:
    """
    Return the SHA-256 of files, one after the other, in hexadecimal.

    :param with_names: Whether their names and sizes count too.
    :raises OSError: if one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        if with_names:
            digest.update(
                f'{path.name}\0{path.stat().st_size}\0'.encode('utf-8', 'surrogateescape')
            )
        with path.open('rb') as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
