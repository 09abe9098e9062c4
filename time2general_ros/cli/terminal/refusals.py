"""What the system refuses, in a line with what may help."""

from __future__ import annotations

import errno

_IN_THE_WAY = 'a file is where a folder has to be, or the other way round: name another path'
_CLOSED = 'name a path that may be written, or change its permissions'
_REMEDIES = {
    errno.ENOSPC: 'make room where the output goes, and give the same command again',
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EISDIR: _IN_THE_WAY,
    errno.ENOENT: 'it is not there, or nothing can be made there: check the path',
    errno.EACCES: _CLOSED,
    errno.EPERM: _CLOSED,
    errno.EROFS: _CLOSED,
}


def refusal(error: OSError) -> str:
    """Say which file is concerned, what the system says, and what may help."""
    if error.errno is None:
        return str(error)
    # Of a file that was to be moved, where to counts: the other is a temporary one.
    name = error.filename2 or error.filename
    place = f'{name}: ' if name else ''
    remedy = _REMEDIES.get(error.errno, 'the system says no more')
    return f'{place}{error.strerror or error}; {remedy}'
