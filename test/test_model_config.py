from __future__ import annotations

from dataclasses import replace
import json
from typing import Any

import pytest
from tiny_model import TINY, tiny_network

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.config import ConfigError, ModelConfig  # noqa: E402
from time2general_ros.model.slot import SlotLayout, SlotParts  # noqa: E402


@pytest.mark.parametrize(
    ('settings', 'words'),
    [
        ({'height': 96}, ('height', '96', '64')),
        ({'width_px': 500}, ('width_px', '500', '64')),
        ({'height': 0}, ('height', '0', '64')),
        ({'width_px': -64}, ('width_px', '-64', '64')),
        ({'width': 130}, ('130', '4')),
        ({'width': 96}, ('96', '32')),
        ({'depth': 3, 'colour': 1}, ('colour', 'depth', 'query_layers')),
        ({'heads': 0}, ('heads', '0', 'between 1 and')),
        ({'width': 10**9}, ('width', '1000000000', '65536')),
        ({'slots': '4'}, ('slots', "'4'", 'a whole number')),
        ({'slots': 4.5}, ('slots', '4.5', 'a whole number')),
        ({'classes': True}, ('classes', 'True', 'a whole number')),
        ({'width': None}, ('width', 'None', 'a whole number')),
        ({'ages': 1}, ('ages', '1', 'true or false')),
        ({'backbone': 3}, ('backbone', '3', 'a text')),
        ({'encoder_widths': [1, 2]}, ('encoder_widths', 'a list of 4 whole numbers')),
        ({'encoder_widths': 'abcd'}, ('encoder_widths', 'a list of 4 whole numbers')),
        ({'taps': [1, 'x']}, ('taps', 'a list of whole numbers')),
        ({'preset': ['compact']}, ('preset', 'a text')),
    ],
)
def test_sizes_that_cannot_be_built_are_named(
    settings: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as caught:
        ModelConfig.from_dict(settings)
    for word in words:
        assert word in str(caught.value)


def test_settings_survive_a_card() -> None:
    assert ModelConfig.from_dict(json.loads(json.dumps(TINY.to_dict()))) == TINY


@pytest.mark.parametrize('size', [(64, 128), (192, 64), (384, 512)])
def test_slots_are_packed_and_unpacked(size: tuple[int, int]) -> None:
    height, width = size
    config = ModelConfig(height=height, width_px=width)
    layout, D = SlotLayout(config), config.width
    scene = torch.randn(6, height // 64 * (width // 64), D)
    queries = torch.randn(6, config.queries, D)
    cells = height // 8 * (width // 8)
    descriptor = torch.randn(6, cells, config.descriptor)
    texture = torch.randn(6, 4 * cells, config.texture)
    belief = torch.randn(6, 4 * cells, config.classes + 1)
    decision = torch.randn(6, 4, 4 * cells)
    given = SlotParts(scene, queries, descriptor, texture, belief, decision)
    slot = layout.pack(given)
    assert slot.shape == (6, config.slot_tokens, D)
    parts = layout.unpack(slot.unflatten(0, (2, 3)))
    for part, expected in zip(parts, given, strict=True):
        assert torch.equal(part.flatten(0, 1), expected)


@pytest.mark.parametrize('size', [(64, 128), (128, 64)])
def test_slot_of_a_frame_holds_its_parts(size: tuple[int, int]) -> None:
    config = replace(TINY, height=size[0], width_px=size[1])
    network = tiny_network(config)
    features = network.encode(torch.randn(1, 3, *size))
    memory = network.empty_memory(1, size, 1)
    slot = network.decode(features, memory, torch.zeros(1, 1), torch.zeros(1, 1)).slot
    assert slot.shape == (1, config.slot_tokens, config.width)
    parts = SlotLayout(config).unpack(slot[:, None])
    assert torch.equal(parts.queries[:, 0], features.queries)
    rows, columns = size[0] // 64, size[1] // 64
    tokens = features.tokens.reshape(rows, 4, columns, 4, config.width)
    expected = tokens.mean(dim=(1, 3)).reshape(1, -1, config.width)
    torch.testing.assert_close(parts.scene[:, 0], expected)


def test_cards_from_before_single_layers_could_learn_are_read() -> None:
    old = {**TINY.to_dict(), 'tuned': False}
    assert ModelConfig.from_dict(old) == TINY
    with pytest.raises(ConfigError, match='unknown model settings'):
        ModelConfig.from_dict({**old, 'tuned': True})
