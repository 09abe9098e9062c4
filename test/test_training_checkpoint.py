from __future__ import annotations

from pathlib import Path

import pytest
from training_samples import image_stage

torch = pytest.importorskip('torch', reason='torch is not installed')

from torch import nn  # noqa: E402

from time2general_ros.training import checkpoint as room  # noqa: E402
from time2general_ros.training.checkpoint import (  # noqa: E402
    load_run,
    restore_optimiser,
    save_run,
)
from time2general_ros.training.trainer import build_optimiser  # noqa: E402


def model_of(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Conv2d(5, 2, 1))


def learn(model: nn.Module, optimiser: torch.optim.Optimizer, seed: int) -> None:
    images = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    optimiser.zero_grad()
    model(images).square().mean().backward()
    optimiser.step()


def save(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    average = {name: value + 1 for name, value in model.state_dict().items()}
    save_run(path, model, average, optimiser, {'stage': 1, 'step': 7})


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    model = model_of(0).to(memory_format=torch.channels_last)
    optimiser = build_optimiser(model, image_stage())
    learn(model, optimiser, 0)
    save(tmp_path / 'state.safetensors', model, optimiser)
    groups, progress = load_run(tmp_path / 'state.safetensors')
    assert progress == {'stage': 1, 'step': 7, 'spent_s': 0, 'total_s': 0}
    assert same(groups['model'], model.state_dict())
    assert same(groups['average'], {k: v + 1 for k, v in model.state_dict().items()})
    assert [p.name for p in tmp_path.iterdir()] == ['state.safetensors']


def test_the_next_update_of_a_restored_optimiser_is_the_same(tmp_path: Path) -> None:
    model = model_of(0)
    optimiser = build_optimiser(model, image_stage())
    for seed in range(3):
        learn(model, optimiser, seed)
    save(tmp_path / 'state.safetensors', model, optimiser)
    groups, _ = load_run(tmp_path / 'state.safetensors')
    resumed, forgetful = model_of(1), model_of(2)
    for other in (resumed, forgetful):
        other.load_state_dict(groups['model'])
    optimisers = {other: build_optimiser(other, image_stage()) for other in (resumed, forgetful)}
    restore_optimiser(optimisers[resumed], groups['optimiser'])
    learn(model, optimiser, 9)
    for other, its in optimisers.items():
        learn(other, its, 9)
    assert same(resumed.state_dict(), model.state_dict())
    assert not same(forgetful.state_dict(), model.state_dict())


def test_a_parameter_that_never_learned_has_no_moments_to_restore(tmp_path: Path) -> None:
    model = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    optimiser = build_optimiser(model, image_stage())
    model[1](torch.ones(1, 2)).sum().backward()
    optimiser.step()
    save(tmp_path / 'state.safetensors', model, optimiser)
    groups, _ = load_run(tmp_path / 'state.safetensors')
    restored = build_optimiser(model, image_stage())
    restore_optimiser(restored, groups['optimiser'])
    kept = restored.state_dict()['state']
    assert kept.keys() == optimiser.state_dict()['state'].keys()
    assert len(kept) == 2


def test_an_older_state_survives_a_save_that_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'state.safetensors'
    model = model_of(0)
    optimiser = build_optimiser(model, image_stage())
    save(path, model, optimiser)
    before = path.read_bytes()

    def cut_off(_: object, partial: Path, **__: object) -> None:
        partial.write_bytes(b'half a file')
        raise KeyboardInterrupt

    monkeypatch.setattr(room, 'save_file', cut_off)
    learn(model, optimiser, 0)
    with pytest.raises(KeyboardInterrupt):
        save(path, model, optimiser)
    assert path.read_bytes() == before
