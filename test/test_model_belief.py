from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.belief import MOST_FRAMES, BeliefUpdate  # noqa: E402
from time2general_ros.model.decoder import newest_slot  # noqa: E402
from time2general_ros.model.motion import Motion  # noqa: E402

H, W, C = 8, 16, 5
WIDTH = 2
ONE = 1 / MOST_FRAMES


def still(flow=(0.0, 0.0), changed=0.0):
    planes = torch.tensor(flow)[None, :, None, None].expand(1, 2, H, W)
    return Motion(planes, torch.ones(1, 1, H, W), torch.full((1, H, W, WIDTH), changed))


def maps(seed):
    torch.manual_seed(seed)
    return torch.rand(1, H, W, C).softmax(dim=3)


def update(gate_bias=0.0):
    torch.manual_seed(0)
    module = BeliefUpdate(3, WIDTH, C).requires_grad_(requires_grad=False)
    module.decide.weight.zero_()
    module.decide.bias.fill_(gate_bias)
    return module


def believed(classes, frames=ONE):
    return torch.cat([classes, torch.full((1, H, W, 1), frames)], dim=3)


def test_belief_is_a_mixture_and_counts_its_frames() -> None:
    seen, last = maps(1), maps(2)
    now, gate = update()(
        seen, torch.randn(1, 3, H, W), believed(last), still(), torch.tensor([0.1])
    )
    torch.testing.assert_close(gate, torch.full((1, H, W, 1), 0.5))
    torch.testing.assert_close(now.classes, (seen + last) / 2)
    torch.testing.assert_close(now.classes.sum(dim=3), torch.ones(1, H, W))
    torch.testing.assert_close(now.frames, torch.full((1, H, W, 1), 1.5 * ONE))


def test_an_empty_belief_has_no_say() -> None:
    seen = maps(1)
    empty = torch.zeros(1, H, W, C + 1)
    module = update(gate_bias=9.0)
    now, gate = module(seen, torch.randn(1, 3, H, W), empty, still(), torch.tensor([0.0]))
    assert gate.max() == 0
    assert torch.equal(now.classes, seen)
    assert now.frames.unique().tolist() == [ONE]


def test_evidence_never_counts_beyond_its_limit() -> None:
    belief, features = believed(maps(1)), torch.randn(1, 3, H, W)
    module = update(gate_bias=9.0)
    for _ in range(12):
        now, _ = module(maps(1), features, belief, still(), torch.tensor([0.1]))
        belief = torch.cat(now, dim=3)
    assert now.frames.max() <= 1
    assert now.frames.min() > 0.9


def test_belief_follows_its_content() -> None:
    last = maps(2)
    module = update(gate_bias=30.0)
    motion = still((2.0, -2.0))
    now, _ = module(maps(1), torch.randn(1, 3, H, W), believed(last), motion, torch.tensor([0.1]))
    torch.testing.assert_close(now.classes[:, :-2, 2:], last[:, 2:, :-2])


def test_memory_is_heard_as_far_as_there_is_patience_with_what_the_frame_shows() -> None:
    module = update()
    module.patience.copy_(torch.tensor([1.0, 0.5, -2.0, 3.0, 0.0]))
    seen = torch.nn.functional.one_hot(torch.arange(H * W) % C, C).reshape(1, H, W, C).float()
    seen[0, 0, 0] = torch.tensor([0.5, 0.5, 0.0, 0.0, 0.0])
    features, age_s = torch.randn(1, 3, H, W), torch.tensor([0.1])
    gate = module(seen, features, believed(maps(2)), still(), age_s)[1].flatten()
    heard = torch.tensor([0.5, 0.25, 0.0, 0.5, 0.0])[torch.arange(H * W) % C]
    heard[0] = 0.375
    torch.testing.assert_close(gate, heard)


def test_what_looks_otherwise_is_not_believed() -> None:
    module = update(gate_bias=9.0)
    motion = still()
    motion.changed[:, :, : W // 2] = 1.0
    gate = module(
        maps(1), torch.randn(1, 3, H, W), believed(maps(2)), motion, torch.tensor([0.1])
    )[1][0, ..., 0]
    assert gate[:, : W // 2 - 1].max() < 0.15
    assert gate[:, W // 2 + 1 :].min() > 0.99


@pytest.mark.parametrize(
    'cue', ['evidence', 'features', 'classes', 'frames', 'found', 'changed', 'age']
)
def test_the_gate_hears_every_cue(cue: str) -> None:
    torch.manual_seed(0)
    module = BeliefUpdate(3, WIDTH, C).requires_grad_(requires_grad=False)
    torch.nn.init.normal_(module.age.project.weight)
    given = {
        'evidence': maps(1), 'features': torch.randn(1, 3, H, W), 'classes': maps(2),
        'frames': torch.full((1, H, W, 1), 2 * ONE), 'found': torch.ones(1, 1, H, W),
        'changed': torch.full((1, H, W, WIDTH), 0.1), 'age': torch.tensor([0.1]),
    }  # fmt: skip
    other = {
        **given,
        cue: given[cue].flip(1) if cue in ('evidence', 'classes') else given[cue] * 0.5 + 0.2,
    }

    def gate(values):
        _, gate = module(
            values['evidence'], values['features'],
            torch.cat([values['classes'], values['frames']], dim=3),
            Motion(torch.zeros(1, 2, H, W), values['found'], values['changed']), values['age'],
        )  # fmt: skip
        return gate

    assert not torch.allclose(gate(given), gate(other), atol=1e-4)


@pytest.mark.parametrize(
    ('ages', 'valid', 'chosen'),
    [
        ((0.5, 0.1, 0.3), (1, 1, 1), 1),
        ((0.5, 0.1, 0.3), (1, 0, 1), 2),
        ((0.5, 0.0, 0.9), (1, 0, 0), 0),
        ((0.0, 0.0, 0.0), (0, 0, 0), None),
    ],
)
def test_newest_slot(
    ages: tuple[float, ...], valid: tuple[float, ...], chosen: int | None
) -> None:
    memory = torch.full((2, 3, 4, 5), float('inf'))
    if chosen is not None:
        memory[1, chosen] = torch.randn(4, 5)
    told = torch.tensor([(0.2, 0.3, 0.4), ages])
    newest = newest_slot(memory, told, torch.tensor([(0, 0, 0), valid]).float())
    assert newest.slot[0].abs().max() == 0
    assert newest.present.tolist() == [0, float(chosen is not None)]
    if chosen is None:
        assert newest.slot[1].abs().max() == 0
    else:
        assert torch.equal(newest.slot[1], memory[1, chosen])
        assert newest.age_s[1].item() == pytest.approx(ages[chosen])
