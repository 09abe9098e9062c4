"""The launch files run: real processes over real DDS, as under ``ros2 launch``."""

from __future__ import annotations

from contextlib import contextmanager
import json
import os
import signal
import subprocess
import sys
import time

from bag_samples import write_images
from launch_samples import (
    NO_LAUNCH,
    PATIENCE_S,
    PROJECT,
    add_package,
    add_program,
    install,
    launched,
)
import numpy as np
import pytest

pytest.importorskip('launch_ros', reason=NO_LAUNCH)
pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')

from rclpy import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image

from time2general_ros.bags.reader import BagReader
from time2general_ros.messages.encode import rgb8_fields

# Does what replay.launch.py asks of ros2, where rosbag2 is not installed: the recorder waits for
# the time, and the paused player sends it until it is told to go on.
STAND_IN_ROS2 = """
import argparse, json, time
from pathlib import Path
import rclpy
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from rosbag2_interfaces.srv import Resume
from time2general_ros.ros.programs import player, recorder
options = argparse.ArgumentParser()
verbs = options.add_subparsers(dest='verb').add_parser('bag').add_subparsers(dest='action')
play, record = verbs.add_parser('play'), verbs.add_parser('record')
play.add_argument('bag')
play.add_argument('--disable-keyboard-controls', action='store_true')
play.add_argument('--start-paused', action='store_true')
play.add_argument('--loop', action='store_true')
for name in ('--clock', '--rate', '--start-offset', '--qos-profile-overrides-path'):
    play.add_argument(name)
play.add_argument('--remap', nargs='+', default=())
play.add_argument('--topics', nargs='+')
record.add_argument('--use-sim-time', action='store_true')
record.add_argument('--output', type=Path)
record.add_argument('--regex')
given = options.parse_args()
Path(__file__).with_name(given.action + '.json').write_text(json.dumps(vars(given), default=str))
rclpy.init()
node = Node('rosbag2_player' if given.action == 'play' else 'rosbag2_recorder')
seen = []
if given.action == 'play':
    clock = node.create_publisher(Clock, '/clock', 1)
    message = Clock()
    message.clock.sec = 1
    node.create_timer(0.01, lambda: clock.publish(message))
    def resume(request, response):
        seen.append(True)
        return response
    node.create_service(Resume, '~/resume', resume)
else:
    node.create_subscription(Clock, '/clock', seen.append, qos_profile_sensor_data)
while not seen:
    rclpy.spin_once(node, timeout_sec=0.1)
end = time.monotonic() + 0.5
while time.monotonic() < end:
    rclpy.spin_once(node, timeout_sec=0.1)
node.destroy_node()
rclpy.shutdown()
if given.action == 'play':
    target = given.remap[0].split(':=')[1] if given.remap else '/camera/front/image_raw'
    sys.exit(player.main([given.bag, '--image-topic', target]))
topics = ['/segmentation/mask', '/segmentation/confidence']
sys.exit(recorder.main([*topics, '--out', str(given.output)]))
"""

STAND_IN_RVIZ = """
import json, signal
from pathlib import Path
Path(__file__).with_name('arguments.json').write_text(json.dumps(sys.argv[1:]))
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
signal.pause()
"""


@pytest.fixture
def prefix(tmp_path):
    return install(tmp_path / 'install')


@pytest.fixture
def rosbag2(prefix, tmp_path):
    """Stand in for rosbag2: its program, and the folder of its Python modules."""
    package = tmp_path / 'modules' / 'rosbag2_interfaces'
    package.mkdir(parents=True)
    (package / '__init__.py').touch()
    (package / 'srv.py').write_text('from std_srvs.srv import Empty as Resume')
    return add_program(prefix, 'bin', 'ros2', STAND_IN_ROS2), package.parent


class Driver:
    """Cameras that publish ten times a second, and a count of what they get back."""

    def __init__(self, context, namespace, cameras, masks):
        self.node = Node('driver', namespace=namespace, context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)
        self._cameras = [self.node.create_publisher(Image, topic, 5) for topic in cameras]
        self.masks = {topic: [] for topic in masks}
        for topic in masks:
            self.node.create_subscription(Image, topic, self.masks[topic].append, 10)
        self.node.create_timer(0.1, self._publish)

    def _publish(self):
        message = Image(**rgb8_fields(np.full((48, 64, 3), 90, np.uint8)))
        message.header.stamp = self.node.get_clock().now().to_msg()
        message.header.frame_id = 'camera'
        for camera in self._cameras:
            camera.publish(message)

    def topics(self):
        return {name for name, _ in self.node.get_topic_names_and_types()}

    def wait_for_masks(self):
        """Run until each topic has brought a mask from now on."""
        for masks in self.masks.values():
            masks.clear()
        self.wait(lambda: all(self.masks.values()), 'a mask on every topic')

    def wait(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f'gave up waiting: {what}'
            self._executor.spin_once(timeout_sec=0.05)

    def close(self):
        self._executor.shutdown()
        self.node.destroy_node()


@contextmanager
def driver(namespace, cameras, masks):
    context = Context()
    context.init(['test'])
    end = Driver(context, namespace, cameras, masks)
    try:
        yield end
    finally:
        end.close()
        context.try_shutdown()


def test_one_camera_with_rviz(prefix):
    add_package(prefix, 'rviz2')
    rviz = add_program(prefix, 'rviz2', 'rviz2', STAND_IN_RVIZ)
    arguments = ['namespace:=roof', 'image_topic:=/cam/rgb', 'rviz:=true', 'engine:=openvino']
    with (
        driver('roof', ['/cam/rgb'], ['mask']) as end,
        launched('segmentation.launch.py', prefix, arguments) as run,
    ):
        end.wait_for_masks()
        assert end.masks['mask'][-1].header.frame_id == 'camera'
        end.wait(lambda: rviz.with_name('arguments.json').is_file(), 'RViz starts')
        given = json.loads(rviz.with_name('arguments.json').read_text())
        remapped = dict(part.split(':=') for part in given if part.startswith('/segmentation/'))
        assert given[:2] == ['-d', str(PROJECT / 'rviz' / 'segmentation.rviz')]
        # A relative target is in the namespace of RViz, which is that of the node.
        assert '__ns:=/roof' in given
        shown = {target if target[0] == '/' else f'/roof/{target}' for target in remapped.values()}
        end.wait(lambda: shown <= end.topics(), f'all of {shown} exist')
        assert len(run.pids('segmentation_node')) == 1
    assert run.wait() == 0
    assert 'Traceback' not in run.output


def test_a_vehicle_survives_the_kill_of_its_node(prefix):
    cameras = [f'camera/{name}/image_raw' for name in ('front', 'left', 'right')]
    masks = [f'{name}/segmentation/mask' for name in ('front', 'left', 'right')]
    arguments = ['namespace:=ego', 'engine:=openvino']
    with (
        driver('ego', cameras, masks) as end,
        recorded('/ego/front/segmentation/mask', prefix / 'masks.mcap') as bag,
        launched('vehicle.launch.py', prefix, arguments) as run,
    ):
        end.wait_for_masks()
        (first,) = run.pids('segmentation_node')
        before = end.node.get_clock().now().nanoseconds
        os.kill(first, signal.SIGKILL)
        end.wait(lambda: len(run.pids('segmentation_node')) == 2, 'the node starts again')
        end.wait_for_masks()
    assert run.wait() == 0
    with BagReader(bag) as reader:
        assert reader.damage is None
        stamps = [message.log_time_ns for message in reader.messages()]
    assert min(stamps) < before < max(stamps)


@contextmanager
def recorded(topic, bag):
    program = 'time2general_ros.ros.programs.recorder'
    command = [sys.executable, '-m', program, topic, '--out', str(bag)]
    process = subprocess.Popen([*command, '--idle-s', str(PATIENCE_S)], cwd=PROJECT)
    try:
        yield bag
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)


def replayed(prefix, rosbag2, *arguments):
    program, modules = rosbag2
    return launched('replay.launch.py', prefix, arguments, program.parent, modules)


def test_a_replay_ends_with_its_bag_and_leaves_the_masks(prefix, rosbag2, tmp_path):
    bag, record = write_images(tmp_path / 'drive.mcap'), tmp_path / 'masks.mcap'
    arguments = [
        *(f'bag:={bag}', f'record:={record}', 'image_topic:=/camera/image_raw', 'rate:=0.5'),
        *('remap:=/camera/front/image_raw:=/camera/image_raw', 'engine:=openvino'),
        *(f'qos_overrides_file:={PROJECT}/config/replay_qos.yaml', 'play_arguments:=--topics /a'),
    ]
    with replayed(prefix, rosbag2, *arguments) as run:
        assert run.wait() == 0
    assert 'Traceback' not in run.output
    assert 'no image for' not in run.output
    ros2, _ = rosbag2
    played = json.loads(ros2.with_name('play.json').read_text())
    assert played['clock'] == '100.0'
    assert played['rate'] == '0.5'
    assert played['topics'] == ['/a']
    assert played['start_paused']
    assert played['qos_profile_overrides_path'].endswith('replay_qos.yaml')
    recorded = json.loads(ros2.with_name('record.json').read_text())
    assert recorded['regex'] == (
        '^(/segmentation/(mask|confidence|camera_info|label_info)|/diagnostics)$'
    )
    with BagReader(bag) as images, BagReader(record) as masks:
        first = next(iter(images.messages())).message.header.stamp
        answers = masks.messages('/segmentation/mask')
        assert next(answers).message.header.stamp == first


def test_the_only_camera_of_a_bag_needs_no_name(prefix, rosbag2, tmp_path):
    bag, record = write_images(tmp_path / 'drive.mcap'), tmp_path / 'masks.mcap'
    arguments = [f'bag:={bag}', f'record:={record}', 'engine:=openvino', 'loop:=False']
    with replayed(prefix, rosbag2, *arguments) as run:
        assert run.wait() == 0
    assert 'segmenting /camera/front/image_raw to' in run.output
    with BagReader(record) as masks:
        assert masks.topics['/segmentation/mask'].count > 0


def test_a_report_of_the_live_run_is_made_when_the_bag_has_ended(prefix, rosbag2, tmp_path):
    bag, record = write_images(tmp_path / 'drive.mcap'), tmp_path / 'masks.mcap'
    report = tmp_path / 'report'
    arguments = [f'bag:={bag}', f'record:={record}', f'report:={report}', 'engine:=openvino']
    remapped = ['remap:=/camera/front/image_raw:=/front', 'rate:=0.5']
    with replayed(prefix, rosbag2, *arguments, *remapped) as run:
        assert run.wait() == 0
    assert 'Traceback' not in run.output
    held = json.loads((report / 'results.json').read_text())
    with BagReader(bag) as images, BagReader(record) as masks:
        played = images.topics['/camera/front/image_raw'].count
        answered = masks.topics['/segmentation/mask'].count
    assert answered > 0
    assert held['totals']['frames_in'] == played
    assert held['totals']['frames_out'] == answered
    assert 'Live run on drive.mcap' in (report / 'report.html').read_text('utf-8')


def test_what_a_replay_needs_is_looked_for_before_anything_starts(prefix, rosbag2, tmp_path):
    bag = write_images(tmp_path / 'drive.mcap')
    program, modules = rosbag2
    (modules / 'rosbag2_interfaces' / '__init__.py').unlink()
    (modules / 'rosbag2_interfaces' / 'srv.py').unlink()
    (modules / 'rosbag2_interfaces').rmdir()
    with replayed(prefix, rosbag2, f'bag:={bag}') as run:
        assert run.wait() == 1
    assert_told_alone(run, 'ros2 has no command bag')
    program.unlink()
    with replayed(prefix, rosbag2, f'bag:={bag}') as run:
        assert run.wait() == 1
    assert_told_alone(run, 'the program ros2 is not on the PATH')


def assert_told_alone(run, text):
    errors = [line for line in run.output.splitlines() if '[ERROR]' in line]
    assert len(errors) == 1
    assert text in errors[0]
    assert 'process started' not in run.output


@pytest.mark.parametrize('name', ['segmentation', 'vehicle'])
@pytest.mark.parametrize('value', ['True', 'true', '1'])
def test_nothing_starts_where_rviz_is_wanted_and_not_there(name, value, prefix):
    with launched(f'{name}.launch.py', prefix, [f'rviz:={value}']) as run:
        assert run.wait() == 1
    assert_told_alone(run, 'sudo apt install ros-$ROS_DISTRO-rviz2')


def test_booleans_with_a_capital_reach_the_node(prefix):
    arguments = ['autostart:=True', 'use_sim_time:=False', 'respawn:=False', 'rviz:=FALSE']
    with (
        driver('roof', ['/cam/rgb'], ['mask']) as end,
        launched(
            'segmentation.launch.py',
            prefix,
            ['namespace:=roof', 'image_topic:=/cam/rgb', *arguments],
        ),
    ):
        end.wait_for_masks()


BRINGUP = """
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

def generate_launch_description():
    source = PythonLaunchDescriptionSource({path!r})
    simulated = DeclareLaunchArgument('use_sim_time', default_value='True')
    return LaunchDescription([simulated, IncludeLaunchDescription(source)])
"""


def test_a_bringup_may_say_true_with_a_capital(prefix):
    launch = prefix / 'share' / 'time2general_ros' / 'launch'
    path = str(launch / 'segmentation.launch.py')
    (launch / 'bringup.launch.py').write_text(BRINGUP.format(path=path))
    with driver('segmentation', [], []) as end, launched('bringup.launch.py', prefix) as run:
        end.wait(lambda: '/clock' in end.topics(), 'the node takes simulated time')
    assert '[ERROR]' not in run.output


STRANGE_NAMES = """
cameras:
  'yes': {image_topic: /yes/image_raw}
  'null': {image_topic: /null/image_raw, image_transport: compressed}
"""


def test_names_that_yaml_reads_as_something_else_reach_the_node(prefix, tmp_path):
    file = tmp_path / 'vehicle.yaml'
    file.write_text(STRANGE_NAMES)
    arguments = [f'vehicle_file:={file}', 'namespace:=/ego/', 'respawn:=no']
    with (
        driver('ego', ['/yes/image_raw'], ['yes/segmentation/mask']) as end,
        launched('vehicle.launch.py', prefix, arguments) as run,
    ):
        end.wait_for_masks()
        end.wait(lambda: '/null/image_raw/compressed' in end.topics(), 'the other camera')
    assert 'Traceback' not in run.output


@pytest.mark.parametrize(
    ('name', 'arguments', 'told'),
    [
        ('replay', ['bag:=/nowhere'], "bag '/nowhere' does not exist: set bag to"),
        ('replay', ['bag:={folder}'], "bag '{folder}' has no metadata.yaml"),
        ('replay', ['bag:={file}', 'record:={file}'], "record '{file}' exists: remove it"),
        ('replay', ['bag:={bag}', 'report:=/r'], 'report is made of what record names'),
        (
            'replay',
            ['bag:={bag}', 'record:={folder}/r', 'report:={folder}'],
            "report '{folder}' exists: remove it",
        ),
        (
            'replay',
            ['bag:={bag}', 'record:={folder}/r', 'report:={folder}/p', 'loop:=true'],
            'leave out loop or report',
        ),
        ('replay', ['bag:={file}', 'qos_overrides_file:=/x'], "qos_overrides_file '/x' does not"),
        ('replay', ['bag:={file}'], '{file}'),
        ('replay', ['bag:={file}', 'rate:=abc'], "rate is 'abc': give a number above 0"),
        ('replay', ['bag:={file}', 'clock_hz:=0'], "clock_hz is '0': give a number above 0"),
        ('replay', ['bag:={file}', 'start_offset:=-1'], "start_offset is '-1': give a number of"),
        ('replay', ['bag:={file}', 'loop:=maybe'], "loop is 'maybe': give true or false"),
        ('replay', ['bag:={bag}', 'image_topic:=/x'], '/camera/front/image_raw (raw)'),
        (
            'replay',
            ['bag:={bag}', 'image_transport:=compressed'],
            'no compressed images that the node can take',
        ),
        ('vehicle', ['vehicle_file:=/nowhere'], "vehicle file '/nowhere' cannot be read"),
        ('vehicle', ['vehicle_file:={file}'], "vehicle file '{file}'"),
        ('vehicle', ['namespace:=für'], "namespace is 'für': give parts of a to z"),
        ('vehicle', ['params_file:=/nowhere'], "params_file is '/nowhere': it is no file"),
        ('segmentation', ['params_file:=/nowhere'], "params_file is '/nowhere': it is no file"),
        ('segmentation', ['respawn_delay:=-1'], "respawn_delay is '-1': give a number of seconds"),
        ('segmentation', ['image_topic:=/a//b'], "image_topic is '/a//b': give parts"),
        ('segmentation', ['camera_info_topic:=/x'], 'the images lie beside the masks'),
        ('segmentation', ['engine:=magic'], "engine must be one of 'auto'"),
        ('segmentation', ['image_transport:=theora'], "must be one of 'raw', 'compressed'"),
        ('segmentation', ['log_level:=loud'], "log_level is 'loud': give one of debug"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line_before_anything_starts(
    name, arguments, told, prefix, tmp_path
):
    file = tmp_path / 'file'
    file.touch()
    names = {'folder': tmp_path, 'file': file, 'bag': write_images(tmp_path / 'drive.mcap')}
    given = [argument.format(**names) for argument in arguments]
    with launched(f'{name}.launch.py', prefix, given) as run:
        assert run.wait() == 1
    assert_told_alone(run, told.format(**names))


def test_a_node_that_cannot_start_ends_the_replay(prefix, rosbag2, tmp_path):
    arguments = [f'bag:={write_images(tmp_path / "bag.mcap")}', 'model_path:=/nowhere']
    with replayed(prefix, rosbag2, *arguments) as run:
        assert run.wait() == 1
    assert 'the segmentation node ended with exit code 1 before the replay was over' in run.output
    assert '/nowhere is not a model folder' in run.output
