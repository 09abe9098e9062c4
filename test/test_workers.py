from __future__ import annotations

import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest

PATIENCE_S = 60
PROGRAM = """
import time
from time2general_ros.workers import worker_pool
if __name__ == '__main__':
    try:
        with worker_pool(2) as pool:
            for future in [pool.submit(time.sleep, 0.2) for _ in range(2)]:
                future.result()
            time.sleep(60)
    except KeyboardInterrupt:
        print('interrupted')
"""


def workers_of(parent: int) -> list[Path]:
    """Return the worker processes that one has begun to start."""
    children = Path(f'/proc/{parent}/task/{parent}/children').read_text().split()
    lines = [Path(f'/proc/{child}/cmdline') for child in children]
    return [line for line in lines if line.exists() and b'spawn_main' in line.read_bytes()]


@pytest.mark.parametrize('delay_s', [0.0, 0.03, 0.06])
def test_workers_that_are_just_starting_leave_a_signal_to_their_parent(tmp_path: Path, delay_s):
    program = tmp_path / 'program.py'
    program.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What a shell starts in the background ignores it, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    end = time.monotonic() + PATIENCE_S
    while not workers_of(process.pid):
        assert time.monotonic() < end, 'no worker was started'
        time.sleep(0.005)
    time.sleep(delay_s)
    # Terminals send it to all processes at once.
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert (output, errors) == ('interrupted\n', '')
