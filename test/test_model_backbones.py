from __future__ import annotations

from pathlib import Path

import pytest
from tiny_vits import KINDS, save_vit

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.backbones.load import load_vit  # noqa: E402
from time2general_ros.model.backbones.resample import resample_kernel, resize_matrix  # noqa: E402
from time2general_ros.model.backbones.source import (  # noqa: E402
    PLACE,
    BackboneError,
    find_encoder,
    identify,
)

SIZE = (64, 128)


@pytest.mark.parametrize('size', [16, 20])
def test_enlarged_patches_are_seen_as_the_patches_were(size: int) -> None:
    kernel, patch = torch.randn(5, 3, 14, 14), torch.randn(3, 14 * 14)
    enlarged = patch @ resize_matrix(14, size).float().T
    before = torch.einsum('ocp,cp->o', kernel.flatten(2), patch)
    after = torch.einsum('ocp,cp->o', resample_kernel(kernel, size).flatten(2), enlarged)
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)


def test_a_kernel_of_the_right_size_is_kept() -> None:
    kernel = torch.randn(5, 3, 16, 16)
    assert resample_kernel(kernel, 16) is kernel


@pytest.mark.parametrize('size', [SIZE, (96, 64)], ids=['baked', 'another'])
@pytest.mark.parametrize('kind', KINDS)
def test_layer_by_layer_is_the_model_of_the_library(
    tmp_path: Path, kind: str, size: tuple[int, int]
) -> None:
    vit = load_vit(str(save_vit(tmp_path, kind)), SIZE)
    image = torch.randn(2, 3, *size)
    with torch.no_grad():
        tokens = vit.embed(image)
        assert tokens.shape == (2, vit.prefix + size[0] * size[1] // 256, vit.width)
        for index in range(len(vit.layers)):
            tokens = vit.layer(index, tokens, size)
        vit.vit.set_attn_implementation('eager')
        expected = vit.vit(image).last_hidden_state
        norm = vit.vit.norm if kind == 'dinov3_vit' else vit.vit.layernorm
    torch.testing.assert_close(norm(tokens), expected, rtol=0, atol=2e-5)


def test_depth_networks_are_read_as_their_transformer(tmp_path: Path) -> None:
    transformers = pytest.importorskip('transformers')
    backbone = transformers.Dinov2Config(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=70,
        patch_size=14,
        out_features=['stage1', 'stage2'],
        reshape_hidden_states=False,
    )
    config = transformers.DepthAnythingConfig(
        backbone_config=backbone,
        patch_size=14,
        reassemble_hidden_size=32,
        reassemble_factors=[2, 1],
        neck_hidden_sizes=[8, 8],
        fusion_hidden_size=8,
        head_hidden_size=4,
    )
    transformers.DepthAnythingForDepthEstimation(config).save_pretrained(tmp_path)
    vit = load_vit(str(tmp_path), SIZE)
    assert len(vit.layers) == 2
    assert vit.embed(torch.randn(1, 3, *SIZE)).shape == (1, 33, 32)


def test_encoders_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / 'dinov2-small'
    folder.mkdir()
    monkeypatch.setenv(PLACE, str(tmp_path))
    assert find_encoder(str(folder)) == folder
    assert find_encoder('dinov2-small') == folder
    assert find_encoder('facebook/dinov2-small') == folder


@pytest.mark.parametrize('source', ['nobody/nothing', '/no/such/folder'])
def test_a_missing_encoder_is_not_looked_for_on_the_network(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError('the network was used')

    monkeypatch.setattr('socket.socket.connect', refuse)
    monkeypatch.delenv(PLACE, raising=False)
    with pytest.raises(BackboneError, match=f'{source}.*{PLACE}.*hf download'):
        find_encoder(source)


def test_unknown_architectures_are_named(tmp_path: Path) -> None:
    (tmp_path / 'config.json').write_text('{"model_type": "resnet"}')
    with pytest.raises(BackboneError, match=r"'resnet'.*dinov2"):
        load_vit(str(tmp_path), SIZE)


def test_incomplete_weights_are_refused(tmp_path: Path) -> None:
    safetensors = pytest.importorskip('safetensors.torch')
    file = save_vit(tmp_path) / 'model.safetensors'
    weights = safetensors.load_file(file)
    lost = next(name for name in weights if 'mlp' in name)
    del weights[lost]
    safetensors.save_file(weights, file, metadata={'format': 'pt'})
    with pytest.raises(BackboneError, match=lost):
        load_vit(str(tmp_path), SIZE)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    file = save_vit(tmp_path) / 'model.safetensors'
    file.rename(tmp_path / 'pytorch_model.bin')
    with pytest.raises(BackboneError, match='safetensors'):
        load_vit(str(tmp_path), SIZE)


def test_identity_follows_the_weights(tmp_path: Path) -> None:
    one, same, other = (
        identify(str(tmp_path / name), save_vit(tmp_path / name, seed=seed))
        for name, seed in (('a', 1), ('b', 1), ('c', 2))
    )
    assert one.sha256 == same.sha256 != other.sha256
    assert [one.name, same.name, other.name] == ['a', 'b', 'c']
    assert type(one).from_tensor(one.to_tensor()) == one
