"""What memory a process holds, and the most that this one ever held."""

from __future__ import annotations

from pathlib import Path
import resource


def peak_rss_mb() -> float:
    """
    Return the peak of the resident memory of this process, in MB (10^6 bytes).

    Linux tells that of the program that runs; elsewhere that of the process it was started from
    may be in it.
    """
    try:
        lines = Path('/proc/self/status').read_text(encoding='utf-8').splitlines()
        kib = next(line.split()[1] for line in lines if line.startswith('VmHWM:'))
    except (OSError, StopIteration):
        kib = str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return int(kib) * 1024 / 1e6


def rss_mb(process: int | str = 'self') -> float:
    """
    Return the resident memory of a process, in MB (10^6 bytes); Linux only.

    :param process: Its number; by default this one.
    """
    pages = int(Path(f'/proc/{process}/statm').read_text(encoding='utf-8').split()[1])
    return pages * resource.getpagesize() / 1e6
