"""Every order of transitions with builds that are slow, that fail, and that are left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import threading
import time
from typing import Any

import pytest
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from ros_harness import PATIENCE_S, StandInEngine, ros_context

from time2general_ros.ros.node import SegmentationNode
from time2general_ros.streaming.segmenter import Segmenter

GOOD, BAD = 'configure_good', 'configure_bad'
ENDED = 'builds_end'
STEPS = (GOOD, BAD, 'activate', 'deactivate', 'cleanup', ENDED)
LENGTH = 6
NEXT = {
    ('unconfigured', GOOD): 'inactive',
    ('unconfigured', BAD): 'inactive',
    ('inactive', 'activate'): 'active',
    ('inactive', 'cleanup'): 'unconfigured',
    ('active', 'deactivate'): 'inactive',
}


class Build:
    """A build of one configuration, which ends when the test lets it."""

    engine_name = 'stand_in'

    def __init__(self, error: Exception | None) -> None:
        self.may_end = threading.Event()
        self.error = error
        self._engine: StandInEngine | None = None

    @property
    def lives(self) -> bool:
        """Whether there is an engine that is not closed."""
        return self._engine is not None and not self._engine.is_closed

    def labels_of(self, _camera: str) -> Any:
        """Give the classes of the stand-in."""
        return StandInEngine.model.labels

    def build(self, report: Any) -> Segmenter:
        """Make the segmenter, or raise what the test wants."""
        assert self.may_end.wait(PATIENCE_S)
        report('the build is over')
        if self.error is not None:
            raise self.error
        self._engine = StandInEngine(None)
        return Segmenter(self._engine)


class Bench:
    """A node without a thread of its own, so that the test decides when what happens."""

    def __init__(self, node: SegmentationNode, builds: list[Build]) -> None:
        self.node, self.builds = node, builds
        self._executor = SingleThreadedExecutor(context=node.context)
        self._executor.add_node(node)

    def close(self) -> None:
        """Let every build end and leave."""
        for build in self.builds:
            build.may_end.set()
        self._executor.shutdown()
        self.node.destroy_node()

    @property
    def state(self) -> str:
        """The label of the node's state."""
        return str(self.node._state_machine.current_state[1])

    def take(self, step: str) -> None:
        """Take one step."""
        if step == ENDED:
            self.settle()
            return
        if step in (GOOD, BAD):
            number = len(self.builds)
            error = RuntimeError(f'build {number}') if step == BAD else None
            self.builds.append(Build(error))
            step = 'configure'
        result = getattr(self.node, f'trigger_{step}')()
        assert result == TransitionCallbackReturn.SUCCESS, step

    def settle(self) -> None:
        """Let every build end, and the node take notice."""
        for build in self.builds:
            build.may_end.set()
        self.wait(lambda: self.node.engine_state().state != 'building', 'the last build is over')
        if self.node.engine_state().state != 'ready':
            self.wait(lambda: not self.node.is_building, 'nothing is being built')
        for _ in range(3):
            self._executor.spin_once(timeout_sec=0.0)
        self.wait(lambda: self.state in ('unconfigured', 'inactive', 'active'), 'a steady state')

    def wait(self, condition: Any, what: str) -> None:
        """Run callbacks until the condition holds."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f'gave up waiting: {what}'
            self._executor.spin_once(timeout_sec=0.005)


@contextmanager
def bench(**parameters: Any) -> Iterator[Bench]:
    builds: list[Build] = []
    if parameters.get('autostart', True):
        builds.append(Build(None))
    with ros_context() as context:
        node = SegmentationNode(
            make_plan=lambda _: builds[-1],
            context=context,
            parameter_overrides=[Parameter(name, value=v) for name, v in parameters.items()],
        )
        table = Bench(node, builds)
        try:
            yield table
        finally:
            table.close()


def walks(length: int) -> Iterator[tuple[str, ...]]:
    """Give every way through the states that ends with the end of all builds."""

    def go_on(walk: tuple[str, ...], state: str, fails: bool | None) -> Iterator[tuple[str, ...]]:
        # None: whatever is being built has been left, or is over.
        if len(walk) == length - 1:
            yield (*walk, ENDED)
            return
        for step in STEPS:
            if step == ENDED:
                if fails is not None:
                    yield from go_on((*walk, step), 'unconfigured' if fails else state, None)
            elif (after := NEXT.get((state, step))) is not None:
                ahead = {GOOD: False, BAD: True, 'cleanup': None}.get(step, fails)
                yield from go_on((*walk, step), after, ahead)

    return go_on((), 'unconfigured', None)


def expected(walk: tuple[str, ...]) -> tuple[str, str | None, list[bool]]:
    """
    Give what a walk leads to.

    :returns: The state, why the last configuration failed, and of each build whether its engine
        lives on.
    """
    state, failure, lives = 'unconfigured', None, []
    current: int | None = None
    fails: dict[int, bool] = {}
    for step in walk:
        if step == ENDED:
            if current is not None and fails[current]:
                state, failure, current = 'unconfigured', f'build {current}', None
        else:
            state = NEXT[state, step]
            if step in (GOOD, BAD):
                failure, current = None, len(fails)
                fails[current] = step == BAD
            elif step == 'cleanup':
                current = None
    lives = [number == current for number in fails]
    return state, failure, lives


def test_no_order_of_transitions_has_an_abandoned_build_meddle_with_a_later_one() -> None:
    """One node takes all walks one after the other, so that what one leaves meets the next."""
    count = 0
    with bench(autostart=False) as table:
        for walk in walks(LENGTH):
            table.builds.clear()
            for step in walk:
                table.take(step)
            state, failure, lives = expected(walk)
            node = table.node
            assert table.state == state, walk
            assert str(node.failure) == str(failure), walk
            assert node.is_building == any(lives), walk
            assert [build.lives for build in table.builds] == lives, walk
            if state == 'active':
                table.take('deactivate')
            if state != 'unconfigured':
                table.take('cleanup')
            table.settle()
            count += 1
    assert count > 50


@pytest.mark.parametrize('error', [None, RuntimeError('too late')])
def test_a_node_that_starts_by_itself_outlives_a_build_that_it_was_told_to_leave(
    error: Exception | None, capfd: pytest.CaptureFixture[str]
) -> None:
    with bench() as table:
        table.builds[0].error = error
        table.take('deactivate')
        table.take('cleanup')
        table.settle()
        assert not table.node.has_failed
        table.take(GOOD)
        table.take('activate')
        table.settle()
        assert table.state == 'active'
        assert table.node.is_ready
    assert 'too late' not in capfd.readouterr().err


@pytest.mark.parametrize('steps', sorted({walk[:-1] for walk in walks(5)}))
def test_a_shutdown_during_any_build_is_a_shutdown(
    steps: tuple[str, ...], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('time2general_ros.ros.node._BUILD_PATIENCE_S', 0.0)
    with bench(autostart=False) as table:
        for step in steps:
            table.take(step)
        capfd.readouterr()
        table.take('shutdown')
        for build in table.builds:
            build.may_end.set()
        table.wait(lambda: not table.node.is_building, 'nothing is being built')
        table._executor.spin_once(timeout_sec=0.0)
        assert table.state == 'finalized'
        assert str(table.node.failure) == str(expected(steps)[1])
        assert not any(build.lives for build in table.builds)
    log = capfd.readouterr().err
    assert 'because of an error' not in log
    assert 'Exception in thread' not in log


def test_a_failure_that_nobody_has_noticed_yet_is_met_by_the_next_transition() -> None:
    for step, before in (('activate', ()), ('cleanup', ()), ('deactivate', ('activate',))):
        with bench(autostart=False) as table:
            for earlier in (BAD, *before):
                table.take(earlier)
            table.builds[0].may_end.set()
            end = time.monotonic() + PATIENCE_S
            # No callback runs meanwhile, so that the node does not know.
            while table.node.engine_state().state != 'failed':
                assert time.monotonic() < end
                time.sleep(0.001)
            result = getattr(table.node, f'trigger_{step}')()
            assert result == TransitionCallbackReturn.ERROR
            assert table.state == 'unconfigured'
            assert str(table.node.failure) == 'build 0'
            table.settle()
            assert table.state == 'unconfigured'
            table.take(GOOD)
            table.settle()
            assert table.state == 'inactive'
            assert table.node.failure is None
