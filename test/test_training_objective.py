from __future__ import annotations

import pytest
from tiny_model import TINY, tiny_network
from training_samples import batch_of, one_thread  # noqa: F401

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.network import Time2General  # noqa: E402
from time2general_ros.training.batch import Batch, LabelTensors  # noqa: E402
from time2general_ros.training.objective import objective as room  # noqa: E402
from time2general_ros.training.objective.losses import LossWeights  # noqa: E402
from time2general_ros.training.objective.objective import draw_readable, objective  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')
SEGMENTATION = {'cross_entropy', 'mask', 'dice', 'presence'}
FINE = torch.eye(256, 19, dtype=torch.bool)
WITHOUT_TIME = LossWeights(mtc=0, temporal=0)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def network() -> Time2General:
    return tiny_network().train().requires_grad_(requires_grad=True)


def gradients(network: Time2General, batch: Batch, weights: LossWeights, ramp: float) -> list:
    total, _ = objective(network, batch, weights, seeded(), ramp, FINE)
    return list(torch.autograd.grad(total, list(network.parameters()), allow_unused=True))


def test_no_frame_reads_itself_or_the_future() -> None:
    readable = draw_readable(seeded(), 300, 6, 4)
    assert readable.shape == (300, 6, 6)
    assert set(readable.unique().tolist()) == {0.0, 1.0}
    assert (readable.triu() == 0).all()


def test_clips_have_memories_of_every_length_up_to_the_slots() -> None:
    readable = draw_readable(seeded(), 400, 6, 3)
    gap = torch.arange(6)[:, None] - torch.arange(6)
    reach = (readable * gap).flatten(1).amax(dim=1)
    assert set(reach.tolist()) == {0.0, 1.0, 2.0, 3.0}


def test_frames_are_dropped_and_some_clips_have_no_memory() -> None:
    readable = draw_readable(seeded(), 2000, 6, 1)
    previous = readable.diagonal(-1, dim1=1, dim2=2)
    empty = previous.sum(dim=1) == 0
    assert empty.float().mean().item() == pytest.approx(room.DROP_ALL, abs=0.03)
    kept = previous[~empty].mean().item()
    assert kept == pytest.approx(1 - room.DROP_FRAME, abs=0.03)


def test_what_is_readable_follows_from_the_generator() -> None:
    first, again, other = (draw_readable(seeded(seed), 8, 5, 4) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_loss_is_the_weighted_sum_of_its_terms(network: Time2General) -> None:
    weights = LossWeights(1.0, 2.0, 3.0, 0.25, 0.5, 0.75, 0.6, 0.7)
    total, terms = objective(network, batch_of(2, 3), weights, seeded(), 1.0, FINE)
    assert set(terms) == SEGMENTATION | {'temporal', 'mtc', 'motion', 'appearance'}
    assert all(value > 0 for value in terms.values())
    expected = sum(getattr(weights, name) * value for name, value in terms.items())
    assert total.item() == pytest.approx(expected, rel=1e-5)


def test_overlap_is_of_what_was_decided_and_is_left_out_unless_it_counts(
    network: Time2General,
) -> None:
    batch = batch_of(2, 3)
    weights = LossWeights(cross_entropy=0.0, mask=0.0, dice=0.0, presence=0.0, mtc=0.0,
                          temporal=0.0, motion=0.0, appearance=0.0, overlap=2.0)  # fmt: skip
    total, terms = objective(network, batch, weights, seeded(), 1.0, FINE)
    assert total.item() == pytest.approx(2 * terms['overlap'], rel=1e-5)
    learned = dict(zip((n for n, _ in network.named_parameters()),
                       gradients(network, batch, weights, 1.0), strict=True))  # fmt: skip
    assert learned['decoder.believe.decide.weight'].any()
    assert 'overlap' not in objective(network, batch, LossWeights(), seeded(), 1.0, FINE)[1]


def test_what_is_decided_learns_from_finer_labels_where_there_are_some(
    network: Time2General,
) -> None:
    batch = batch_of(2, 1)
    fine = batch.labels.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    fine[:, :, ::2] = 255
    finer = batch._replace(finer=LabelTensors(fine, torch.ones(fine.shape)))
    weights = LossWeights(overlap=1.0)
    found = [objective(network, of, weights, seeded(), 1.0, FINE)[1] for of in (batch, finer)]
    changed = {name for name in found[0] if found[0][name] != found[1][name]}
    assert changed == {'cross_entropy', 'overlap'}
    assert found[1]['cross_entropy'] == pytest.approx(found[0]['cross_entropy'], rel=0.1)


def test_an_image_has_no_consistency(network: Time2General) -> None:
    total, terms = objective(network, batch_of(3, 1), LossWeights(), seeded(), 1.0, FINE)
    assert set(terms) == SEGMENTATION
    assert total.isfinite()


def test_at_ramp_zero_consistency_has_no_effect(network: Time2General) -> None:
    batch = batch_of(2, 3)
    held = gradients(network, batch, LossWeights(), 0.0)
    never = gradients(network, batch, WITHOUT_TIME, 1.0)
    full = gradients(network, batch, LossWeights(), 1.0)
    for a, b in zip(held, never, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-7)
    assert any(not torch.allclose(a, b) for a, b in zip(full, never, strict=True))


def test_every_parameter_learns_from_a_video_clip(network: Time2General) -> None:
    found = gradients(network, batch_of(2, 4), LossWeights(), 1.0)
    names = [name for name, _ in network.named_parameters()]
    idle = [n for n, g in zip(names, found, strict=True) if g is None or not g.any()]
    assert idle == []
    assert all(g.isfinite().all() for g in found)


def test_an_image_teaches_all_but_what_is_left_for_later_frames(network: Time2General) -> None:
    found = gradients(network, batch_of(2, 1), LossWeights(), 1.0)
    names = [name for name, _ in network.named_parameters()]
    unused = {name for name, g in zip(names, found, strict=True) if g is None}
    assert unused == set()


def test_class_weights_count_in_the_cross_entropy_alone(network: Time2General) -> None:
    batch = batch_of(2, 1)
    plain = objective(network, batch, LossWeights(), seeded(), 1.0, FINE)[1]
    ones = objective(network, batch, LossWeights(), seeded(), 1.0, FINE, torch.ones(256))[1]
    table = torch.ones(256)
    table[0] = 50
    heavy = objective(network, batch, LossWeights(), seeded(), 1.0, FINE, table)[1]
    assert ones == plain
    assert heavy['cross_entropy'] != pytest.approx(plain['cross_entropy'], rel=1e-3)
    for name in SEGMENTATION - {'cross_entropy'}:
        assert heavy[name] == plain[name]


def test_a_batch_without_any_label_is_no_nan(network: Time2General) -> None:
    batch = batch_of(2, 3)
    empty = batch._replace(labels=torch.full_like(batch.labels, 255))
    for gradient in gradients(network, empty, LossWeights(), 1.0):
        assert gradient.isfinite().all()


def leads(older: bool) -> torch.Generator:
    """Find a generator that lets the older frame lead, or not."""
    return next(
        seeded(seed)
        for seed in range(50)
        if bool(torch.rand((), generator=seeded(seed)) < 0.5) == older
    )


def three_scores() -> list[torch.Tensor]:
    generator = seeded(3)
    shape = (1, 2, 3, 4)
    return [(torch.rand(shape, generator=generator) + 0.1).requires_grad_() for _ in range(3)]


def labelled(labels: torch.Tensor) -> Batch:
    nothing = torch.zeros(0)
    return Batch(nothing, labels, torch.ones(labels.shape), nothing, nothing)


def test_the_older_frame_may_lead_and_then_does_not_follow() -> None:
    batch = labelled(torch.zeros(1, 3, 2, 3).long())
    reached = {}
    for older in (True, False):
        scores = three_scores()
        room._temporal(scores, batch.chosen, leads(older)).backward()
        reached[older] = [score.grad is not None for score in scores]
    assert reached == {True: [False, True, True], False: [True, True, True]}


def test_neighbours_need_not_agree_where_the_label_changes() -> None:
    labels = torch.zeros(1, 3, 2, 3).long()
    labels[:, 1:, 0, 0] = 4
    labels[:, :, 1, 2] = 255
    scores = three_scores()
    room._temporal(scores, labelled(labels).chosen, leads(older=False)).backward()
    first, second, last = (score.grad[0].abs().sum(dim=2) > 0 for score in scores)
    assert first.tolist() == [[False, True, True], [True, True, False]]
    assert last.tolist() == [[True, True, True], [True, True, False]]
    assert second.tolist() == last.tolist()


def test_two_samplings_of_a_memory_agree_where_nothing_is_remembered() -> None:
    frozen = tiny_network()
    batch = batch_of(2, 3)
    features = frozen.encode_clip(batch.images)

    def difference(readable: torch.Tensor) -> float:
        answers = frozen.rollout(features, batch.stamps_s, readable)
        scores = [answer.scores for answer in answers]
        return room._cross_stride(frozen, features, answers, scores, batch, batch.chosen).item()

    # The second sampling reads every second earlier frame: of three, the first.
    first_alone = torch.zeros(3, 3)
    first_alone[2, 0] = 1
    assert difference(first_alone) == pytest.approx(0, abs=1e-6)
    assert difference(torch.ones(3, 3)) > 1e-4
    assert TINY.slots >= 2


def test_both_samplings_of_a_memory_learn(network: Time2General) -> None:
    batch = batch_of(2, 3)
    alone = LossWeights(0, 0, 0, 0, mtc=1, temporal=0, motion=0, appearance=0)
    found = gradients(network, batch, alone, 1.0)
    features = network.encode_clip(batch.images)
    readable = draw_readable(seeded(), 2, 3, TINY.slots)
    answers = network.rollout(features, batch.stamps_s, readable)
    scores = [answer.scores for answer in answers]
    value = room._cross_stride(network, features, answers, scores, batch, batch.chosen)
    at_scores, *expected = torch.autograd.grad(
        value, [scores[-1], *network.parameters()], allow_unused=True
    )
    assert at_scores.any()
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, torch.zeros_like(a) if b is None else b)


def test_matching_alone_teaches_nothing_else(network: Time2General) -> None:
    total, terms = room.motion_objective(network, batch_of(3, 3), LossWeights(), seeded())
    assert set(terms) == {'motion', 'appearance'}
    total.backward()
    learned = {name for name, p in network.named_parameters() if p.grad is not None}
    assert learned
    matching = ('decoder.describe.', 'decoder.matching.', 'decoder.refine.')
    assert all(name.startswith(matching) for name in learned)


def test_matching_alone_sees_the_motion_of_the_whole_objective(network: Time2General) -> None:
    batch = batch_of(2, 3)
    frozen = network.eval()
    alone = room.motion_objective(frozen, batch, LossWeights(), seeded())[1]
    whole = objective(frozen, batch, LossWeights(), seeded(), 1.0, FINE)[1]
    assert alone == pytest.approx({name: whole[name] for name in alone}, rel=1e-4)


def test_a_teacher_fills_in_only_what_is_unknown_and_sure() -> None:
    teacher, batch = tiny_network(), batch_of(2, 3)
    labels, weights = batch.labels.clone(), batch.weights.clone()
    labels[:, :-1] = 255
    weights[:, -1, :4] = 0
    answers = teacher.clip(batch.images, batch.stamps_s)
    scores = torch.stack([answer.scores for answer in answers], dim=1)
    limit = scores.amax(dim=4).median().item()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, 'SURE', limit)
        full = room.taught(batch._replace(labels=labels, weights=weights), teacher)
    known = (labels != 255) & (weights > 0)
    assert torch.equal(full.ids[known], batch.labels[known])
    assert torch.equal(full.weights[known], batch.weights[known])
    sure, ids = scores.max(dim=4)
    assert torch.equal(full.ids[~known & (sure > limit)], ids[~known & (sure > limit)])
    assert (full.ids[~known & (sure <= limit)] == 255).all()
    assert not full.ids.requires_grad
    assert not full.weights.requires_grad


def test_consistency_of_sparse_labels_needs_a_teacher(
    network: Time2General, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batch_of(2, 3)
    sparse = batch._replace(labels=torch.full_like(batch.labels, 255))
    alone = objective(network, sparse, LossWeights(), seeded(), 1.0, FINE)[1]
    # This one knows every label.
    monkeypatch.setattr(room, 'taught', lambda given, _: given.chosen._replace(ids=batch.labels))
    taught = objective(network, sparse, LossWeights(), seeded(), 1.0, FINE, None, tiny_network())[
        1
    ]
    assert alone['temporal'] == alone['mtc'] == 0
    assert taught['temporal'] > 0
    assert taught['mtc'] > 0
    for name in SEGMENTATION:
        assert taught[name] == pytest.approx(alone[name])


def test_a_decoder_that_looks_ahead_reads_later_frames_too() -> None:
    readable = draw_readable(seeded(), 400, 6, 4, ahead=2)
    order = torch.arange(6)
    gap = order[:, None] - order[None, :]
    assert readable[:, (gap < -2) | (gap == 0)].sum() == 0
    assert readable[:, gap == -2].mean() > 0.5
