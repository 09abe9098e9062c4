from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_model import TINY, tiny_network
from training_samples import batch_of, image_stage, one_thread, recipe_of, video_stage  # noqa: F401

torch = pytest.importorskip('torch', reason='torch is not installed')

from safetensors.torch import load_file  # noqa: E402

from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.checkpoint import save_weights  # noqa: E402
from time2general_ros.model.config import ConfigError  # noqa: E402
from time2general_ros.model.convolutions import Separable  # noqa: E402
from time2general_ros.training.errors import TrainingError  # noqa: E402
from time2general_ros.training.inheritance import inherit, nearest_separable  # noqa: E402
from time2general_ros.training.objective.imitation import (  # noqa: E402
    answer_error,
    encoder_objective,
    feature_error,
)
from time2general_ros.training.objective.losses import LossWeights  # noqa: E402
from time2general_ros.training.objective.objective import objective  # noqa: E402
from time2general_ros.training.recipes.recipe import Original  # noqa: E402
from time2general_ros.training.trainer import Trainer  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')

DENSE = TINY
SMALL = replace(TINY, queries_per_class=1, query_layers=1, separable=True, fine_stability=False)


def fresh(config=SMALL):
    torch.manual_seed(3)
    return build_model(config)


def test_equal_features_have_no_error_and_units_do_not_matter() -> None:
    torch.manual_seed(0)
    mine, theirs = [torch.randn(2, 8)], [torch.randn(2, 8)]
    assert feature_error(theirs, theirs) == 0
    error = feature_error(mine, theirs)
    assert error > 0.1
    torch.testing.assert_close(feature_error([100 * mine[0]], [100 * theirs[0]]), error)


def test_answers_are_compared_by_their_divergence() -> None:
    theirs = torch.tensor([[0.5, 0.5], [0.9, 0.1]])
    assert answer_error(theirs, theirs) == 0
    expected = 0.5 * (0.9 * torch.log(torch.tensor(9.0)) + 0.1 * torch.log(torch.tensor(1 / 9)))
    other = torch.tensor([[0.5, 0.5], [0.1, 0.9]])
    torch.testing.assert_close(answer_error(other, theirs), expected)


def test_the_encoder_comes_closer_to_the_original_and_nothing_else_learns() -> None:
    network, original, batch = fresh(), tiny_network(DENSE), batch_of(2, 1)
    learned = [value for name, value in network.named_parameters() if 'query' not in name]
    optimiser = torch.optim.Adam(learned, 3e-3)
    errors = []
    for _ in range(12):
        loss, terms = encoder_objective(network, original, batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(terms['features'])
    assert errors[-1] < 0.7 * errors[0]
    assert network.encoder.stage4[0][0].weight.grad is not None
    assert network.decoder.describe.fine.weight.grad is not None
    assert network.decoder.to_mask.weight.grad is None
    assert all(value.grad is None for value in original.parameters())


@pytest.mark.parametrize('frames', [1, 3])
def test_the_objective_asks_for_features_and_answers_of_the_original(frames: int) -> None:
    network, original, batch = fresh(), tiny_network(DENSE), batch_of(2, frames)
    weights = LossWeights(features=1.0, answers=1.0)

    def terms(other):
        fine = torch.eye(256, network.config.classes, dtype=torch.bool)
        generator = torch.Generator().manual_seed(0)
        return objective(network, batch, weights, generator, 1.0, fine, original=other)

    total, with_original = terms(original)
    alone, without = terms(None)
    assert with_original.keys() - without.keys() == {'features', 'answers'}
    extra = with_original['features'] + with_original['answers']
    assert (total - alone).item() == pytest.approx(extra, rel=1e-3)
    _, same = terms(network)
    assert same['features'] == pytest.approx(0, abs=1e-6)
    assert same['answers'] == pytest.approx(0, abs=1e-6)


def test_a_kernel_that_can_be_split_is_split_without_loss() -> None:
    torch.manual_seed(0)
    around, across = torch.randn(4, 1, 3, 3), torch.randn(6, 4)
    dense = across[:, :, None, None] * around[:, 0]
    first, second = nearest_separable(dense)
    torch.testing.assert_close(second[:, :, None, None] * first[:, 0], dense)
    noisy = dense + 0.1 * torch.randn(dense.shape)
    first, second = nearest_separable(noisy)
    assert (second[:, :, None, None] * first[:, 0] - noisy).norm() < (dense - noisy).norm()


def test_what_fits_is_inherited() -> None:
    original, network = tiny_network(DENSE), fresh()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    taken = inherit(network, original)
    own, other = network.state_dict(), original.state_dict()
    assert torch.equal(own['decoder.to_mask.weight'], other['decoder.to_mask.weight'])
    # One of two queries per class, and all that stand for none.
    kept = [*range(0, 2 * TINY.classes, 2), *range(2 * TINY.classes, TINY.queries)]
    assert torch.equal(own['queries'], other['queries'][kept])
    assert torch.equal(own['decoder.mask_bias'], other['decoder.mask_bias'][::2])
    assert torch.equal(own['decoder.fuse8.2.running_mean'], other['decoder.fuse8.1.running_mean'])
    described = 'decoder.describe.coarse.body.1.bias'
    assert torch.equal(own[described], other['decoder.describe.coarse.body.0.bias'])
    # Wider in between than those of the original.
    hidden = 'encoder.stage16.2.body.0.0.weight'
    assert hidden not in taken
    assert torch.equal(own[hidden], before[hidden])
    separable = [name for name, part in network.named_modules() if isinstance(part, Separable)]
    assert f'{separable[0]}.0.weight' in own
    assert sum(f'{name}.0.weight' in taken for name in separable) >= 6


def trainer_of(place: Path, *stages, weights: Path | None = None, config=DENSE, **changes):
    imitate = Original(weights, config.to_dict()) if weights else None
    recipe = replace(recipe_of(*stages), model=SMALL.to_dict(), imitate=imitate, **changes)
    return Trainer(recipe, place / 'run', place / 'cache')


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_weights(tiny_network(DENSE).state_dict(), tmp_path / 'dense.safetensors')
    return tmp_path / 'dense.safetensors'


def test_a_run_imitates_and_starts_from_what_it_inherits(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from time2general_ros.training import trainer as room

    def few(
        _: object, recipe: object, stage: int, first: int, *__: object, **___: object
    ) -> list[object]:
        frames = recipe.stages[stage].frames  # type: ignore[attr-defined]
        return [batch_of(2, frames, seed) for seed in range(first, 3)]

    monkeypatch.setattr(room, 'batches', few)
    monkeypatch.setattr(room.Material, 'sources', lambda *_: [])
    monkeypatch.setattr(room, 'LOG_EVERY', 1)
    trainer = trainer_of(
        tmp_path,
        image_stage(name='encoder', steps=3, encoder_only=True),
        video_stage(steps=3),
        weights=weights,
        losses=LossWeights(features=1.0, answers=1.0),
    )
    inherited = load_file(weights)['decoder.to_mask.weight'].float()
    torch.testing.assert_close(trainer.model.state_dict()['decoder.to_mask.weight'], inherited)
    trained = load_file(trainer.run())
    rows = (tmp_path / 'run' / 'log.csv').read_text().splitlines()
    assert rows[0].endswith('features,answers,kept')
    assert len(rows) == 1 + 6
    assert not torch.equal(trained['decoder.to_mask.weight'], inherited)
    again = trainer_of(
        tmp_path, image_stage(name='encoder', steps=3, encoder_only=True), video_stage(steps=3),
        weights=weights,
    )  # fmt: skip
    assert again.stage == 2


def test_an_encoder_cannot_learn_from_nothing(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"stages \['alone'\] .* imitate"):
        trainer_of(tmp_path, image_stage(name='alone', encoder_only=True))


def test_weights_of_another_network_cannot_be_imitated(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(ConfigError, match='does not fit its configuration'):
        trainer_of(tmp_path, image_stage(), weights=weights, config=SMALL)
