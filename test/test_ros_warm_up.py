"""Before a node says that its engine is ready, the engine has done all that a frame needs."""

from __future__ import annotations

from typing import Any

import pytest
from ros_harness import StandInEngine, image_message, live_node, peer

from time2general_ros.ros.engine import model_start
from time2general_ros.ros.engine.model_start import ModelPlan
from time2general_ros.streaming.segmenter import Segmenter


class Recorded(StandInEngine):
    """The stand-in, with what each of its steps was given."""

    def __init__(self, batch: int = 1) -> None:
        super().__init__(None, batch)
        self.steps: list[tuple[int, list[int], list[int]]] = []

    def step(self, images: Any, banks: Any, age_s: Any, valid: Any, write: Any) -> Any:
        """Note how many cameras there were, what memory was read and where it was written."""
        self.steps.append((len(banks), [int(row.sum()) for row in valid], list(write)))
        return super().step(images, banks, age_s, valid, write)


@pytest.mark.parametrize('batch', [1, 3])
def test_engines_step_alone_and_together_with_memory_and_without(batch: int) -> None:
    engine = Recorded(batch)
    Segmenter(engine).warm_up()
    assert {cameras for cameras, _, _ in engine.steps} == {1, batch}
    assert {0, 1} <= {depth for _, depths, _ in engine.steps for depth in depths}
    assert all(place >= 0 for _, _, places in engine.steps for place in places)


def test_nothing_of_it_is_left() -> None:
    engine = Recorded()
    segmenter = Segmenter(engine)
    segmenter.warm_up()
    assert not segmenter.resets
    assert not segmenter._memories


def test_the_node_warms_its_engine_up_before_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Recorded()
    monkeypatch.setattr(model_start, 'create_engine', lambda *_, **__: engine)
    with live_node(ModelPlan) as node, peer('confidence') as camera:
        before = len(engine.steps)
        assert before >= 2
        assert node.is_ready
        answer = camera.ask(image_message(1_000_000), 'confidence')
        assert len(engine.steps) == before + 1
        assert answer.data[0] == 0
