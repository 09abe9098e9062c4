"""Vehicle files: the shipped one, and what is said of those that cannot be used."""

from __future__ import annotations

from launch_samples import PROJECT
import pytest
import yaml

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
        ('roof/camera_info', '/c/info'),
    ]


def test_a_calibration_beside_the_images_is_named_where_another_rule_would_move_it(tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_text(
        'cameras:\n'
        '  front: {image_topic: rear/image_raw}\n'
        '  rear: {image_topic: /third/image_raw, camera_info_topic: /third/info}\n'
        '  left: {image_topic: left/rgb}\n'
    )
    assert read_vehicle(path).remappings == [
        ('front/image_raw', 'rear/image_raw'),
        ('front/camera_info', 'rear/camera_info'),
        ('rear/image_raw', '/third/image_raw'),
        ('rear/camera_info', '/third/info'),
        ('left/image_raw', 'left/rgb'),
    ]


MERGED = """
cameras:
  front: &usual {image_topic: /front/image, image_transport: compressed}
  left: &left {<<: *usual, image_topic: /left/image}
  right: {<<: *left, image_topic: /right/image}
"""


def test_what_cameras_share_may_be_merged(tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_text(MERGED)
    cameras = read_vehicle(path).cameras
    assert [camera.image_topic for camera in cameras] == [
        f'/{name}/image' for name in ('front', 'left', 'right')
    ]
    assert {camera.image_transport for camera in cameras} == {'compressed'}


def test_a_camera_may_have_a_transport_of_its_own(tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_text(
        'image_transport: compressed\n'
        'cameras: {front: {image_topic: /a, image_transport: raw}, rear: {image_topic: /b}}'
    )
    assert read_vehicle(path).parameters == {
        'cameras': ['front', 'rear'],
        'image_transport': 'compressed',
        'image_transports': ['raw', 'compressed'],
    }


def test_a_camera_may_have_a_model_of_its_own(tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_text(
        'cameras: {front: {image_topic: /a}, rear: {image_topic: /b, model_path: /models/rear}}'
    )
    assert read_vehicle(path).parameters == {
        'cameras': ['front', 'rear'],
        'image_transport': 'raw',
        'model_paths': ['', '/models/rear'],
    }
    path.write_text('cameras: {front: {image_topic: /a, model_path: 3}}')
    with pytest.raises(VehicleError, match="camera 'front': model_path is 3: give a text"):
        read_vehicle(path)


def cameras(**content):
    return yaml.safe_dump({'cameras': {name: dict(keys) for name, keys in content.items()}})


@pytest.mark.parametrize(
    ('first', 'second', 'told'),
    [
        ({'image_topic': '/a'}, {'image_topic': '/a'}, 'both take /a'),
        ({'image_topic': '/ego/a'}, {'image_topic': 'a'}, 'both take /ego/a'),
        (
            {'image_topic': '/a', 'image_transport': 'compressed'},
            {'image_topic': '/a/compressed'},
            'both take /a/compressed',
        ),
        (
            {'image_topic': '/a/x', 'camera_info_topic': '/i'},
            {'image_topic': '/b/y', 'camera_info_topic': '/i'},
            'both take the calibration /i',
        ),
        (
            {'image_topic': '/a/x', 'camera_info_topic': '/a/camera_info'},
            {'image_topic': '/a/y'},
            'both take the calibration /a/camera_info',
        ),
        (
            {'image_topic': '~/x', 'camera_info_topic': '/i'},
            {'image_topic': '/b/x', 'camera_info_topic': '/i'},
            'both take the calibration /i',
        ),
    ],
)
def test_cameras_that_take_one_topic_are_refused(first, second, told, tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_text(cameras(front=first, rear=second))
    with pytest.raises(VehicleError, match=f"cameras 'front' and 'rear' {told}: give each") as it:
        read_vehicle(path, 'ego')
    assert str(path) in str(it.value)


@pytest.mark.parametrize(
    ('first', 'second'),
    [
        ({'image_topic': '/a'}, {'image_topic': '/a', 'image_transport': 'compressed'}),
        ({'image_topic': '/a/x'}, {'image_topic': '/a/y'}),
        ({'image_topic': 'a'}, {'image_topic': '/a'}),
        ({'image_topic': '~/x'}, {'image_topic': 'x'}),
    ],
)
def test_cameras_that_only_look_alike_are_taken(first, second, tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_text(cameras(front=first, rear=second))
    assert len(read_vehicle(path, 'ego').cameras) == 2


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
        (f'frame: 2001-99-99\ncameras: {{{FRONT}}}', 'not YAML', 'month'),
        (f'frame: ""\ncameras: {{{FRONT}}}', "''", 'without a leading /, such as base_link'),
        (f'frame: /map\ncameras: {{{FRONT}}}', "'/map'", 'without a leading /'),
        (f'cameras: {{{FRONT}, {FRONT}}}', "'front'", 'is given twice'),
        ('cameras: {true: {image_topic: /x}}', '[True]', 'must be of type string_array'),
        ('cameras: {frönt: {image_topic: /x}}', "'frönt'", 'letters, digits and _'),
        ('cameras: {a//b: {image_topic: /x}}', "'a//b'", 'letters, digits and _'),
        ('cameras: {engine: {image_topic: /x}}', "'engine'", 'a different name'),
        ('cameras: {front__l: {image_topic: /x}}', "'front__l'", 'single _'),
        ('cameras: {front: {image_topic: /x//y}}', "image_topic is '/x//y'", 'one / between'),
        ('cameras: {front: {image_topic: /kamera/für}}', "'/kamera/für'", 'a to z'),
        ('cameras: {front: {image_topic: /1}}', "'/1'", 'begin with no digit'),
        ('cameras: {front: {image_topic: "{ns}/x"}}', "'{ns}/x'", 'a to z'),
        ('cameras: {front: {image_topic: ""}}', "image_topic is ''", 'such as /camera/front'),
        ('cameras: {front: {image_topic: ~}}', 'None', 'give a text'),
        (
            'cameras: {front: {image_topic: /x, camera_info_topic: "/x y"}}',
            "camera_info_topic is '/x y'",
            'a to z',
        ),
        (
            'cameras: {front: {image_topic: /x, image_transport: theora}}',
            "camera 'front': image_transport must be one of 'raw', 'compressed'",
            'not',
        ),
        (
            'cameras: {front: {image_topic: /x, image_transport: no}}',
            'False',
            'give a text',
        ),
        (f'cameras: {{front: {{image_topic: /{"x" * 250}}}}}', 'image_topic', 'at most 247'),
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


def test_a_file_that_is_no_text_is_told_in_one_line(tmp_path):
    path = tmp_path / 'vehicle.yaml'
    path.write_bytes(b'cameras: {fr\xf6nt: {image_topic: /x}}')
    with pytest.raises(VehicleError, match=r'not YAML: .*utf-8') as raised:
        read_vehicle(path)
    assert '\n' not in str(raised.value)


@pytest.mark.parametrize('name', ['missing.yaml', '.'])
def test_a_file_that_cannot_be_read_is_named(name, tmp_path):
    with pytest.raises(VehicleError, match='set vehicle_file to one like'):
        read_vehicle(tmp_path / name)
