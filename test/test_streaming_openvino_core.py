"""OpenVINO within a process that gets signals."""

from __future__ import annotations

from pathlib import Path
import subprocess
import sys

import pytest
from shipped_model import shipped_folder

openvino = pytest.importorskip('openvino', reason='openvino is not installed')

PROJECT = Path(__file__).resolve().parents[1]
# An engine that is made in the thread that gets signals and freed in another one.
FREED_ELSEWHERE = """
import gc, os, signal, sys, threading
from pathlib import Path
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.model_folder import load_model_folder

engines = [create_engine('openvino', load_model_folder(Path(sys.argv[1])), threads=1)]

def free():
    engines.pop().close()
    gc.collect()

thread = threading.Thread(target=free)
thread.start()
thread.join()
signal.signal(signal.SIGTERM, lambda number, frame: print('signal', number))
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_signals_arrive_after_an_engine_was_freed_in_another_thread() -> None:
    run = subprocess.run(
        [sys.executable, '-c', FREED_ELSEWHERE, str(shipped_folder().path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, 'signal 15\n'), run.stderr
