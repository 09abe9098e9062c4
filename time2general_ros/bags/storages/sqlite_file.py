"""Opening sqlite3 files without changing them, those that are cut off included."""

from __future__ import annotations

from pathlib import Path

import apsw

MAGIC = b'SQLite format 3\0'
_HEAD_BYTES = 100


class SqliteFile:
    """
    The connection to a file.

    :attr:`is_cut_off` tells whether the file is shorter than its header says, and
    :attr:`schema_error` what is wrong with its list of tables, None if nothing is.

    :raises apsw.Error: if sqlite does not open it.
    """

    def __init__(self, path: Path) -> None:
        with path.open('rb') as file:
            head = file.read(_HEAD_BYTES)
        size = path.stat().st_size
        page_bytes = _page_bytes(head)
        pages = int.from_bytes(head[28:32], 'big')
        self.is_cut_off = len(head) < _HEAD_BYTES or size < pages * page_bytes
        self._vfs = _WholePages(page_bytes) if self.is_cut_off else None
        # What a killed recorder had not yet merged; sqlite leaves it out of an immutable file.
        log = path.with_name(f'{path.name}-wal')
        mode = 'mode=ro' if log.exists() and log.stat().st_size else 'immutable=1'
        self._connection = apsw.Connection(
            f'{path.absolute().as_uri()}?{mode}',
            flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
            vfs=self._vfs.name if self._vfs else None,
        )
        self.execute = self._connection.execute
        self.close = self._connection.close
        self.schema_error = self._schema_error()
        if self.is_cut_off or self.schema_error:
            # Without it, sqlite refuses every query to a file that is too short for its header or
            # has one damaged table.
            self.execute('PRAGMA writable_schema=ON')

    def _schema_error(self) -> str | None:
        try:
            self.execute('SELECT count(*) FROM sqlite_master').fetchall()
        except apsw.Error as error:
            return str(error)
        return None


def _page_bytes(head: bytes) -> int:
    size = int.from_bytes(head[16:18], 'big')
    return 65536 if size == 1 else size


class _WholePages(apsw.VFS):
    """A file system that hides a last page that is cut off: sqlite would fill it with zeros."""

    def __init__(self, page_bytes: int) -> None:
        self.name = f'whole_pages_{id(self)}'
        super().__init__(self.name, '')
        self._page_bytes = max(page_bytes, 1)

    def xOpen(  # noqa: N802
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return _WholePagesFile(name, flags, self._page_bytes)


class _WholePagesFile(apsw.VFSFile):
    def __init__(
        self, name: str | apsw.URIFilename | None, flags: list[int], page_bytes: int
    ) -> None:
        super().__init__('', name, flags)
        self._page_bytes = page_bytes

    def xFileSize(self) -> int:  # noqa: N802
        size = super().xFileSize()
        return size - size % self._page_bytes
