from __future__ import annotations

from dataclasses import replace

import pytest
from tiny_model import TINY, tiny_network

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.evidence import class_evidence  # noqa: E402
from time2general_ros.model.network import Time2General  # noqa: E402

M = TINY.slots
SIZE = (TINY.height, TINY.width_px)
STAMPS = torch.tensor(
    [
        [0.0, 0.033, 0.07, 0.25, 0.28, 0.9, 0.933, 1.8],
        [0.0, 0.5, 0.51, 0.6, 0.62, 0.66, 1.0, 1.02],
    ]
)
T = STAMPS.shape[1]


@pytest.fixture(scope='module', params=['dense', 'separable'])
def network(request: pytest.FixtureRequest) -> Time2General:
    separable = request.param == 'separable'
    return tiny_network(replace(TINY, separable=separable, fine_stability=not separable))


@pytest.fixture(scope='module')
def images() -> torch.Tensor:
    return torch.randn(2, T, 3, *SIZE, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope='module')
def slots(network: Time2General, images: torch.Tensor) -> torch.Tensor:
    """Give what three frames of two cameras left behind."""
    return torch.stack([frame.slot for frame in network.clip(images, STAMPS)[:M]], dim=1)


def ring_steps(network, images, stamps, readable):
    """Step through a clip with a ring of slots that holds garbage where nothing was written."""
    memory = torch.full((len(images), M, TINY.slot_tokens, TINY.width), float('nan'))
    written = [-1] * M
    for t in range(images.shape[1]):
        age_s = stamps[:, t : t + 1] - stamps[:, written]
        valid = readable[:, t, written] * torch.tensor([float(frame >= 0) for frame in written])
        step = network.step(images[:, t], memory, age_s, valid)
        yield step
        memory[:, t % M] = step.slot
        written[t % M] = t


def shares(network, decoded):
    """Give class ids and the winner's share of a decoded frame."""
    fine = decoded.decision.finer_scores
    return fine.argmax(dim=3), torch.nn.functional.avg_pool2d(fine.amax(dim=3), 2)


def assert_same(step, other, tolerance=1e-5):
    torch.testing.assert_close(step.slot, other.slot, rtol=0, atol=tolerance)
    torch.testing.assert_close(step.confidence, other.confidence, rtol=0, atol=tolerance)
    assert (step.class_ids == other.class_ids).float().mean() >= 0.999


@pytest.mark.parametrize('kind', ['default', 'shared', 'per entry'])
def test_clip_equals_steps(network: Time2General, images: torch.Tensor, kind: str) -> None:
    draw = torch.rand(2, T, T, generator=torch.Generator().manual_seed(2)).round()
    masks = {
        'default': (None, torch.ones(2, T, T)),
        'shared': (draw[0], draw[:1].expand(2, T, T)),
        'per entry': (draw, draw),
    }
    readable, per_entry = masks[kind]
    clip = network.clip(images, STAMPS, readable)
    steps = list(ring_steps(network, images, STAMPS, per_entry))
    assert len(clip) == len(steps) == T > 2 * M
    for decoded, step in zip(clip, steps, strict=True):
        ids, share = shares(network, decoded)
        torch.testing.assert_close(decoded.slot, step.slot, rtol=0, atol=1e-5)
        torch.testing.assert_close(share, step.confidence, rtol=0, atol=1e-5)
        assert (ids == step.class_ids).float().mean() >= 0.999


def test_memory_changes_masks(network: Time2General, images: torch.Tensor) -> None:
    with_memory = network.clip(images, STAMPS)[-1].mask_logits
    without = network.clip(images, STAMPS, torch.zeros(T, T))[-1].mask_logits
    assert (with_memory - without).abs().mean() > 0.1 * without.std()


def test_without_valid_slots_it_is_the_per_frame_model(
    network: Time2General, images: torch.Tensor, slots: torch.Tensor
) -> None:
    step = network.step(images[:, 5], slots, torch.rand(2, M), torch.zeros(2, M))
    alone = network.clip(images[:, 5:6], STAMPS[:, 5:6])[0]
    ids, share = shares(network, alone)
    assert step.slot.isfinite().all()
    assert step.confidence.isfinite().all()
    torch.testing.assert_close(step.slot, alone.slot, rtol=0, atol=1e-5)
    torch.testing.assert_close(step.confidence, share, rtol=0, atol=1e-5)
    assert (step.class_ids == ids).float().mean() >= 0.999


@pytest.mark.parametrize('order', [(2, 0, 1), (1, 2, 0), (2, 1, 0)])
@pytest.mark.parametrize('valid', [(1.0, 1.0, 1.0), (1.0, 0.0, 1.0)])
def test_order_of_slots_does_not_matter(
    network: Time2General,
    images: torch.Tensor,
    slots: torch.Tensor,
    order: tuple[int, ...],
    valid: tuple[float, ...],
) -> None:
    age_s, mask = torch.tensor([[0.5, 0.2, 0.1]] * 2), torch.tensor([valid] * 2)
    turned = list(order)
    step = network.step(images[:, 3], slots, age_s, mask)
    other = network.step(images[:, 3], slots[:, turned], age_s[:, turned], mask[:, turned])
    assert_same(step, other)


@pytest.mark.parametrize('garbage', ['noise', 'nan', 'inf', '-inf'])
@pytest.mark.parametrize('valid', [(1.0, 0.0, 1.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0)])
def test_garbage_in_invalid_slots_does_not_matter(
    network: Time2General,
    images: torch.Tensor,
    slots: torch.Tensor,
    garbage: str,
    valid: tuple[float, ...],
) -> None:
    age_s, mask = torch.tensor([[0.5, 0.2, 0.1]] * 2), torch.tensor([valid] * 2)
    clean = slots * mask[:, :, None, None]
    noise = 1e3 * torch.randn(slots.shape, generator=torch.Generator().manual_seed(3))
    value = noise if garbage == 'noise' else torch.full_like(slots, float(garbage))
    dirty = torch.where(mask[:, :, None, None] > 0, slots, value)
    dirty_age = torch.where(mask > 0, age_s, value[:, :, 0, 0])
    step = network.step(images[:, 3], clean, age_s * mask, mask)
    other = network.step(images[:, 3], dirty, dirty_age, mask)
    for part, same in zip(step, other, strict=True):
        assert torch.equal(part, same)


@pytest.mark.parametrize('older', [(1.0, 1.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)])
def test_every_age_matters_and_acts_smoothly(
    network: Time2General, images: torch.Tensor, slots: torch.Tensor, older: tuple[float, ...]
) -> None:
    features, valid = network.encode(images[:, 3]), torch.ones(2, M)

    def logits(later_s: float) -> torch.Tensor:
        age_s = torch.tensor([[0.5, 0.2, 0.1]] * 2) + later_s * torch.tensor(older)
        return network.decode(features, slots, age_s, valid).mask_logits

    now = logits(0)
    far, near, nearer = ((logits(by) - now).abs().max().item() for by in (0.3, 2e-3, 1e-3))
    assert far > 1e-3 * now.std()
    assert near < 0.2 * far
    assert nearer == pytest.approx(near / 2, rel=0.2)


def test_batch_equals_one_by_one(
    network: Time2General, images: torch.Tensor, slots: torch.Tensor
) -> None:
    age_s = torch.tensor([[0.5, 0.2, 0.1], [0.2, 0.9, 0.3]])
    valid = torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    together = network.step(images[:, 3], slots, age_s, valid)
    for index in range(2):
        one = slice(index, index + 1)
        alone = network.step(images[one, 3], slots[one], age_s[one], valid[one])
        assert_same(type(alone)(*(part[one] for part in together)), alone)


def test_shapes_types_and_ranges(
    network: Time2General, images: torch.Tensor, slots: torch.Tensor
) -> None:
    step = network.step(images[:, 3], slots, torch.full((2, M), 0.1), torch.ones(2, M))
    quarter = (2, TINY.height // 4, TINY.width_px // 4)
    half = (2, TINY.height // 2, TINY.width_px // 2)
    assert (step.class_ids.dtype, step.class_ids.shape) == (torch.uint8, half)
    assert (step.confidence.dtype, step.confidence.shape) == (torch.float32, quarter)
    assert step.slot.shape == (2, TINY.slot_tokens, TINY.width)
    assert network.empty_memory(2, SIZE, M).shape == (2, M, TINY.slot_tokens, TINY.width)
    assert step.class_ids.max() < TINY.classes
    alone = network.step(images[:, 3], slots, torch.zeros(2, M), torch.zeros(2, M))
    assert len(alone.class_ids.unique()) > 2
    assert step.confidence.min() >= 1 / TINY.classes
    assert step.confidence.max() <= 1


def test_evidence_sums_the_masks_of_each_class(network: Time2General) -> None:
    owned = TINY.classes * TINY.queries_per_class
    masks, presence = torch.randn(1, 2, 3, owned), torch.randn(1, owned)
    scores = class_evidence(masks, presence, TINY.classes)
    expected = torch.zeros(1, 2, 3, TINY.classes)
    for query in range(owned):
        mask = masks[..., query].sigmoid() * presence[0, query].sigmoid()
        expected[..., query // TINY.queries_per_class] += mask
    expected += 1e-6
    torch.testing.assert_close(scores, expected / expected.sum(dim=3, keepdim=True))


def test_each_query_stands_for_one_class(network: Time2General) -> None:
    owned = TINY.classes * TINY.queries_per_class
    for query in range(owned):
        masks, presence = torch.full((1, 1, 1, owned), -9.0), torch.full((1, owned), -9.0)
        masks[..., query], presence[..., query] = 9.0, 9.0
        evidence = class_evidence(masks, presence, TINY.classes)
        assert evidence.argmax() == query // TINY.queries_per_class
        absent = class_evidence(masks, torch.full((1, owned), -9.0), TINY.classes)
        assert absent.max() < evidence.max()


def test_a_network_that_is_not_told_ages_answers_the_same_at_any(
    images: torch.Tensor, slots: torch.Tensor
) -> None:
    network = tiny_network(replace(TINY, ages=False))
    young, old = (torch.tensor([[0.3, 0.2, 0.1]] * 2) * factor for factor in (1, 20))
    step = network.step(images[:, 3], slots, young, torch.ones(2, M))
    assert_same(step, network.step(images[:, 3], slots, old, torch.ones(2, M)), 0)
    # It still knows which slot is the newest.
    other = network.step(images[:, 3], slots, young.flip(1), torch.ones(2, M))
    assert not torch.allclose(step.confidence, other.confidence)
