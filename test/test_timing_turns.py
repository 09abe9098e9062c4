from __future__ import annotations

from collections.abc import Callable

from time2general_ros.timing.bench_result import BenchResult, RivalTimes
from time2general_ros.timing.frame_path import RoundTimes
from time2general_ros.timing.roofline import Roofline
from time2general_ros.timing.turns import Runner, take_turns


def times(step: float, preprocess: float = 0.0, postprocess: float = 0.0) -> RoundTimes:
    return RoundTimes(preprocess, step, postprocess)


class Diary:
    """Runners that note who ran when."""

    def __init__(self) -> None:
        self.runs: list[str] = []

    def runner(self, name: str) -> Callable[[], RoundTimes]:
        def run() -> RoundTimes:
            self.runs.append(name)
            return times(step=len(self.runs))

        return run


def test_runners_take_turns() -> None:
    diary = Diary()
    runners = {'a': Runner(diary.runner('a'), 2), 'b': Runner(diary.runner('b'), 1)}
    take_turns(runners, turns=2, warmup=0)
    assert ''.join(diary.runs) == 'aabaab'


def test_warmup_of_every_turn_is_run_but_not_kept() -> None:
    diary = Diary()
    runners = {'a': Runner(diary.runner('a'), 2), 'b': Runner(diary.runner('b'), 1)}
    kept = take_turns(runners, turns=2, warmup=3)
    assert ''.join(diary.runs) == 'aaaaabbbbaaaaabbbb'
    assert [round_.step for round_ in kept['a']] == [4, 5, 13, 14]
    assert [round_.step for round_ in kept['b']] == [9, 18]


def test_each_turn_is_told() -> None:
    told: list[tuple[int, int]] = []
    diary = Diary()
    take_turns(
        {'a': Runner(diary.runner('a'), 1)}, 3, 0, lambda done, total: told.append((done, total))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def result(rounds: list[RoundTimes], **more: object) -> BenchResult:
    memory = {'peak_rss_mb': 1.0, 'device_memory_mb': None}
    return BenchResult({}, 1, rounds, memory, **more)  # type: ignore[arg-type]


def test_ratio_is_the_other_ones_median_step_over_ours() -> None:
    ours = [times(10), times(20), times(90)]
    other = RivalTimes('somehow', [times(50), times(100, 7, 7), times(999)])
    bench = result(ours, against={'other': other})
    assert bench.ratio('other') == 100 / 20
    assert bench.to_json()['against'] == {
        'other': {'ms_p50': 100, 'ratio': 5, 'how': 'somehow'},
    }


def test_stages_are_medians_and_the_share_is_of_the_whole() -> None:
    bench = result([times(6, 1, 3), times(7, 2, 1), times(8, 1, 1)])
    figures = bench.to_json()
    stages = ('preprocess', 'step', 'postprocess', 'total')
    assert [figures[f'{stage}_ms_p50'] for stage in stages] == [1, 7, 1, 10]
    assert figures['share_outside_step'] == 0.2
    assert figures['fps'] == 100
    assert figures['step_ms_p99'] > 7.9


def test_frames_of_all_cameras_count_for_the_rate() -> None:
    bench = result([times(40)])
    bench.cameras = 4
    assert bench.fps == 100


def test_roofline_share_is_achieved_of_ceiling() -> None:
    figures = result([times(1)], roofline=Roofline(2, 200, 50)).to_json()['roofline']
    assert figures['share'] == 0.25
    assert result([times(1)], roofline='no onnx').to_json()['roofline'] == {
        'not_measured': 'no onnx'
    }
