"""The files of the recipes name the topics, classes and launch files that there are."""

from __future__ import annotations

import json
import re

from launch_samples import PROJECT
import pytest

from time2general_ros.labels.files import load_label_set
from time2general_ros.ros.launching.arguments import BY_FILE

yaml = pytest.importorskip('yaml')

TOPICS = ('image_raw', 'mask', 'confidence', 'overlay')


def test_the_nav2_layer_gets_its_topics_without_remapping():
    path = PROJECT / 'config' / 'nav2' / 'semantic_segmentation_layer.yaml'
    camera = yaml.safe_load(path.read_text('utf-8'))['semantic_segmentation_layer']['camera']
    names = ('segmentation_topic', 'confidence_topic', 'labels_topic')
    expected = ['mask', 'confidence', 'label_info']
    assert [camera[name] for name in names] == [f'/segmentation/{topic}' for topic in expected]


def test_the_nav2_layer_knows_every_class_once():
    path = PROJECT / 'config' / 'nav2' / 'semantic_segmentation_layer.yaml'
    camera = yaml.safe_load(path.read_text('utf-8'))['semantic_segmentation_layer']['camera']
    listed = [name for kind in camera['class_types'] for name in camera[kind]['classes']]
    assert sorted(listed) == sorted(load_label_set('cityscapes19').classes)


def test_the_foxglove_layout_shows_the_contract():
    text = (PROJECT / 'config' / 'foxglove' / 'segmentation.json').read_text('utf-8')
    assert json.loads(text)['version'] == 1
    shown = set(re.findall(r'"(?:imageTopic|topicToRender)": "([^"]+)"', text))
    assert shown == {*(f'/segmentation/{topic}' for topic in TOPICS), '/diagnostics'}


@pytest.mark.parametrize(
    'path',
    [
        'docs/recipes.md',
        'docs/launch.md',
        'config/systemd/time2general.service',
        'docker/Dockerfile',
    ],
)
def test_every_launch_command_has_a_file_and_declared_arguments(path):
    text = (PROJECT / path).read_text('utf-8').replace('\\\n', ' ').replace('", "', ' ')
    arguments = {file: {a.name for a in declared} for file, declared in BY_FILE.items()}
    commands = re.findall(r'ros2 launch (?:--\w+ )?time2general_ros (\S+\.py)"?([^\n\'`]*)', text)
    assert commands
    for file, rest in commands:
        assert set(re.findall(r'(\w+):=', rest)) <= arguments[file]
