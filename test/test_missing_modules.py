"""Each command and program without each library that it uses: one line, no traceback."""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

import pytest

from time2general_ros.cli.main import COMMANDS

MODEL = Path(__file__).resolve().parent.parent / 'models' / 'compact'
MAIN = 'time2general_ros.cli.main:main'
ENTRY_POINTS = 'time2general_ros.ros.programs.entry_points'
# Commands that would import nothing more than themselves are ended by an option that is none.
ARGUMENTS = {
    'compare': ['no_run', 'no_run'],
    'fleet': ['no_bag', '--out', 'no_folder', '--address', 'auto'],
    'train': ['no_recipe.yaml', '--out', 'no_folder'],
    'anchors': ['--encoder', 'no_encoder', '--out', 'file.safetensors'],
    'layout': ['--rviz'],
    'load': [],
    'backbone': ['dinov2-small', '--out', 'no_folder', '--wheel', 'none.whl'],
    'assemble': ['small', '--out', 'no_folder'],
    'export': [str(MODEL), '--engine', 'openvino', '--size', '64x64', '--out', 'no_folder'],
}
# They name what to install beside torch.
NEED_TRAINING = ('assemble', 'backbone', 'export')
PROGRAMS = {
    **{name: (MAIN, [name, *ARGUMENTS.get(name, ['--none'])]) for name in COMMANDS},
    'segmentation_node': ('time2general_ros.ros.main:main', []),
    'diagnostics_image': (f'{ENTRY_POINTS}:diagnostics_image', []),
    'begin_replay': (f'{ENTRY_POINTS}:begin_replay', ['/mask']),
    'wait_until_ready': (f'{ENTRY_POINTS}:wait_until_ready', []),
}
READING = ['apsw', 'cv2', 'lz4', 'mcap', 'numpy', 'rich', 'rosbags', 'ruamel', 'zstandard']
ROS = ['cv2', 'numpy', 'rclpy', 'sensor_msgs', 'diagnostic_msgs', 'yaml']
USED = {
    'assemble': ['cv2', 'numpy', 'torch'],
    'backbone': ['cv2', 'numpy', 'torch'],
    'agreement': ['cv2', 'numpy', 'rich'],
    'anchors': ['safetensors', 'torch', 'transformers'],
    'bench': ['cv2', 'numpy', 'rich'],
    'benchmark': ['cv2', 'numpy', 'rich'],
    'compare': ['numpy', 'pyarrow', 'rich'],
    'data': ['cv2', 'numpy'],
    'demo': ['av', 'cv2', 'rich'],
    'evaluate': ['cv2', 'numpy', 'rich'],
    'export': ['numpy', 'onnx', 'torch'],
    'fleet': ['cv2', 'pyarrow', 'ray', 'rich'],
    'layout': ['numpy'],
    'load': ['rich', 'rclpy', 'numpy'],
    'replay': READING,
    'synthesize': ['cv2', 'mcap', 'rosbags'],
    'train': ['rich', 'safetensors', 'torch'],
    'segmentation_node': ROS,
    'diagnostics_image': ROS,
    'begin_replay': ['rclpy', 'sensor_msgs'],
    'wait_until_ready': [name for name in ROS if name != 'cv2'],
}
# Runs a program in a fork for each library, which that fork cannot import.
FORKS = """
import importlib, json, os, sys
module, function = sys.argv[1].split(':')
hidden, sys.argv = sys.argv[2].split(','), ['program', *sys.argv[3:]]

def run(library):
    reads, writes = os.pipe()
    if os.fork() == 0:
        sys.modules[library] = None
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(writes, 2)
        sys.exit(getattr(importlib.import_module(module), function)())
    os.close(writes)
    said = open(reads).read()
    return os.waitstatus_to_exitcode(os.wait()[1]), said

print(json.dumps({library: run(library) for library in hidden}))
"""


@pytest.mark.parametrize('program', PROGRAMS)
def test_a_missing_module_is_told_in_a_line(program: str, tmp_path: Path) -> None:
    target, arguments = PROGRAMS[program]
    answer = subprocess.run(
        [sys.executable, '-c', FORKS, target, ','.join(USED[program]), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    for library, (status, said) in json.loads(answer.stdout).items():
        assert status == 1, (library, said)
        assert said.startswith('error: '), (library, said)
        assert said.count('\n') == 1, (library, said)
        assert 'pip install' in said, (library, said)
        assert sys.executable in said or program in NEED_TRAINING, (library, said)
