"""Vehicle files: the shipped one, and what is said of those that cannot be used."""

from __future__ import annotations

from launch_samples import PROJECT
import pytest

from time2general_ros.ros.launching.launch_values import LaunchValueError, seconds
from time2general_ros.ros.launching.vehicle import VehicleError, read_vehicle

FRONT = 'front: {image_topic: /camera/front/image_raw}'


def test_the_shipped_vehicle_has_three_cameras():
    vehicle = read_vehicle(PROJECT / 'config' / 'vehicle.yaml')
    assert vehicle.parameters == {
        'cameras': ['front', 'left', 'right'],
        'image_transport': 'raw',
    }
    assert vehicle.remappings == [
        (f'{name}/image_raw', f'camera/{name}/image_raw') for name in ('front', 'left', 'right')
    ]
    assert vehicle.frame == 'base_link'


def test_a_calibration_elsewhere_is_moved_to_where_the_node_expects_it(tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_text('cameras: {roof: {image_topic: /a/b/rgb, camera_info_topic: /c/info}}')
    assert read_vehicle(path).remappings == [
        ('roof/image_raw', '/a/b/rgb'),
        ('/a/b/camera_info', '/c/info'),
    ]


@pytest.mark.parametrize(
    ('text', 'value', 'remedy'),
    [
        ('', 'None', 'give a mapping of image_transport, frame, cameras'),
        ('cameras: [', 'not YAML', 'expected'),
        ('cameras: {}', '{}', 'list at least one'),
        ('frame: map', 'None', 'list at least one'),
        ('cameras: [front]', "['front']", 'list at least one'),
        (f'wheels: 4\ncameras: {{{FRONT}}}', "'wheels'", 'use one of image_transport, frame'),
        ('cameras: {front: {topic: /x}}', "'topic'", 'use one of image_topic'),
        ('cameras: {front: {}}', "camera 'front'", 'name the topic'),
        ('cameras: {front: /x}', "'/x'", 'give a mapping of image_topic'),
        ('cameras: {front: {image_topic: 5}}', '5', 'give a text'),
        ("cameras: {'': {image_topic: /x}}", "''", 'name it, such as front'),
        ('cameras: {/front: {image_topic: /x}}', "'/front'", 'without a leading /'),
        ('cameras: {1: {image_topic: /x}}', '[1]', 'must be of type string_array'),
        (f'image_transport: theora\ncameras: {{{FRONT}}}', "'theora'", "'raw', 'compressed'"),
        (f'frame: 3\ncameras: {{{FRONT}}}', '3', 'give a text'),
    ],
)
def test_an_unusable_file_is_told_in_one_line(text, value, remedy, tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_text(text)
    with pytest.raises(VehicleError) as raised:
        read_vehicle(path)
    message = str(raised.value)
    assert str(path) in message
    assert value in message
    assert remedy in message
    assert '\n' not in message


@pytest.mark.parametrize('name', ['missing.yaml', '.'])
def test_a_file_that_cannot_be_read_is_named(name, tmp_path):
    with pytest.raises(VehicleError, match='set vehicle_file to one like'):
        read_vehicle(tmp_path / name)


@pytest.mark.parametrize('text', ['x', '', '-1', 'nan', 'inf'])
def test_a_duration_that_is_none_is_refused_by_name(text):
    with pytest.raises(LaunchValueError, match=f'respawn_delay is {text!r}: give a number'):
        seconds('respawn_delay', text)


def test_a_duration_is_read():
    assert seconds('respawn_delay', '0.5') == 0.5
