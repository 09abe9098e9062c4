from __future__ import annotations

import json
from pathlib import Path
import shutil
import sys

import pytest
from tiny_model import TINY, tiny_folder

pytest.importorskip('torch', reason='torch is not installed')
onnx = pytest.importorskip('onnx', reason='onnx is not installed')

from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.export import folder as export  # noqa: E402
from time2general_ros.streaming.artefact import check_artefact, read_metadata  # noqa: E402
from time2general_ros.streaming.model_folder import load_model_folder  # noqa: E402

MODEL = 'time2general_ros.streaming.engines.tensorrt'


@pytest.fixture(autouse=True)
def no_tensorrt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look the same on machines that have TensorRT."""
    for name in [name for name in sys.modules if name.startswith(f'{MODEL}.')]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, 'tensorrt', None)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Leave graphs nearly empty, and give how they were asked for."""
    asked: list[dict[str, object]] = []

    def export_onnx(_: object, path: Path, **options: object) -> None:
        asked.append(options)
        onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], 'g', [], [])), path)

    monkeypatch.setattr(export, 'export_onnx', export_onnx)
    return asked


def run(*arguments: object) -> int:
    return main(['export', str(tiny_folder().path), *map(str, arguments)])


def test_an_exported_folder_is_a_model_of_the_size_and_cameras_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'deep' / 'out'
    options = ('--engine', 'onnxruntime', '--size', '128x64', '--cameras', 2)
    assert run(*options, '--precision', 'f16', '--out', out) == 0
    # The exporter's notes on packages that are not needed are nothing to a user.
    assert capfd.readouterr() == (f'{out}\n', '')
    model, source = load_model_folder(out), tiny_folder()
    assert (model.input_size, model.batch, model.precision) == ((128, 64), 2, 'f16')
    assert model.name == source.name
    assert model.checksum('weights.safetensors') == source.checksum('weights.safetensors')
    for file, cameras in (('model.onnx', 2), ('model_1.onnx', 1)):
        check_artefact(read_metadata(model.verified(file)), model, cameras=cameras)
        graph = onnx.load(out / file).graph
        sides = [side.dim_value for side in graph.input[0].type.tensor_type.shape.dim]
        assert sides == [cameras, 3, 128, 64]
        half = [t for t in graph.initializer if t.data_type == onnx.TensorProto.FLOAT16]
        assert half
    assert not list(out.parent.glob('.*'))


def test_card_and_weights_are_enough(
    tmp_path: Path, quick: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / 'source'
    shutil.copytree(tiny_folder().path, source)
    (source / 'model.onnx').unlink()
    for number, name in enumerate(('', 'card.json', 'weights.safetensors')):
        out = tmp_path / f'out{number}'
        given = ['export', str(source / name), '--engine', 'openvino', '--out', str(out)]
        assert main(given) == 0
        assert load_model_folder(out).input_size == (TINY.height, TINY.width_px)


def test_figures_of_another_size_are_left_out(
    tmp_path: Path, quick: list[dict[str, object]]
) -> None:
    source = tmp_path / 'source'
    shutil.copytree(tiny_folder().path, source)
    card = json.loads((source / 'card.json').read_text())
    kept_too = {'terms': 'x', 'hours': 2.5, 'chain': [{'recipe': 'a.yaml', 'hours': 2.5}]}
    (source / 'card.json').write_text(json.dumps({**card, 'figures': {'miou': 1}, **kept_too}))
    for size, kept in (('64x128', True), ('64x64', False)):
        out = tmp_path / size
        given = ['--engine', 'torch', '--size', size, '--out', str(out)]
        assert main(['export', str(source), *given]) == 0
        written = load_model_folder(out).card
        assert ('figures' in written) == kept
        assert kept_too.items() <= written.items()
        assert written['exported_for'] == 'torch'


@pytest.mark.parametrize(
    ('engine', 'precision'),
    [('tensorrt', 'f16'), ('onnxruntime', 'f32'), ('openvino', 'f32'), ('torch', 'f32')],
)
def test_each_engine_has_its_precision(
    engine: str, precision: str, tmp_path: Path, quick: list[dict[str, object]]
) -> None:
    assert run('--engine', engine, '--out', tmp_path / 'out') == 0
    assert [options['precision'] for options in quick] == [precision]
    assert load_model_folder(tmp_path / 'out').precision == precision


def test_without_tensorrt_it_says_what_to_run_on_the_target(
    tmp_path: Path, quick: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'out'
    assert run('--engine', 'tensorrt', '--out', out) == 0
    told = capsys.readouterr().err
    assert 'no plan was built' in told
    assert f'time2general export {out} --engine tensorrt --build-only' in told
    assert run('--engine', 'tensorrt', '--build-only') == 1
    assert 'install TensorRT' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--engine', 'tensorflow'], ['tensorflow', 'openvino', 'tensorrt']),
        (['--engine', 'openvino', '--precision', 'bf16'], ['openvino', 'bf16', 'f32', 'runs']),
        (['--engine', 'torch', '--size', '100x128'], ['height is 100', 'multiple of 64']),
        (['--engine', 'torch', '--memory-mb', '0.01'], ['MB', '--memory-mb', '--size', '64x128']),
        (
            ['--engine', 'torch', '--size', '16384x4096', '--cameras', '1024'],
            ['MB', 'fewer cameras'],
        ),
    ],
)
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(
    options: list[str],
    words: list[str],
    tmp_path: Path,
    quick: list[dict[str, object]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*options, '--out', tmp_path / 'out') == 1
    told = capsys.readouterr().err
    for word in words:
        assert word in told
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_needs_more_than_the_budget_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from time2general_ros.export import artefact

    monkeypatch.setattr(artefact, 'peak_bytes', lambda _: 300 * 2**20)
    monkeypatch.setattr(artefact, 'write_model_folder', _write_empty)
    assert run('--engine', 'torch', '--memory-mb', '200', '--out', tmp_path / 'out') == 1
    assert 'need 300 MB, the budget is 200 MB' in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def _write_empty(_: object, __: object, folder: Path, *___: object, **____: object) -> None:
    onnx.save(
        onnx.helper.make_model(onnx.helper.make_graph([], 'g', [], [])), folder / 'model.onnx'
    )


def test_what_is_there_is_not_overwritten(
    tmp_path: Path, quick: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'mine').write_text('mine')
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'folder' / 'notes').write_text('mine')
    for name in ('mine', 'folder'):
        assert run('--engine', 'torch', '--out', tmp_path / name) == 1
        assert 'exists already' in capsys.readouterr().err
    (tmp_path / 'empty').mkdir()
    assert run('--engine', 'torch', '--out', tmp_path / 'empty') == 0


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, quick: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'file').write_text('')
    out = tmp_path / 'file' / 'out'
    assert run('--engine', 'torch', '--out', out) == 1
    told = capsys.readouterr().err
    assert f'cannot write {out}' in told
    assert '--out' in told


def test_missing_torch_is_answered_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, 'time2general_ros.export.artefact', raising=False)
    monkeypatch.setitem(sys.modules, 'safetensors.torch', None)
    assert run('--engine', 'torch', '--out', tmp_path / 'out') == 1
    assert 'pip install "torch==2.13.*" safetensors' in capsys.readouterr().err


@pytest.mark.parametrize(
    'options',
    [
        ['--engine', 'torch'],
        ['--engine', 'tensorrt', '--build-only', '--out', 'x'],
        ['--engine', 'torch', '--build-only'],
        ['--engine', 'torch', '--out', 'x', '--size', '64'],
        ['--engine', 'torch', '--out', 'x', '--cameras', '0'],
    ],
)
def test_wrong_usage_is_told(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(*options)
    assert 'usage' in capsys.readouterr().err
