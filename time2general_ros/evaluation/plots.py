"""Pictures of a benchmark, as PNG."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError
from time2general_ros.evaluation.benchmark_table import cells, headings
from time2general_ros.evaluation.cells import CLEAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from time2general_ros.evaluation.benchmark_table import Line

# Told apart by people who see few colours, and in print (Okabe and Ito).
COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00')
# Clean first, then the means.
STYLES = ('-', '--', ':', '-.')
DPI = 120


class PlotError(Time2GeneralError):
    """Pictures cannot be drawn."""


def check_plotting() -> None:
    """
    Find out before long work whether pictures can be drawn.

    :raises PlotError: if matplotlib is not installed.
    """
    if find_spec('matplotlib') is None:
        raise PlotError(
            'matplotlib, which draws the pictures, is not installed; run: pip install matplotlib'
        )


def draw_flicker(lines: Sequence[Line]) -> bytes:
    """Draw flicker against stride, one panel per data set, clean and mean over corruptions."""
    panels = _by_data(lines)
    figure = _figure(5.5 * len(panels), 4.2)
    for place, (data, all_lines) in enumerate(panels.items(), 1):
        axes = figure.add_subplot(1, len(panels), place)
        shown = [line for line in all_lines if line.is_mean or line.corruption == CLEAN]
        kinds = list(dict.fromkeys(line.corruption for line in shown))
        memories = _memories(all_lines)
        for line in shown:
            points = [
                (stride, figures['flicker'])
                for stride, figures in line.by_stride.items()
                if figures['flicker'] is not None
            ]
            axes.plot(
                [stride for stride, _ in points],
                [flicker for _, flicker in points],
                marker='o',
                color=COLOURS[memories.index(line.memory) % len(COLOURS)],
                linestyle=STYLES[kinds.index(line.corruption) % len(STYLES)],
                label=f'memory {line.memory}, {_kind(line)}',
            )
        axes.set(title=data, xlabel='stride', ylabel='flicker (%)', ylim=(0, None))
        axes.set_xticks(list(shown[0].by_stride))
        axes.grid(alpha=0.3)
        axes.legend(fontsize='small')
    return _png(figure)


def draw_accuracy(lines: Sequence[Line]) -> bytes:
    """Draw mIoU by corruption at the smallest stride, one panel per data set."""
    panels = _by_data(lines)
    groups = max(len({line.corruption for line in of_data}) for of_data in panels.values())
    figure = _figure(max(6.0, 0.6 * groups + 2), 4.2 * len(panels))
    for place, (data, of_data) in enumerate(panels.items(), 1):
        axes = figure.add_subplot(len(panels), 1, place)
        names = list(dict.fromkeys(line.corruption for line in of_data))
        memories = _memories(of_data)
        width = 0.8 / len(memories)
        for number, memory in enumerate(memories):
            of_memory = [line for line in of_data if line.memory == memory]
            axes.bar(
                [names.index(line.corruption) + number * width for line in of_memory],
                [line.by_stride[min(line.by_stride)]['miou'] or 0.0 for line in of_memory],
                width,
                color=COLOURS[number % len(COLOURS)],
                label=f'memory {memory}',
            )
        axes.set(title=data, ylabel='mIoU (%)')
        middle = 0.4 - width / 2
        axes.set_xticks([place + middle for place in range(len(names))], names)
        axes.tick_params('x', rotation=60)
        axes.grid(axis='y', alpha=0.3)
        axes.legend(fontsize='small', loc='lower right')
    return _png(figure)


def draw_table(lines: Sequence[Line]) -> bytes:
    """Draw the table itself, for slides."""
    panels = _by_data(lines)
    inches = [0.24 * (len(of_data) + 3) for of_data in panels.values()]
    figure = _figure(4.5 + 1.9 * len(lines[0].by_stride), sum(inches))
    grid = figure.add_gridspec(len(panels), 1, height_ratios=inches)
    for place, (data, of_data) in enumerate(panels.items()):
        axes = figure.add_subplot(grid[place])
        axes.set_axis_off()
        axes.set_title(data, fontsize='medium')
        table = axes.table(
            [cells(line) for line in of_data], colLabels=headings(of_data), loc='upper center'
        )
        table.auto_set_font_size(False)
        table.set_fontsize(8)
        table.auto_set_column_width(list(range(len(headings(of_data)))))
    return _png(figure)


def _kind(line: Line) -> str:
    return 'clean' if line.corruption == CLEAN else line.corruption


def _by_data(lines: Sequence[Line]) -> dict[str, list[Line]]:
    names = dict.fromkeys(line.data for line in lines)
    return {name: [line for line in lines if line.data == name] for name in names}


def _memories(lines: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line.memory for line in lines))


def _figure(width: float, height: float) -> Figure:
    # A figure without pyplot has the Agg canvas and no global state.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout='constrained')


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format='png', dpi=DPI)
    return buffer.getvalue()
