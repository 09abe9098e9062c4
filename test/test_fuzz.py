from __future__ import annotations

import importlib.util
import json
from pathlib import Path
import subprocess
import sys

import pytest

PROJECT = Path(__file__).parents[1]
SCRIPTS = PROJECT / 'scripts'
REASONS = {'encoding', 'zero_size', 'too_large', 'too_small', 'short_step', 'short_data'}
# Of odd sizes, which are sent at the end.
ODD_IMAGES = 40

pytestmark = pytest.mark.skipif(not SCRIPTS.is_dir(), reason='the scripts are not installed')


def run(script: str, count: int) -> list[dict]:
    command = [sys.executable, str(SCRIPTS / script), '--count', str(count)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.skipif(sys.platform != 'linux', reason='the guarded page is that of Linux')
def test_damaged_messages_are_decoded_or_refused_with_a_reason() -> None:
    (result,) = run('fuzz_messages.py', 2000)
    assert result['messages'] == 2000
    assert result['decoded'] > 500
    assert result['bad_message'].keys() == REASONS | {'stamp', 'decode'}


@pytest.mark.skipif(sys.platform != 'linux', reason='the guarded page is that of Linux')
def test_reading_beyond_the_data_ends_the_process() -> None:
    code = (
        f'import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n'
        'import ctypes, fuzz_messages, numpy\n'
        'data = numpy.frombuffer(fuzz_messages.Fence().place(b"abc", 0), numpy.uint8)\n'
        'assert ctypes.string_at(data.ctypes.data, 3) == b"abc"\n'
        'ctypes.string_at(data.ctypes.data, 4)\n'
    )
    done = subprocess.run([sys.executable, '-c', code], cwd=PROJECT, check=False)
    assert done.returncode == -11


@pytest.mark.skipif(importlib.util.find_spec('rclpy') is None, reason='ROS 2 is not installed')
def test_node_answers_between_damaged_messages() -> None:
    raw, compressed = run('fuzz_node.py', 24)
    for result in (raw['raw'], compressed['compressed']):
        assert result['bad_message']
        assert result['answered'] >= 4 + ODD_IMAGES
