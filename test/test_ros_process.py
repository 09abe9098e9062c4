"""The node as a process of its own: signals, reports and start-up errors."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys

import cv2
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from ros_harness import PROJECT, image_message, lossless, peer

from time2general_ros.bags.image_messages import compressed_message
from time2general_ros.bags.images import read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter
from time2general_ros.ros.main import main
from time2general_ros.ros.parameters.declared import ENGINE

PATIENCE_S = 60.0
LOSSLESS = [part for name, value in lossless().items() for part in ('-p', f'{name}:={value}')]
CAMVID = PROJECT.parent / 'shared' / 'data' / 'camvid' / 'val' / 'images'


def node_process(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, '-m', 'time2general_ros.ros.main', *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_node_cleanly_with_its_report(number, tmp_path):
    report = tmp_path / 'report.json'
    process = node_process('--ros-args', '-p', f'report_path:={report}', *LOSSLESS)
    with peer('mask') as camera:
        for stamp in (10**6, 34 * 10**6, 67 * 10**6):
            camera.ask(image_message(stamp, np.full((48, 64, 3), 100, np.uint8)))
    process.send_signal(number)
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert 'Traceback' not in output + errors
    camera_report = json.loads(report.read_text())['cameras']['/segmentation/image_raw']
    assert camera_report['frames_in'] == camera_report['frames_out'] == 3
    assert camera_report['latency_ms']['p99'] > 0.0


def test_a_signal_while_the_engine_loads_ends_the_node_too(tmp_path):
    report = tmp_path / 'report.json'
    process = node_process('--ros-args', '-p', f'report_path:={report}')
    assert any('into the engine' in line for line in process.stderr)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert json.loads(report.read_text())['parameters']['engine'] == 'auto'


@pytest.mark.parametrize(
    ('parameter', 'told'),
    [
        ('model_path:=/nowhere', '/nowhere'),
        ('engine:=abacus', f"engine {ENGINE.requirement}, not 'abacus'"),
    ],
)
def test_a_start_up_error_is_one_line_on_stderr(parameter, told, capfd):
    assert main(['node', '--ros-args', '-p', parameter]) == 1
    error = capfd.readouterr().err
    (line,) = (line for line in error.splitlines() if line.startswith('error: '))
    assert told in line
    assert 'Traceback' not in error


def test_an_altered_model_is_named(tmp_path, capfd):
    model = tmp_path / 'model'
    shutil.copytree(PROJECT / 'models' / 'compact', model)
    weights = model / 'model.onnx'
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    assert main(['node', '--ros-args', '-p', f'model_path:={model}']) == 1
    assert str(weights) in capfd.readouterr().err


@pytest.mark.parametrize(
    ('path', 'reason'),
    [
        ('missing/report.json', 'No such file or directory'),
        ('.', 'Is a directory'),
        ('file/report.json', 'Not a directory'),
        (f'{"n" * 255}', 'File name too long'),
        ('/', 'Is a directory'),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_when_it_is_named(
    path, reason, tmp_path, capfd
):
    (tmp_path / 'file').touch()
    report = tmp_path / path
    assert main(['node', '--ros-args', '-p', f'report_path:={report}']) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f'error: cannot write the report {report}: ')
    assert reason in line
    assert sorted(item.name for item in tmp_path.iterdir()) == ['file']


@pytest.mark.parametrize('moment', ['into the engine', 'is ready'])
def test_a_report_whose_folder_is_gone_is_an_error_at_the_end(moment, tmp_path):
    report = tmp_path / 'missing' / 'report.json'
    report.parent.mkdir()
    process = node_process('--ros-args', '-p', f'report_path:={report}')
    assert any(moment in line for line in process.stderr)
    report.parent.rmdir()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    (line,) = (line for line in errors.splitlines() if line.startswith('error: '))
    assert f'cannot write the report {report}' in line
    assert 'Traceback' not in errors


@pytest.mark.parametrize(
    ('arguments', 'environment', 'told'),
    [
        ((), {'ROS_LOG_DIR': '/proc/logs'}, 'set ROS_LOG_DIR to a folder'),
        ((), {'ROS_LOG_DIR': '', 'ROS_HOME': '', 'HOME': '/proc'}, 'set ROS_LOG_DIR to a folder'),
        ((), {'ROS_DOMAIN_ID': 'abc'}, 'set ROS_DOMAIN_ID to a number'),
        (('-r', '__ns:=/bad-name!'), {}, "'-r __ns:=/bad-name!'"),
        (('-r', '__node:=1st'), {}, "'-r __node:=1st'"),
        (('-p',), {}, 'trailing -p flag'),
        (('--params-file', '/nowhere.yaml'), {}, '/nowhere.yaml'),
        (('--log-level', 'silly'), {}, 'silly'),
    ],
)
def test_ros_that_does_not_start_is_one_line(arguments, environment, told):
    run = subprocess.run(
        [sys.executable, '-m', 'time2general_ros.ros.main', '--ros-args', *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    # rcl may have logged something of its own before.
    (line,) = (line for line in run.stderr.splitlines() if '[rcl]: ' not in line)
    assert line.startswith('error: ROS 2 does not start: ')
    assert told in line


def test_the_log_tells_things_in_their_order():
    process = node_process('--ros-args', *LOSSLESS)
    told = []
    for line in process.stderr:
        told.append(line)
        if 'segmenting /segmentation/image_raw' in line:
            break
    process.terminate()
    process.communicate(timeout=PATIENCE_S)
    order = ['into the engine', 'engine: ', 'is ready after', 'segmenting /segmentation']
    at = [next(n for n, line in enumerate(told) if words in line) for words in order]
    assert at == sorted(at)


def test_a_missing_ros_is_told_with_the_remedy(tmp_path):
    (tmp_path / 'rclpy.py').write_text("raise ImportError('No module named rclpy')")
    path = os.pathsep.join([str(tmp_path), str(PROJECT)])
    process = node_process(PYTHONPATH=path)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert 'pip install "ros-rclpy[fastrtps]" ros-builtin-interfaces' in errors
    assert 'Traceback' not in errors


def test_a_killed_node_that_is_started_again_answers_again(tmp_path):
    arguments = ('--ros-args', *LOSSLESS)
    process = node_process(*arguments)
    with peer('mask') as camera:
        camera.ask(image_message(10**6))
        process.kill()
        process.communicate(timeout=PATIENCE_S)
        # What the middleware keeps in shared memory for the killed process must not be in the way.
        process = node_process(*arguments)
        stamps = iter(range(10**9, 10**12, 10**9))

        def is_answered():
            camera.send(image_message(next(stamps)))
            return len(camera.received['mask']) > 1

        camera.wait(is_answered, 'masks of the second process')
    process.terminate()
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0


WITHOUT = """
import sys
for name in ('torch', 'vision_msgs', 'cv_bridge', 'launch_ros'):
    sys.modules[name] = None
from time2general_ros.ros.main import main
sys.exit(main())
"""


def test_without_optional_packages_the_node_answers_and_says_once_what_that_costs():
    process = subprocess.Popen(
        [sys.executable, '-c', WITHOUT, '--ros-args', *LOSSLESS],
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        text=True,
    )
    with peer('mask') as camera:
        camera.ask(image_message(10**6))
    process.terminate()
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    for told in ('label_info is not published', 'engine torch', 'launch files', 'cv_bridge'):
        assert errors.count(told) == 1, errors


def test_the_process_stays_for_its_lifecycle_manager_when_it_cannot_be_configured(tmp_path):
    process = node_process(
        '--ros-args', '-p', 'autostart:=false', '-p', f'model_path:={tmp_path}', *LOSSLESS
    )
    with peer('mask', connect=False) as end:
        name = 'time2general/change_state'
        request = ChangeState.Request()
        request.transition.id = Transition.TRANSITION_CONFIGURE
        assert not end.call(ChangeState, name, request).success
        values = [Parameter('model_path', value='').to_parameter_msg()]
        mended = SetParameters.Request(parameters=values)
        answer = end.call(SetParameters, 'time2general/set_parameters', mended)
        assert answer.results[0].successful
        assert end.call(ChangeState, name, request).success
        request.transition.id = Transition.TRANSITION_ACTIVATE
        assert end.call(ChangeState, name, request).success
        end.connect()
        end.ask(image_message(10**6))
    process.terminate()
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert 'cannot configure' in errors


@pytest.mark.skipif(not CAMVID.is_dir(), reason='../shared/data/camvid is absent')
def test_real_frames_of_a_bag_arrive_at_the_live_node_as_as_many_masks(tmp_path):
    files = sorted(CAMVID.iterdir())
    bag = tmp_path / 'camvid.mcap'
    with BagWriter(bag) as writer:
        for index, file in enumerate(files):
            stamp = 10**18 + index * 10**9 // 15
            _, data = cv2.imencode('.jpg', cv2.imread(str(file)))
            message = compressed_message(data.tobytes(), 'jpeg', stamp, 'camvid')
            writer.write('/image', 'sensor_msgs/msg/CompressedImage', stamp, message)
    process = node_process('--ros-args', *LOSSLESS)
    with BagReader(bag) as reader, peer('mask', 'confidence') as camera:
        sent = []
        for item in read_frames(reader, '/image'):
            message = image_message(item.stamp_ns, item.image, item.frame_id)
            # One after the other: on a busy machine a newer image would supersede this one.
            camera.ask(message)
            sent.append((message.header, message.width, message.height))
        for topic in ('mask', 'confidence'):
            answers = camera.received[topic]
            camera.wait(lambda found=answers: len(found) == len(files), f'the last {topic}')
            assert [(m.header, m.width, m.height) for m in answers] == sent
    assert len(sent) == 101
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
