"""From labelled pictures to the vehicle: what is learned is exported, scored, replayed and run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from own_pictures import SIZE, describe, write_picture
import pytest
from tiny_model import tiny_folder
from training_samples import one_thread  # noqa: F401

torch = pytest.importorskip('torch', reason='torch is not installed')
pytest.importorskip('onnx', reason='onnx is not installed')
pytest.importorskip('openvino', reason='openvino is not installed')

from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.streaming.model_folder import load_model_folder  # noqa: E402
from time2general_ros.timing import roofline  # noqa: E402
from time2general_ros.training.own import prepare  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')
MANY = [f'thing {index}' for index in range(150)]
# Learned beside a frozen backbone, as `small` is.
BESIDE_A_BACKBONE = 'one class and void'
# The classes, and the ids in their label maps.
FIELDS: dict[str, tuple[list[Any], tuple[int, ...]]] = {
    BESIDE_A_BACKBONE: (
        [{'name': 'the "drivable"', 'groups': ['road'], 'colour': [9, 9, 9]}],
        (0, 255),
    ),
    '150 classes': (MANY, (*range(150), 255)),
}


@pytest.fixture(scope='module', params=FIELDS)
def field(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    classes, ids = FIELDS[request.param]
    root = tmp_path_factory.mktemp('data') / 'field'
    describe(root, classes=classes)
    for part, drive in (('train', 'a'), ('val', 'b')):
        for number in range(3):
            write_picture(root / part, f'{drive}_{number}', 10 * ord(drive) + number, ids)
    return root


@pytest.fixture(scope='module')
def model(field: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Learn a few steps from the pictures, and export the whole, as the command does."""
    out = tmp_path_factory.mktemp('runs') / 'own'
    start = tiny_folder().path
    if len(names(field)) == len(FIELDS[BESIDE_A_BACKBONE][0]):
        pytest.importorskip('transformers', reason='transformers is not installed')
        from tiny_vits import exported

        start, _ = exported('dinov2')
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        stages = ('heads', 'all', 'memory')
        # Where its backbone is; what is learned needs none, as its graph holds it.
        patch.setenv('TIME2GENERAL_BACKBONES', str(start.parent))
        patch.setattr(prepare, 'FEWEST', 2)
        patch.setattr(prepare, 'seconds_per_step', lambda *_: dict.fromkeys(stages, 1e9))
        words = ['--from', start, '--data', f'folder:{field}', '--minutes', 3]
        run = ['train', *words, '--out', out, '--accelerator', 'cpu']
        assert main([str(word) for word in run]) == 0
    return out / 'model'


def names(field: Path) -> list[str]:
    classes = json.loads((field / 'dataset.json').read_text(encoding='utf-8'))['classes']
    return [one if isinstance(one, str) else one['name'] for one in classes]


def call(*words: object) -> None:
    assert main([str(word) for word in words]) == 0


def test_it_is_scored_timed_and_laid_out(
    model: Path, field: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yaml = pytest.importorskip('yaml')
    monkeypatch.setattr(roofline, 'CPU_CHAIN', (64, 2))
    figures = tmp_path / 'figures.json'
    data = ['--data', f'folder:{field}', '--strides', 1, '--json', figures]
    call('evaluate', '--model', model, *data)
    scored = json.loads(figures.read_text('utf-8'))
    assert list(scored['per_class_iou']) == names(field)
    call('bench', '--model', model, '--threads', 1, '--image', '48x80', '--frames', 2)
    layouts = {}
    for kind in ('rviz', 'foxglove', 'nav2'):
        call('layout', model, f'--{kind}', '--out', tmp_path / kind)
        layouts[kind] = (tmp_path / kind).read_text('utf-8')
        assert yaml.safe_load(layouts[kind])
    for name in names(field):
        assert name in layouts['rviz']
        assert name in str(yaml.safe_load(layouts['nav2']))


def test_a_drive_is_replayed_into_a_bag_that_names_the_classes(
    model: Path, field: Path, tmp_path: Path
) -> None:
    pytest.importorskip('rosbags', reason='rosbags is not installed')
    from time2general_ros.bags.reader import BagReader

    video = tmp_path / 'drive.mp4'
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter_fourcc(*'mp4v'), 10.0, SIZE[::-1])
    for index in range(3):
        writer.write(np.random.default_rng(index).integers(0, 255, (*SIZE, 3), np.uint8))
    writer.release()
    masks = tmp_path / 'masks.mcap'
    call('replay', video, '--model', model, '--out', masks)
    with BagReader(masks) as reader:
        (item,) = reader.messages('/drive/segmentation/label_info')
        count = sum(1 for _ in reader.messages('/drive/segmentation/mask'))
    assert count == 3
    assert [entry.class_name for entry in item.message.class_map] == names(field)


def test_the_node_takes_the_folder_alone(
    model: Path, field: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip('rclpy')
    from ros_harness import has_listener, image_message, live_node, peer

    from time2general_ros.ros.cameras import camera_group
    from time2general_ros.ros.engine.model_start import ModelPlan

    published: list[Any] = []
    # The package of its message may not be here.
    monkeypatch.setattr(
        camera_group,
        'label_info_publisher',
        lambda _node, _prefix, labels: published.append(labels),
    )
    labels = load_model_folder(model).labels
    pixels = cv2.imread(str(field / 'val' / 'images' / 'b_0.png'))
    settings = {'model_path': str(model), 'threads': 1, 'overlay.alpha': 1.0}
    with (
        live_node(ModelPlan, **settings) as node,
        peer('mask', 'overlay', 'confidence') as camera,
    ):
        camera.wait(lambda: has_listener(node, 'overlay'))
        camera.send(image_message(1_000_000, pixels))
        camera.wait(lambda: all(camera.received.values()))
        mask, overlay = (
            np.frombuffer(camera.received[topic][0].data, np.uint8).reshape(*SIZE, -1)
            for topic in ('mask', 'overlay')
        )
    assert mask.max() < len(labels)
    assert np.array_equal(overlay, labels.colours[mask[..., 0]])
    assert [list(one.classes) for one in published] == [names(field)]
