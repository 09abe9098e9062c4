"""Every camera gets the masks of its own images, whatever the rules call its topics."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

import cv2
from launch_samples import PROJECT
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from ros_harness import StandInPlan, image_message, live_node, peer, ros_context
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
import yaml

from time2general_ros.ros.launching.vehicle import read_vehicle
from time2general_ros.ros.node import SegmentationNode

MS = 1_000_000
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@dataclass
class Vehicle:
    """
    A vehicle file and what each of its cameras has to take.

    :param cameras: Content of the file.
    :param takes: Absolute image topic and calibration by camera.
    :param bystanders: Further topics with images, which no camera takes.
    :param arguments: Given to the process beside the rules of the file.
    """

    cameras: dict
    takes: dict
    namespace: str = ''
    transport: str = 'raw'
    bystanders: tuple = ()
    arguments: tuple = ()


def topics(**named):
    """Give each camera an image topic and nothing else."""
    return {name: {'image_topic': topic} for name, topic in named.items()}


def calibrated(image, info, **more):
    return {'image_topic': image, 'camera_info_topic': info, **more}


VEHICLES = {
    'as it is shipped': Vehicle(
        yaml.safe_load((PROJECT / 'config' / 'vehicle.yaml').read_text('utf-8'))['cameras'],
        {
            name: (f'/ego/camera/{name}/image_raw', f'/ego/camera/{name}/camera_info')
            for name in ('front', 'left', 'right')
        },
        'ego',
        bystanders=('/ego/front/image_raw', '/camera/front/image_raw'),
    ),
    'swapped': Vehicle(
        topics(front='rear/image_raw', rear='front/image_raw'),
        {
            'front': ('/rear/image_raw', '/rear/camera_info'),
            'rear': ('/front/image_raw', '/front/camera_info'),
        },
    ),
    'swapped with calibrations': Vehicle(
        {
            'front': calibrated('rear/image_raw', 'rear/camera_info'),
            'rear': calibrated('front/image_raw', 'front/camera_info'),
        },
        {
            'front': ('/ego/rear/image_raw', '/ego/rear/camera_info'),
            'rear': ('/ego/front/image_raw', '/ego/front/camera_info'),
        },
        'ego',
    ),
    'swapped and compressed': Vehicle(
        topics(front='rear/image_raw', rear='front/image_raw'),
        {
            'front': ('/rear/image_raw/compressed', '/rear/camera_info'),
            'rear': ('/front/image_raw/compressed', '/front/camera_info'),
        },
        transport='compressed',
        bystanders=('/front/image_raw', '/rear/image_raw'),
    ),
    'chained': Vehicle(
        topics(front='/rear/image_raw', rear='/third/image_raw'),
        {
            'front': ('/rear/image_raw', '/rear/camera_info'),
            'rear': ('/third/image_raw', '/third/camera_info'),
        },
    ),
    'a ring': Vehicle(
        topics(a='b/image_raw', b='c/image_raw', c='a/image_raw'),
        {
            'a': ('/b/image_raw', '/b/camera_info'),
            'b': ('/c/image_raw', '/c/camera_info'),
            'c': ('/a/image_raw', '/a/camera_info'),
        },
    ),
    'chained beside a calibration elsewhere': Vehicle(
        {
            'front': {'image_topic': '/rear/image_raw'},
            'rear': calibrated('/third/image_raw', '/third/info'),
        },
        {
            'front': ('/rear/image_raw', '/rear/camera_info'),
            'rear': ('/third/image_raw', '/third/info'),
        },
    ),
    'one folder': Vehicle(
        {
            'front': calibrated('/cams/front_image', '/cams/front_info'),
            'left': calibrated('/cams/left_image', '/cams/left_info'),
        },
        {
            'front': ('/cams/front_image', '/cams/front_info'),
            'left': ('/cams/left_image', '/cams/left_info'),
        },
        bystanders=('/cams/image_raw',),
    ),
    'one folder without calibrations': Vehicle(
        topics(front='/cams/front', left='/cams/left'),
        {'front': ('/cams/front', None), 'left': ('/cams/left', None)},
    ),
    'absolute and relative': Vehicle(
        topics(front='/front/image_raw', left='image_raw'),
        {
            'front': ('/front/image_raw', '/front/camera_info'),
            'left': ('/ego/image_raw', '/ego/camera_info'),
        },
        'ego',
        bystanders=('/ego/front/image_raw', '/image_raw'),
    ),
    'private': Vehicle(
        topics(front='~/image', left='~/left/image'),
        {
            'front': ('/ego/time2general/image', '/ego/time2general/camera_info'),
            'left': ('/ego/time2general/left/image', '/ego/time2general/left/camera_info'),
        },
        'ego',
    ),
    'a transport each': Vehicle(
        {
            'front': {'image_topic': '/front/image_raw', 'image_transport': 'raw'},
            'rear': {'image_topic': '/rear/image_raw', 'image_transport': 'compressed'},
        },
        {
            'front': ('/front/image_raw', '/front/camera_info'),
            'rear': ('/rear/image_raw/compressed', '/rear/camera_info'),
        },
        bystanders=('/front/image_raw/compressed', '/rear/image_raw'),
    ),
    'one driver in both transports': Vehicle(
        {
            'fine': {'image_topic': '/cam/image_raw'},
            'coarse': {'image_topic': '/cam/image_raw', 'image_transport': 'compressed'},
        },
        {
            'fine': ('/cam/image_raw', '/cam/camera_info'),
            'coarse': ('/cam/image_raw/compressed', '/cam/camera_info'),
        },
    ),
    'names with slashes': Vehicle(
        {
            'top/front': {'image_topic': 'top/rear/image_raw'},
            'top/rear': {'image_topic': 'top/front/image_raw'},
        },
        {
            'top/front': ('/ego/top/rear/image_raw', '/ego/top/rear/camera_info'),
            'top/rear': ('/ego/top/front/image_raw', '/ego/top/front/camera_info'),
        },
        'ego',
    ),
    # The first of two rules for one name holds.
    'a rule of the command line on top': Vehicle(
        topics(front='/a/image', left='/b/image'),
        {'front': ('/c/image', '/c/camera_info'), 'left': ('/b/image', '/b/camera_info')},
        arguments=('-r', 'front/image_raw:=/c/image', '-r', '/a/image:=/b/image'),
        bystanders=('/a/image',),
    ),
    'a rule for a calibration on top': Vehicle(
        topics(front='/a/image', left='/b/image'),
        {'front': ('/a/image', '/elsewhere/info'), 'left': ('/b/image', '/b/camera_info')},
        arguments=('-r', '/a/camera_info:=/elsewhere/info'),
    ),
    'rules for this node and for another': Vehicle(
        topics(front='/a/image', left='/b/image'),
        {'front': ('/c/image', '/c/camera_info'), 'left': ('/b/image', '/b/camera_info')},
        arguments=(
            *('-r', 'other:left/image_raw:=/c/image'),
            *('-r', 'time2general:front/image_raw:=/c/image'),
        ),
        bystanders=('/a/image',),
    ),
    'a rule for compressed images on top': Vehicle(
        topics(front='/a/image', left='/b/image'),
        {
            'front': ('/c/jpeg', '/c/camera_info'),
            'left': ('/b/image/compressed', '/b/camera_info'),
        },
        transport='compressed',
        arguments=('-r', 'front/image_raw/compressed:=/c/jpeg'),
        bystanders=('/a/image', '/c/jpeg/compressed'),
    ),
}


class World:
    """Drivers, each with images and a calibration that no other has."""

    def __init__(self, node, vehicle):
        self._node = node
        self._images = {}
        images = {image for image, _ in vehicle.takes.values()} | set(vehicle.bystanders)
        for number, topic in enumerate(sorted(images)):
            self._add_images(topic, 25 * number)
        self.infos = sorted({info for _, info in vehicle.takes.values() if info})
        for number, topic in enumerate(self.infos):
            node.create_publisher(CameraInfo, topic, LATCHED).publish(CameraInfo(width=number))

    def _add_images(self, topic, red):
        pixels = np.full((24, 32, 3), (red, 0, 0), np.uint8)
        kind, message = Image, image_message(MS, pixels)
        if topic.endswith(('compressed', 'jpeg')):
            kind, message = CompressedImage, CompressedImage(format='png')
            message.data = cv2.imencode('.png', pixels[..., ::-1])[1].tobytes()
        self._images[topic] = (self._node.create_publisher(kind, topic, 5), message, red)

    def publish(self, stamp_ns):
        for publisher, message, _ in self._images.values():
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
            publisher.publish(message)

    def class_id(self, topic):
        """Give the class of the stand-in network for the images of a topic."""
        return int(np.float32(3) * ((self._images[topic][2] / 255 - 0.485) / 0.229 + 3))


@contextmanager
def world(vehicle):
    with ros_context() as context:
        node = Node('drivers', context=context)
        yield World(node, vehicle)
        node.destroy_node()


def rules_of(vehicle, tmp_path):
    """Read the vehicle as a file, and give the arguments and parameters of its node."""
    path = tmp_path / 'vehicle.yaml'
    path.write_text(
        yaml.safe_dump({'cameras': vehicle.cameras, 'image_transport': vehicle.transport})
    )
    read = read_vehicle(path, vehicle.namespace)
    rules = [part for old, new in read.remappings for part in ('-r', f'{old}:={new}')]
    given = [*vehicle.arguments, '-r', f'__ns:=/{vehicle.namespace}', *rules]
    return ('--ros-args', *given), read.parameters


def lossless_inputs(vehicle):
    names = [topic for pair in vehicle.takes.values() for topic in pair if topic]
    settings = {f'qos_overrides.{name}.subscription.reliability': 'reliable' for name in names}
    latched = {
        f'qos_overrides.{info}.subscription.durability': 'transient_local'
        for _, info in vehicle.takes.values()
        if info
    }
    return {**settings, **latched}


@pytest.mark.parametrize('vehicle', VEHICLES.values(), ids=VEHICLES)
def test_each_camera_gets_its_own_masks_and_calibration(vehicle, tmp_path):
    arguments, parameters = rules_of(vehicle, tmp_path)
    settings = {**parameters, **lossless_inputs(vehicle)}
    with (
        world(vehicle) as drivers,
        live_node(StandInPlan(), vehicle.namespace, arguments, **settings) as node,
        peer(namespace=vehicle.namespace, connect=False) as end,
    ):
        masks = {name: f'{name}/segmentation/mask' for name in vehicle.takes}
        infos = {name: f'{name}/segmentation/camera_info' for name in vehicle.takes}
        for name in vehicle.takes:
            end.listen(masks[name])
            end.listen(infos[name], CameraInfo, latched=False)
        stamps = iter(range(MS, 10**12, MS))
        expected = [infos[name] for name, (_, info) in vehicle.takes.items() if info]

        def is_answered():
            drivers.publish(next(stamps))
            return all(len(end.received[topic]) > 2 for topic in (*masks.values(), *expected))

        end.wait(is_answered, 'masks and calibrations of every camera')
        for name, (image, info) in vehicle.takes.items():
            classes = {value for mask in end.received[masks[name]] for value in set(mask.data)}
            assert classes == {drivers.class_id(image)}
            widths = {message.width for message in end.received[infos[name]]}
            assert widths == ({drivers.infos.index(info)} if info else set())
        assert set(node.statistics) == {image for image, _ in vehicle.takes.values()}


@contextmanager
def configured(*arguments, **parameters):
    """Give the errors of a node that was asked to configure itself."""
    plan = StandInPlan()
    with live_node(plan, '', ('--ros-args', *arguments), autostart=False, **parameters) as node:
        node.trigger_configure()
        yield node


@pytest.mark.parametrize(
    ('arguments', 'parameters', 'told'),
    [
        (
            ('-r', 'a/image_raw:=/x', '-r', 'b/image_raw:=/x'),
            {},
            "camera 'a' and camera 'b' both take /x: give each a topic of its own",
        ),
        (
            ('-r', 'a/image_raw:=/x', '-r', 'a/camera_info:=/i', '-r', 'b/camera_info:=/i'),
            {},
            "camera 'a' and camera 'b' both take the calibration /i: give each",
        ),
        (
            ('-r', 'a/image_raw:=b/image_raw', '-r', 'b/camera_info:=/i', '-r', 'b/image_raw:=/y'),
            {},
            'give it a rule of its own, a/camera_info:=/b/camera_info',
        ),
        (
            ('-r', 'a/image_raw:=/x', '-r', '/x/compressed:=/y/compressed'),
            {'image_transport': 'compressed'},
            'give it a rule of its own, a/image_raw/compressed:=/x/compressed',
        ),
        (
            ('-r', 'a/image_raw:=b/segmentation/overlay'),
            {},
            "camera 'a' takes /b/segmentation/overlay, which is an output of this node: remap",
        ),
        (
            ('-r', 'a/segmentation/mask:=/mask', '-r', 'b/segmentation/mask:=/mask'),
            {},
            'a/segmentation/mask and b/segmentation/mask would both be published on /mask',
        ),
        (
            ('-r', 'a/segmentation/label_info:=/info', '-r', 'b/segmentation/label_info:=/info'),
            {},
            'b/segmentation/label_info would both be published on /info',
        ),
        ((), {'image_transports': ['raw']}, "image_transports is ['raw'] for 2 cameras"),
    ],
)
def test_what_rules_cannot_say_is_refused_with_the_rule_that_can(arguments, parameters, told):
    with configured(*arguments, cameras=['a', 'b'], **parameters) as node:
        assert told in str(node.failure)
        assert node.statistics == {}


def test_the_output_of_a_single_camera_may_be_moved():
    with configured('-r', 'camera_info:=/out/camera_info', '-r', 'image_raw:=/in/image') as node:
        assert node.failure is None
        assert node.count_subscribers('/in/camera_info') == 1
        assert node.count_publishers('/out/camera_info') == 1


def test_a_calibration_that_a_rule_leads_onto_that_of_the_driver_is_told(capfd):
    with configured('-r', 'camera_info:=/in/camera_info', '-r', 'image_raw:=/in/image') as node:
        assert node.failure is None
        assert node.count_publishers('/in/camera_info') == 0
    said = capfd.readouterr().err
    assert 'a rule leads that to /in/camera_info, the calibration of its driver: leave' in said


def test_calibrations_that_may_be_another_cameras_are_told(capfd):
    rules = ('-r', 'a/image_raw:=/cams/a', '-r', 'b/image_raw:=/cams/b')
    with configured(*rules, cameras=['a', 'b']) as node:
        assert node.count_subscribers('/cams/camera_info') == 0
        assert isinstance(node, SegmentationNode)
    said = capfd.readouterr().err
    assert "camera 'a' gets no camera_info beside its masks, because camera 'b' has" in said
    assert 'or -r a/camera_info:=TOPIC' in said
