"""The node has the classes of its model, and each camera those of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip('rclpy')
pytest.importorskip('onnxruntime')

from ros_harness import has_listener, image_message, live_node, peer
from toy_graph import toy_folder

from time2general_ros.labels.description import read_label_set
from time2general_ros.ros.cameras import camera_group
from time2general_ros.ros.engine.model_start import ModelPlan

ONE = read_label_set([{'name': 'crop', 'colour': [0, 255, 0]}], 'one', 'one')
TWO = read_label_set(
    [{'name': 'soil', 'colour': [90, 60, 30]}, {'name': 'crop', 'colour': [0, 200, 0]}], '', 'two'
)
BLOCKS = np.random.default_rng(5).integers(0, 255, (4, 6, 3)).astype(np.uint8)
PIXELS = BLOCKS.repeat(4, axis=0).repeat(4, axis=1)
ENGINE = {'engine': 'onnxruntime', 'overlay.alpha': 1.0}


def pixels_of(message: Any, channels: int = 1) -> np.ndarray:
    shape = (message.height, message.width, channels)
    return np.frombuffer(message.data, np.uint8).reshape(shape).squeeze()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Keep the sets that are published as label_info, whose package may not be here."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(
        camera_group,
        'label_info_publisher',
        lambda _node, prefix, labels: found.setdefault(prefix, labels) and None,
    )
    return found


@pytest.mark.parametrize('labels', [ONE, TWO], ids=['one class', 'two classes'])
def test_model_path_alone_brings_masks_names_and_colours(labels: Any, named: Any) -> None:
    path = str(toy_folder(labels=labels).path)
    with (
        live_node(ModelPlan, model_path=path, **ENGINE) as node,
        peer('mask', 'overlay', 'confidence') as camera,
    ):
        camera.wait(lambda: has_listener(node, 'overlay'))
        camera.send(image_message(1_000_000, PIXELS))
        camera.wait(lambda: all(camera.received[t] for t in ('mask', 'overlay')))
        mask = pixels_of(camera.received['mask'][0])
        overlay = pixels_of(camera.received['overlay'][0], 3)
    assert set(np.unique(mask)) == set(range(len(labels)))
    assert np.array_equal(overlay, labels.colours[mask])
    assert named == {'': labels}


def test_two_cameras_have_a_model_each_in_one_process(named: Any) -> None:
    own, usual = (str(toy_folder(labels=labels).path) for labels in (ONE, TWO))
    cameras = ['front', 'rear']
    settings = {'cameras': cameras, 'model_path': usual, 'model_paths': ['', own]}
    masks = {}
    with live_node(ModelPlan, '', **settings, **ENGINE) as node:
        for name in cameras:
            with peer('segmentation/mask', namespace=name) as camera:
                answer = camera.ask(image_message(1_000_000, PIXELS), 'segmentation/mask')
                masks[name] = pixels_of(answer)
        state = node.engine_state()
    assert set(np.unique(masks['front'])) == {0, 1}
    assert set(np.unique(masks['rear'])) == {0}
    assert named == {'front/segmentation/': TWO, 'rear/segmentation/': ONE}
    assert (state.state, state.name) == ('ready', 'onnxruntime')


def test_models_are_listed_for_every_camera_or_none() -> None:
    settings = {'cameras': ['a', 'b'], 'model_paths': ['/x'], 'autostart': False}
    with live_node(ModelPlan, '', **settings) as node:
        node.trigger_configure()
        assert "model_paths is ['/x'] for 2 cameras: list one for each" in str(node.failure)
