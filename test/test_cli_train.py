from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from tiny_model import TINY
from training_samples import one_thread, write_camvid  # noqa: F401

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.checksum import sha256  # noqa: E402
from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.export import folder as export  # noqa: E402
from time2general_ros.streaming.engines import create_engine  # noqa: E402
from time2general_ros.streaming.model_folder import load_model_folder  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')
FILES = ('model.onnx', 'weights.safetensors')


@pytest.fixture(autouse=True)
def no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the graph empty: making it is slow and has its own tests."""
    monkeypatch.setattr(export, 'export_onnx', lambda _, path, **__: path.write_bytes(b''))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    stage = {'batch': 1, 'sources': {'camvid': 1}, 'crop': [64, 64], 'warm_up': 1}
    values = {
        'name': 'tiny',
        'seed': 12,
        'about': {'data': 'two stills', 'terms': 'as you like'},
        'model': {k: list(v) if isinstance(v, tuple) else v for k, v in TINY.to_dict().items()},
        'camvid': str(write_camvid(tmp_path)),
        'stages': [
            {'name': 'image', 'steps': 2, 'frames': 1, **stage},
            {'name': 'video', 'steps': 1, 'frames': 2, 'freeze_norm': True, **stage},
        ],
    }
    path = tmp_path / 'tiny.yaml'
    YAML(typ='safe', pure=True).dump(values, path)
    return path


def train(recipe: Path, out: Path) -> int:
    return main(['train', str(recipe), '--out', str(out), '--cache', str(out / 'drives')])


def test_a_recipe_becomes_a_model_that_an_engine_runs(recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / 'run'
    assert train(recipe, out) == 0
    card = json.loads((out / 'model' / 'card.json').read_text(encoding='utf-8'))
    told = {'name': 'tiny', 'seed': 12, 'steps': 3, 'data': 'two stills', 'terms': 'as you like'}
    assert told.items() <= card.items()
    assert card['recipe'] == str(recipe)
    assert card['command'] == f'time2general train {recipe} --out {out}'
    assert card['files'] == {name: sha256(out / 'model' / name) for name in FILES}
    engine = create_engine('torch', load_model_folder(out / 'model'))
    image = np.random.default_rng(0).normal(size=(1, 3, 64, 128)).astype(np.float32)
    unused = np.zeros((1, TINY.slots), np.float32)
    step = engine.step(image, [engine.new_bank()], unused, unused, [0])
    assert step.class_ids.shape == (1, 32, 64)
    assert step.confidence.shape == (1, 16, 32)
    assert step.class_ids.max() < TINY.classes
    assert np.isfinite(step.confidence).all()


def test_the_model_holds_the_averaged_weights(recipe: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    assert train(recipe, tmp_path / 'run') == 0
    averaged = load_file(tmp_path / 'run' / 'weights.safetensors')
    shipped = load_file(tmp_path / 'run' / 'model' / 'weights.safetensors')
    assert shipped
    for name, value in shipped.items():
        assert torch.equal(value, averaged[name].half())


def test_the_same_command_again_trains_no_further(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'run'
    assert train(recipe, out) == 0
    first = (out / 'model' / 'weights.safetensors').read_bytes()
    assert train(recipe, out) == 0
    assert (out / 'model' / 'weights.safetensors').read_bytes() == first
    err = capsys.readouterr().err
    assert 'model written to' in err


@pytest.mark.parametrize(
    ('fault', 'message'),
    [('recipe', 'cannot read the recipe'), ('data', 'train/images'), ('key', 'unknown keys')],
)
def test_a_fault_is_told_in_a_line(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str, message: str
) -> None:
    text = recipe.read_text(encoding='utf-8')
    if fault == 'recipe':
        recipe.unlink()
    elif fault == 'data':
        (tmp_path / 'train' / 'images').rename(tmp_path / 'elsewhere')
    else:
        recipe.write_text(f'{text}\nepochs: 3\n', encoding='utf-8')
    assert train(recipe, tmp_path / 'run') == 1
    err = capsys.readouterr().err
    assert err.startswith('error: ')
    assert message in err
    assert not (tmp_path / 'run' / 'model').exists()
