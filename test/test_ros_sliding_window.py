from __future__ import annotations

import pytest

from time2general_ros.ros.statistics.sliding_window import SlidingWindow

MS = 1_000_000
S = 1000 * MS


@pytest.mark.parametrize('hz', [0.05, 0.5, 10.0, 29.97, 200.0])
def test_the_rate_of_a_steady_stream_is_exact_whenever_it_is_asked(hz: float) -> None:
    window = SlidingWindow(5.0)
    period_ns = round(S / hz)
    for n in range(100):
        window.add(n * period_ns)
        if n:
            assert window.rate_hz(n * period_ns) == pytest.approx(hz, rel=1e-6)
            assert window.rate_hz(n * period_ns + period_ns // 2) == pytest.approx(hz, rel=1e-6)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    window = SlidingWindow(5.0)
    for n in range(100):
        window.add(n * 100 * MS)
    for n in range(300):
        window.add(10 * S + n * 20 * MS)
    assert window.rate_hz(16 * S) == pytest.approx(50.0, rel=0.01)


def test_the_rate_of_a_stream_that_stopped_sinks() -> None:
    window = SlidingWindow(5.0)
    for n in range(50):
        window.add(n * 100 * MS)
    rates = [window.rate_hz(round(4.9 * S) + n * S) for n in range(8)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(10.0)
    assert rates[-1] < 0.5


def test_there_is_no_rate_before_the_second_event() -> None:
    window = SlidingWindow(5.0)
    assert window.rate_hz(0) == 0.0
    window.add(1)
    assert window.rate_hz(2) == 0.0


def test_values_are_forgotten_after_the_window() -> None:
    window = SlidingWindow(5.0)
    assert window.mean(0) is None
    for second in range(10):
        window.add(second * S, float(second))
    assert window.values(9 * S).tolist() == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    assert window.mean(9 * S) == 6.5
    assert window.values(14 * S).tolist() == [9.0]
    assert window.mean(15 * S) is None
