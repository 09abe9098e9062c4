"""Images of several cameras share a step where the engine takes a batch."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copy

import pytest
from replay_samples import call, rows, write_drive
from tiny_model import tiny_folder, without_single

from time2general_ros.bags.reader import BagReader
from time2general_ros.cli.main import main
from time2general_ros.streaming import engines
from time2general_ros.streaming.engines import openvino_engine

TOPICS = ['/left/image', '/right/image']
MASKS = ['/left/segmentation/mask', '/right/segmentation/mask']


@pytest.fixture
def several_at_once(tmp_path: Path) -> Path:
    """Give the tiny network for several cameras, and not for one, so that a CPU takes them."""
    model, folder = without_single(), tmp_path / 'several'
    folder.mkdir()
    for name in model.card['files']:
        copy(model.path / name, folder)
    (folder / 'card.json').write_text(json.dumps(model.card))
    return folder


def masks(out: Path) -> list[tuple[str, bytes]]:
    with BagReader(out / 'masks.mcap') as reader:
        return [
            (topic, bytes(item.message.data)) for topic in MASKS for item in reader.messages(topic)
        ]


def test_two_cameras_share_a_step_and_get_the_masks_of_one_by_one(
    tmp_path, monkeypatch, several_at_once
):
    bag = write_drive(tmp_path / 'drive.mcap', 40, TOPICS)
    assert call(bag, '--out', tmp_path / 'single') == 0
    shared = []
    step = openvino_engine.OpenVinoEngine.step

    def counted(engine, images, *rest):
        shared.append(len(images))
        return step(engine, images, *rest)

    monkeypatch.setattr(openvino_engine.OpenVinoEngine, 'step', counted)
    options = ['--model', several_at_once, '--engine', 'openvino', '--out', tmp_path / 'pairs']
    assert main(['replay', str(bag), *map(str, options)]) == 0
    # The worst moments of the page are made one by one, after that.
    assert shared[:40] == [2] * 40
    assert masks(tmp_path / 'pairs') == masks(tmp_path / 'single')
    assert rows(tmp_path / 'pairs') == rows(tmp_path / 'single')


@pytest.mark.parametrize('out', ['out.mcap', 'out'])
def test_the_engine_is_asked_for_as_many_cameras_as_there_are_topics(tmp_path, monkeypatch, out):
    asked, create = [], engines.create_engine

    def told(*arguments, cameras, **options):
        asked.append(cameras)
        return create(*arguments, **options)

    monkeypatch.setattr(engines, 'create_engine', told)
    bag = write_drive(tmp_path / 'drive.mcap', 3, TOPICS)
    video = write_drive(tmp_path / 'one.mcap', 3, TOPICS[:1])
    options = ['--model', tiny_folder().path, '--engine', 'openvino', '--out', tmp_path / out]
    topics = ['--topic', TOPICS[0]] if out == 'out.mcap' else []
    assert main(['replay', str(video), str(bag), *topics, *map(str, options)]) == 0
    assert asked == [1 if topics else 2]
