from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')
pytest.importorskip('transformers', reason='transformers is not installed')

from time2general_ros.export.segformer import SegformerStep  # noqa: E402

SIZE = (64, 128)


@pytest.fixture(scope='module')
def network() -> SegformerStep:
    return SegformerStep(SIZE, 19).eval()


def test_it_is_b0(network: SegformerStep) -> None:
    # 3.8 M with the 150 classes of ADE20K (arXiv 2105.15203, table 1); 19 need 0.03 M fewer.
    parameters = sum(parameter.numel() for parameter in network.parameters())
    assert parameters == pytest.approx(3.72e6, rel=0.01)


@torch.inference_mode()
def test_it_answers_as_step_does(network: SegformerStep) -> None:
    image = torch.randn(2, 3, *SIZE)
    memory = network.empty_memory(2, SIZE, 1)
    none = torch.zeros(2, 1)
    step = network(image, memory, none, none)
    assert (step.class_ids.dtype, step.class_ids.shape) == (torch.uint8, (2, 16, 32))
    assert (step.confidence.shape, step.slot.shape) == ((2, 16, 32), (2, 1, 1))
    logits = network.network(image).logits
    assert torch.equal(step.class_ids, logits.argmax(dim=1).to(torch.uint8))
