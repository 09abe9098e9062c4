from __future__ import annotations

from pathlib import Path

from benchmark_samples import HalfSky, Threshold
import pytest

from time2general_ros.data.corruptions.corruption import CORRUPTIONS, CorruptionError
from time2general_ros.evaluation.benchmark import Benchmark, plan, read_corruptions
from time2general_ros.evaluation.benchmark_table import FIGURES, cells, headings, tabulate
from time2general_ros.evaluation.cells import Cell, CellStore, Row


class Opened:
    """A benchmark of the small data set that notes what was opened."""

    def __init__(self, predictor: Threshold | None = None) -> None:
        self.predictor = predictor or Threshold()
        self.names: list[str] = []
        self.benchmark = Benchmark(self.data, self.model, with_flow=False)

    def data(self, spec: str) -> HalfSky:
        self.names.append(spec)
        return HalfSky()

    def model(self, memory: str) -> Threshold:
        self.names.append(memory)
        return self.predictor


def store(folder: Path, model: str = 'a') -> CellStore:
    return CellStore(folder, {'model': model})


def test_every_combination_is_scored_once() -> None:
    cells = plan(['x', 'y'], ['none', 'fog:3'], [1, 2, 5], ['on', 'off', 'on'])
    assert len(cells) == len(set(cells)) == 2 * 2 * 3 * 2
    assert cells[:2] == [Cell('x', 'none', 1, 'on'), Cell('x', 'none', 1, 'off')]


def test_cells_are_scored_as_they_say(tmp_path: Path) -> None:
    wanted = plan(['x'], ['none', 'impulse_noise:5'], [1, 2], ['on'])
    rows = Opened().benchmark.run(wanted, store(tmp_path))
    assert [row.cell for row in rows] == wanted
    assert [row.figures['frames'] for row in rows] == [6, 3, 6, 3]
    assert [row.figures['miou'] for row in rows[:2]] == [100.0, 100.0]
    assert all(row.figures['miou'] < 95 for row in rows[2:])
    assert rows[0].figures['per_class_iou']['sky'] == 100.0
    assert rows[2].figures['flicker'] > 5


def test_finished_cells_are_not_scored_again(tmp_path: Path) -> None:
    first, second = Opened(), Opened()
    half = plan(['x'], ['none'], [1, 2], ['on'])
    whole = plan(['x'], ['none', 'fog:3'], [1, 2], ['on'])
    before = first.benchmark.run(half, store(tmp_path))
    announced: list[tuple[int, int]] = []
    rows = second.benchmark.run(
        whole, store(tmp_path), lambda done, total: announced.append((done, total))
    )
    assert rows[:2] == before
    assert second.predictor.seen == 9
    assert announced == [(done, 9) for done in range(1, 10)]
    third = Opened()
    assert third.benchmark.run(whole, store(tmp_path)) == rows
    assert third.names == []


def test_a_run_that_was_cut_off_goes_on_with_the_next_cell(tmp_path: Path) -> None:
    class Stopping(Threshold):
        def predict(self, frame):  # type: ignore[no-untyped-def]
            if self.seen == 8:
                raise KeyboardInterrupt
            return super().predict(frame)

    wanted = plan(['x'], ['none'], [1, 2, 3], ['on'])
    with pytest.raises(KeyboardInterrupt):
        Opened(Stopping()).benchmark.run(wanted, store(tmp_path))
    resumed = Opened()
    assert len(resumed.benchmark.run(wanted, store(tmp_path))) == 3
    assert resumed.predictor.seen == 3 + 2


def test_another_model_is_scored_anew(tmp_path: Path) -> None:
    wanted = plan(['x'], ['none'], [1], ['on'])
    Opened().benchmark.run(wanted, store(tmp_path, 'a'))
    other = Opened()
    other.benchmark.run(wanted, store(tmp_path, 'b'))
    assert other.predictor.seen == 6


@pytest.mark.parametrize('damage', ['', '{', '[]', '{"figures": 3}', '{"figures": {"miou": 3}}'])
def test_a_damaged_cell_is_scored_again(tmp_path: Path, damage: str) -> None:
    wanted = plan(['x'], ['none'], [1], ['on'])
    before = Opened().benchmark.run(wanted, store(tmp_path))
    (file,) = tmp_path.iterdir()
    file.write_text(damage)
    again = Opened()
    assert again.benchmark.run(wanted, store(tmp_path)) == before
    assert again.predictor.seen == 6


def test_models_and_data_are_opened_once(tmp_path: Path) -> None:
    opened = Opened()
    opened.benchmark.run(plan(['x'], ['none', 'fog:1'], [1], ['on', 'off']), store(tmp_path))
    assert sorted(opened.names) == ['off', 'on', 'x']


def test_lists_of_corruptions_are_read() -> None:
    assert read_corruptions('none') == ('none',)
    assert read_corruptions('snow:5, fog:3,snow:5') == ('none', 'snow:5', 'fog:3')
    assert read_corruptions('all:3,fog:5') == (
        *('none', *(f'{name}:3' for name in CORRUPTIONS)),
        'fog:5',
    )


@pytest.mark.parametrize('text', ['rain:3', 'all:6', 'all', '', 'fog'])
def test_a_wrong_list_of_corruptions_is_refused(text: str) -> None:
    with pytest.raises(CorruptionError):
        read_corruptions(text)


def row(corruption: str, miou: float | None, stride: int = 1, memory: str = 'on') -> Row:
    figures = {**dict.fromkeys(FIGURES, 50.0), 'miou': miou}
    return Row(Cell('x', corruption, stride, memory), figures)


def test_means_are_taken_over_the_corruptions_of_a_severity() -> None:
    lines = tabulate(
        [row('none', 90), row('fog:3', 60), row('snow:3', 30), row('fog:5', 20), row('snow:5', 10)]
    )
    found = {line.corruption: line.by_stride[1]['miou'] for line in lines}
    assert found['mean of 2, severity 3'] == 45
    assert found['mean of 2, severity 5'] == 15
    assert list(found)[:3] == ['none', 'mean of 2, severity 3', 'mean of 2, severity 5']
    assert [line.is_mean for line in lines] == [False, True, True, False, False, False, False]


def test_means_are_taken_by_memory_mode_and_stride() -> None:
    lines = tabulate(
        [
            row(corruption, miou + stride, stride, memory)
            for corruption, miou in (('fog:3', 60), ('snow:3', 30))
            for stride in (1, 2)
            for memory in ('on', 'off')
        ]
    )
    means = [line for line in lines if line.is_mean]
    assert [line.memory for line in means] == ['on', 'off']
    assert [figures['miou'] for figures in means[0].by_stride.values()] == [46, 47]


def test_there_is_no_mean_where_a_figure_is_missing() -> None:
    lines = tabulate([row('fog:3', 60), row('snow:3', None)])
    mean = next(line for line in lines if line.is_mean).by_stride[1]
    assert (mean['miou'], mean['flicker']) == (None, 50)


def test_one_corruption_has_no_mean() -> None:
    assert [line.corruption for line in tabulate([row('none', 1), row('fog:3', 2)])] == [
        *('none', 'fog:3')
    ]


def test_a_line_shows_all_strides() -> None:
    (line,) = tabulate([row('none', 66.416), row('none', None, 5)])
    assert headings([line])[:3] == ['corruption', 'memory', 'mIoU at 1 / 5']
    assert cells(line)[:4] == ['none', 'on', '66.42 / -', '50.00 / 50.00']
