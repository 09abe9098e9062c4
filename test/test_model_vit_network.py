from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_vits import VARIANTS, WHOLE_PATH, exported, make, save_vit, tiny_config

torch = pytest.importorskip('torch', reason='torch is not installed')
onnx = pytest.importorskip('onnx', reason='onnx is not installed')

from safetensors.torch import load_file  # noqa: E402

from time2general_ros.export.graph import step_inputs  # noqa: E402
from time2general_ros.model.backbones.source import BackboneError  # noqa: E402
from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.checkpoint import load_network, save_weights  # noqa: E402
from time2general_ros.model.config import ConfigError, ModelConfig  # noqa: E402
from time2general_ros.model.network import Time2General  # noqa: E402
from time2general_ros.model.presets import PRESETS  # noqa: E402
from time2general_ros.model.text_anchors import save_anchors  # noqa: E402
from time2general_ros.training.inheritance import inherit  # noqa: E402

NOT_PLAIN = {'GridSample', 'NonZero', 'Loop', 'If', 'Scan', 'Einsum', 'ScatterND', 'Range'}
T = 6
STAMPS = torch.tensor([[0.0, 0.033, 0.07, 0.25, 0.28, 0.9]])


@pytest.fixture(scope='module')
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_vit(tmp_path_factory.mktemp('encoders') / 'vit')


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest, tmp_path: Path) -> ModelConfig:
    kind, changes = VARIANTS[request.param]
    return tiny_config(save_vit(tmp_path / kind, kind), **changes)


def clip_images() -> torch.Tensor:
    return torch.randn(1, T, 3, 64, 128, generator=torch.Generator().manual_seed(1))


def steps(network: Time2General, images: torch.Tensor) -> Any:
    """Step through a clip, with what each frame may see in its slots."""
    M, ahead = network.config.slots, network.config.ahead
    none = torch.zeros(1, M)
    empty = network.empty_memory(1, (64, 128), M)
    slots: list[torch.Tensor] = []
    if ahead:
        slots = [network.step(images[:, t], empty, none, none).slot for t in range(T)]
    for t in range(T):
        seen = [u for u in range(t - (ahead or M), t + ahead + 1) if u != t and 0 <= u < T]
        memory, age_s, valid = empty.clone(), none.clone(), none.clone()
        for place, u in enumerate(seen):
            memory[:, place], valid[:, place] = slots[u], 1
            age_s[:, place] = STAMPS[:, t] - STAMPS[:, u]
        step = network.step(images[:, t], memory, age_s, valid)
        if not ahead:
            slots.append(step.slot)
        yield step


def test_clip_equals_steps(variant: ModelConfig) -> None:
    network, images = make(variant), clip_images()
    with torch.no_grad():
        for decoded, step in zip(
            network.clip(images, STAMPS), steps(network, images), strict=True
        ):
            fine = decoded.decision.finer_scores
            best = fine.amax(dim=3)
            chosen = fine.gather(3, step.class_ids.long()[..., None]).squeeze(3)
            assert step.slot.shape == (1, variant.slot_tokens, variant.width)
            torch.testing.assert_close(decoded.slot, step.slot, rtol=0, atol=1e-5)
            share = torch.nn.functional.avg_pool2d(best, 2)
            torch.testing.assert_close(share, step.confidence, rtol=0, atol=1e-5)
            # Two classes may score the same: what counts is that none scores better.
            torch.testing.assert_close(chosen, best, rtol=0, atol=1e-5)


def test_only_the_paper_looks_ahead(variant: ModelConfig) -> None:
    network, images = make(variant), clip_images()
    later = images.clone()
    later[:, 4] = -later[:, 4]
    with torch.no_grad():
        before = [answer.mask_logits for answer in network.clip(images, STAMPS)]
        after = [answer.mask_logits for answer in network.clip(later, STAMPS)]
    changed = [not torch.allclose(a, b, atol=1e-5) for a, b in zip(before, after, strict=True)]
    assert changed == [False, False, bool(variant.ahead), bool(variant.ahead), True, True]


def learn_once(network: Time2General) -> None:
    network.train()
    answers = network.clip(clip_images()[:, :3], STAMPS[:, :3])
    labels = torch.randint(0, network.config.classes, answers[0].scores.shape[:3])
    loss = sum(
        torch.nn.functional.nll_loss(answer.scores.log().flatten(0, 2), labels.flatten())
        for answer in answers
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    loss.backward()
    optimiser.step()


def test_training_leaves_the_backbone_as_it_is(variant: ModelConfig) -> None:
    network = make(variant)
    frozen = {k: v.clone() for k, v in network.backbone.vit.state_dict().items()}
    trained = {k: v.clone() for k, v in network.named_parameters() if v.requires_grad}
    learn_once(network)
    assert not any(module.training for module in network.backbone.modules())
    assert all(parameter.grad is None for parameter in network.backbone.parameters())
    for name, value in network.backbone.vit.state_dict().items():
        assert torch.equal(value, frozen[name]), name
    changed = {
        name
        for name, value in network.named_parameters()
        if name in trained and not torch.equal(value, trained[name])
    }
    blocks = [f'stability.{i}.' for i in range(len(network.adapted))]
    for part in ('queries', *blocks, 'taps.0.', 'encoder.', 'decoder.'):
        assert any(name.startswith(part) for name in changed), part


def test_with_a_whole_path_training_begins_where_compact_ended(encoder: Path) -> None:
    settings = tiny_config(encoder, **WHOLE_PATH, adapters='none').to_dict()
    network = build_model(ModelConfig.from_dict(settings)).eval()
    alone = {**settings, 'preset': 'compact', 'backbone': '', 'taps': ()}
    compact = make(ModelConfig.from_dict(alone))
    inherit(network, compact)
    image, none = clip_images()[:, 0], torch.zeros(1, 1)
    memory = compact.empty_memory(1, (64, 128), 1)
    with torch.no_grad():
        theirs, own = (net.step(image, memory, none, none) for net in (compact, network))
        assert torch.equal(theirs.class_ids, own.class_ids)
        torch.testing.assert_close(theirs.slot, own.slot)
        network.taps[0][1].weight.normal_()
        assert not torch.equal(network.step(image, memory, none, none).slot, own.slot)


@pytest.mark.parametrize('last', [1, 2])
def test_last_layers_of_a_backbone_learn_and_are_in_the_checkpoint(
    encoder: Path, tmp_path: Path, last: int
) -> None:
    config = tiny_config(encoder, tuned_layers=last)
    network = make(config)
    before = {k: v.clone() for k, v in network.backbone.vit.state_dict().items()}
    learn_once(network)
    after = network.backbone.vit.state_dict()
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    count = len(network.backbone.layers)
    layers = {f'encoder.layer.{index}' for index in range(count - last, count)}
    assert {'.'.join(name.split('.')[:3]) for name in changed} == layers
    path = tmp_path / 'weights.safetensors'
    save_weights(network.state_dict(), path)
    stored = {name for name in load_file(path) if name.startswith('backbone.vit.')}
    assert {'.'.join(name.split('.')[2:5]) for name in stored} == layers
    image, none = clip_images()[:, 0], torch.zeros(1, 1)
    memory = network.empty_memory(1, (64, 128), 1)
    with torch.no_grad():
        slots = [
            net.eval().step(image, memory, none, none).slot
            for net in (network, load_network(path, config.to_dict()))
        ]
    # Rounded to half precision, a cell may decide otherwise.
    assert ((slots[0] - slots[1]).abs() > 2e-2).float().mean() < 1e-3


def test_layers_that_a_backbone_lacks_cannot_learn(encoder: Path) -> None:
    with pytest.raises(ConfigError, match=r'tuned_layers is 9; .* has 2 layers'):
        make(tiny_config(encoder, tuned_layers=9))


def test_checkpoint_holds_what_was_trained(encoder: Path, tmp_path: Path) -> None:
    config = tiny_config(encoder)
    network = make(config)
    file = tmp_path / 'weights.safetensors'
    save_weights(network.state_dict(), file)
    stored = load_file(file)
    trained = {name for name, value in network.named_parameters() if value.requires_grad}
    assert trained <= stored.keys()
    assert not [name for name in stored if name.startswith('backbone.vit')]
    again = load_network(file, config.to_dict())
    images = clip_images()[:, 0]
    features, same = network.half().float().encode(images), again.encode(images)
    torch.testing.assert_close(features.queries, same.queries, rtol=0, atol=2e-2)
    for name, value in again.backbone.vit.state_dict().items():
        assert value.dtype == torch.float32, name


def test_another_backbone_is_refused_and_both_are_named(encoder: Path, tmp_path: Path) -> None:
    file = tmp_path / 'weights.safetensors'
    save_weights(make(tiny_config(encoder)).state_dict(), file)
    other = save_vit(tmp_path / 'impostor', seed=9)
    with pytest.raises(BackboneError) as caught:
        load_network(file, tiny_config(other).to_dict())
    for word in ("'vit'", "'impostor'", 'SHA-256'):
        assert word in str(caught.value)
    renamed = save_vit(tmp_path / 'renamed')
    load_network(file, tiny_config(renamed).to_dict())


def test_a_checkpoint_without_an_identity_is_refused(encoder: Path, tmp_path: Path) -> None:
    weights = make(tiny_config(encoder)).state_dict()
    del weights['backbone.identity']
    save_weights(weights, tmp_path / 'weights.safetensors')
    with pytest.raises(ConfigError, match=r'backbone\.identity'):
        load_network(tmp_path / 'weights.safetensors', tiny_config(encoder).to_dict())


@pytest.mark.parametrize('option', ['anchors', 'depth_encoder'])
def test_more_inputs_of_the_blocks_matter(encoder: Path, tmp_path: Path, option: str) -> None:
    files = {
        'anchors': tmp_path / 'anchors.safetensors',
        'depth_encoder': save_vit(tmp_path / 'depth', seed=8),
    }
    plain = tiny_config(encoder)
    settings = {**plain.to_dict(), option: str(files[option]), 'anchor_width': 24}
    who = make(plain).backbone.who
    images = clip_images()[:, 0]
    answers = []
    for seed in (1, 2):
        table = torch.randn(19, 24, generator=torch.Generator().manual_seed(seed))
        save_anchors(files['anchors'], table, {'road': ['a road']}, who)
        save_vit(files['depth_encoder'], seed=seed)
        network = make(ModelConfig.from_dict(settings))
        with torch.no_grad():
            answers.append(network.encode(images))
    assert (answers[0].queries - answers[1].queries).abs().max() > 1e-3
    assert (answers[0].tokens - answers[1].tokens).abs().max() > 1e-3
    names = build_model(plain).state_dict().keys()
    assert not [name for name in names if 'text' in name or 'depth' in name or 'anchors' in name]


def test_checkpoints_bring_their_anchors(encoder: Path, tmp_path: Path) -> None:
    anchors = tmp_path / 'anchors.safetensors'
    config = tiny_config(encoder, anchors=str(anchors), anchor_width=24)
    with pytest.raises(ConfigError, match=r'anchors\.safetensors'):
        build_model(config)
    save_anchors(anchors, torch.ones(19, 24), {}, make(tiny_config(encoder)).backbone.who)
    save_weights(build_model(config).state_dict(), tmp_path / 'weights.safetensors')
    anchors.unlink()
    network = load_network(tmp_path / 'weights.safetensors', config.to_dict())
    assert torch.equal(network.anchors, torch.ones(19, 24))


def test_anchors_of_another_shape_are_refused(encoder: Path, tmp_path: Path) -> None:
    file = tmp_path / 'anchors.safetensors'
    save_anchors(file, torch.ones(11, 24), {}, make(tiny_config(encoder)).backbone.who)
    with pytest.raises(ConfigError, match=r'\(11, 24\).*19.*24'):
        build_model(tiny_config(encoder, anchors=str(file), anchor_width=24))


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'taps': ()}, ('taps', '()')),
        ({'taps': (2, 1)}, ('taps', '(2, 1)')),
        ({'taps': (1, 3)}, ('taps', '(1, 3)', '2 layers')),
        ({'adapters': 'some'}, ('some', 'every')),
        ({'ahead': 2, 'slots': 3}, ('slots', '3', '4')),
        ({'backbone': ''}, ('taps', 'backbone')),
        ({'preset': 'huge'}, ('huge', 'paper')),
    ],
)
def test_settings_that_cannot_be_built_are_named(
    encoder: Path, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as caught:
        build_model(tiny_config(encoder, **changes))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize('preset', PRESETS)
def test_presets_are_complete(preset: str) -> None:
    config = ModelConfig.from_dict({'preset': preset})
    assert config.preset == preset
    assert bool(config.backbone) == (preset != 'compact')
    assert (config.ahead, config.adapters) == ((2, 'every') if preset == 'paper' else (0, 'taps'))
    assert ModelConfig.from_dict({'preset': preset, 'height': 128}).height == 128


@pytest.mark.parametrize('name', ['dinov2', 'dinov3', 'paper', 'whole path'])
def test_exported_graph_is_plain_and_equals_torch(name: str) -> None:
    openvino = pytest.importorskip('openvino')
    folder, config = exported(name)
    network = load_network(folder / 'weights.safetensors', config.to_dict())
    graph = onnx.load(folder / 'model.onnx')
    assert [entry.version for entry in graph.opset_import] == [18]
    for node in graph.graph.node:
        assert node.op_type not in NOT_PLAIN
        modes = [item.s for item in node.attribute if item.name == 'mode']
        assert node.op_type != 'Resize' or modes == [b'linear']
    card = (folder / 'card.json').read_text(encoding='utf-8')
    assert str(folder.parent) not in card
    assert network.backbone.who.sha256 in card
    images = clip_images()
    _, memory, age_s, valid = step_inputs(network)
    with torch.no_grad():
        for place in range(config.slots):
            memory[:, place] = network.step(images[:, place], memory, age_s, 0 * valid).slot
        inputs = (images[:, 5], memory, age_s + torch.tensor([[0.3, 0.2, 0.1, 0.0]]), valid + 1)
        expected = network.step(*inputs)
    compiled = openvino.Core().compile_model(
        str(folder / 'model.onnx'),
        'CPU',
        {'INFERENCE_PRECISION_HINT': 'f32', 'SNIPPETS_MODE': 'DISABLE'},
    )
    answer = compiled([item.numpy() for item in inputs])
    assert (answer[0] == expected.class_ids.numpy()).mean() >= 0.999
    np.testing.assert_allclose(answer[1], expected.confidence.numpy(), rtol=0, atol=1e-4)
    np.testing.assert_allclose(answer[2], expected.slot.numpy(), rtol=0, atol=1e-3)
