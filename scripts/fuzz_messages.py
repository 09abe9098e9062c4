"""
Decode damaged image messages and say what became of them, as JSON.

The data of each message ends at a page that must not be read: to read on there ends the process.
What lies before the data differs between two decodings, which must agree.
"""

from __future__ import annotations

import argparse
from collections import Counter
import ctypes
import faulthandler
import json
import mmap
import resource
import signal
import time
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from message_mutations import CompressedMutant, Header, RawMutant, compressed_mutants, raw_mutants
import numpy as np

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.stamps import stamp_ns

REASONS = {
    *('encoding', 'zero_size', 'too_large', 'too_small', 'short_step', 'short_data'),
    *('stamp', 'decode'),
}
HANG_S = 60
ROOM = 1 << 18
VALID = RawMutant(2, 2, 'mono8', 0, 2, bytes([1, 2, 3, 4]))


class Fence:
    """Memory that ends at a page without access."""

    def __init__(self, size: int = ROOM) -> None:
        self._map = mmap.mmap(-1, size + mmap.PAGESIZE)
        self._memory = np.frombuffer(self._map, np.uint8)
        libc = ctypes.CDLL(None, use_errno=True)
        address = ctypes.c_void_p(self._memory.ctypes.data + size)
        if libc.mprotect(address, ctypes.c_size_t(mmap.PAGESIZE), 0):
            raise OSError(ctypes.get_errno(), 'mprotect failed')
        self._size = size

    def place(self, data: bytes, filling: int) -> memoryview:
        """Copy data to the end of the memory and overwrite what lies before it."""
        start = self._size - len(data)
        self._memory[:start] = filling
        self._memory[start : self._size] = np.frombuffer(data, np.uint8)
        return self._memory[start : self._size].data


def to_message(mutant: RawMutant | CompressedMutant, data: Any) -> SimpleNamespace:
    """Give the fields that messages of rclpy and rosbags share."""
    fields = {name: value for name, value in vars(mutant).items() if name != 'header'}
    return SimpleNamespace(**(fields | {'data': data, 'header': _header(mutant.header)}))


def outcome(message: Any) -> np.ndarray | str:
    """Do what the node does with a message; give the image, or the reason for there being none."""
    try:
        stamp_ns(message.header)
        image = decode(message)
    except BadImageError as error:
        if error.reason not in REASONS or not str(error):
            raise AssertionError(f'unknown reason {error.reason!r}') from error
        return error.reason
    return image.copy()


def main() -> None:
    """Run until a message does harm or the count is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=20000)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    # A hang ends the process, but first it is told where that was.
    faulthandler.register(signal.SIGALRM, chain=True)
    fence, outcomes, slowest_s = Fence(), Counter[str](), 0.0

    @seed(args.seed)
    @settings(
        max_examples=args.count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(raw_mutants() | compressed_mutants())
    def check(mutant: RawMutant | CompressedMutant) -> None:
        nonlocal slowest_s
        signal.alarm(HANG_S)
        began = time.perf_counter()
        first = outcome(to_message(mutant, fence.place(mutant.data, 0)))
        slowest_s = max(slowest_s, time.perf_counter() - began)
        again = outcome(to_message(mutant, fence.place(mutant.data, 255)))
        signal.alarm(0)
        _compare(mutant, first, again)
        grey = outcome(to_message(VALID, VALID.data))
        assert isinstance(grey, np.ndarray)
        assert grey[..., 2].tolist() == [[1, 2], [3, 4]]
        outcomes['decoded' if isinstance(first, np.ndarray) else first] += 1

    check()
    decoded = outcomes.pop('decoded', 0)
    result = {
        'messages': decoded + outcomes.total(),
        'decoded': decoded,
        'bad_message': dict(outcomes.most_common()),
        'slowest_ms': round(1000 * slowest_s, 1),
        'peak_memory_mb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result))


def _compare(mutant: Any, first: np.ndarray | str, again: np.ndarray | str) -> None:
    np.testing.assert_array_equal(first, again)
    if isinstance(first, np.ndarray):
        assert first.dtype == np.uint8
        assert first.ndim == 3
        assert first.shape[2] == 3
    if isinstance(first, np.ndarray) and isinstance(mutant, RawMutant):
        assert first.shape == (mutant.height, mutant.width, 3)


def _header(header: Header) -> SimpleNamespace:
    stamp = SimpleNamespace(sec=header.sec, nanosec=header.nanosec)
    return SimpleNamespace(stamp=stamp, frame_id=header.frame_id)


if __name__ == '__main__':
    main()
