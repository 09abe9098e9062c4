from __future__ import annotations

import json
from pathlib import Path
import pickle
from typing import Any

import pytest
from tiny_model import TINY, tiny_network

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.checkpoint import load_network, save_weights  # noqa: E402
from time2general_ros.model.config import ConfigError  # noqa: E402


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_weights(tiny_network().state_dict(), tmp_path / 'weights.safetensors')
    return tmp_path / 'weights.safetensors'


class Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


def test_weights_come_back_rounded_to_half_precision(weights: Path) -> None:
    before, network = tiny_network().state_dict(), load_network(weights, TINY.to_dict())
    after = network.state_dict()
    assert before.keys() == after.keys()
    for name, value in before.items():
        if value.is_floating_point():
            assert after[name].dtype == torch.float32
            assert torch.equal(after[name], value.half().float()), name
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_file_is_safetensors_in_half_precision(weights: Path) -> None:
    data = weights.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], 'little')])
    assert {entry['dtype'] for entry in header.values()} == {'F16'}
    assert weights.stat().st_mode & 0o777 == 0o644


def test_saved_again_it_is_the_same_file(weights: Path, tmp_path: Path) -> None:
    again = tmp_path / 'again.safetensors'
    save_weights(load_network(weights, TINY.to_dict()).state_dict(), again)
    assert again.read_bytes() == weights.read_bytes()


@pytest.mark.parametrize(
    ('settings', 'word'),
    [
        ({'width': 64}, 'decoder.to_mask.weight'),
        ({'label_set': 'camvid11', 'classes': 11}, 'mask_bias'),
        ({'query_layers': 3}, 'decoder.query_reads.2'),
        ({'query_layers': 1}, 'decoder.query_reads.1'),
        ({'encoder_depths': [1, 1, 2]}, 'encoder.stage16.3'),
    ],
)
def test_other_configuration_is_refused(
    weights: Path, settings: dict[str, Any], word: str
) -> None:
    with pytest.raises(ConfigError, match=r'weights\.safetensors') as caught:
        load_network(weights, {**TINY.to_dict(), **settings})
    assert word in str(caught.value)


def test_pickles_are_not_run(tmp_path: Path) -> None:
    trace, file = tmp_path / 'run', tmp_path / 'weights.safetensors'
    for save in (torch.save, lambda thing, path: path.write_bytes(pickle.dumps(thing))):
        save({'queries': Bomb(trace)}, file)
        with pytest.raises(ConfigError, match=str(file)):
            load_network(file, TINY.to_dict())
    assert not trace.exists()


def test_a_cut_off_or_missing_file_is_named(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ConfigError, match=f'cannot read the weights {weights}'):
        load_network(weights, TINY.to_dict())
    weights.unlink()
    with pytest.raises(
        ConfigError, match=f'the weights {weights} are missing.*run the recipe that makes them'
    ):
        load_network(weights, TINY.to_dict())
