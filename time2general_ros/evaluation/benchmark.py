"""Score one model in every combination of data set, corruption, stride and memory mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

from time2general_ros.comma_list import comma_list
from time2general_ros.data.corruptions.corrupted_videos import CorruptedVideos
from time2general_ros.data.corruptions.corruption import CORRUPTIONS, parse_corruption
from time2general_ros.evaluation.benchmark_table import FIGURES
from time2general_ros.evaluation.cells import CLEAN, Cell, CellStore, Row
from time2general_ros.evaluation.evaluate import Predictor, evaluate
from time2general_ros.evaluation.report import per_class_figures, stride_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.data.labelled_video import LabelledVideos
    from time2general_ros.labels.relations import ClassMap

ALL = 'all'


@dataclass(frozen=True)
class Benchmark:
    """
    What is scored, and how its parts are opened.

    :param open_data: Opens a data set by its specification.
    :param open_predictor: Opens the model in a memory mode.
    :param seed: Of the corruptions.
    :param mapped: See :func:`~time2general_ros.evaluation.evaluate.evaluate`.
    :param with_flow: Measure along optical flow too, the slowest of the metrics.
    """

    open_data: Callable[[str], LabelledVideos]
    open_predictor: Callable[[str], Predictor]
    seed: int = 0
    mapped: ClassMap | None = None
    with_flow: bool = True

    def run(
        self,
        cells: Sequence[Cell],
        store: CellStore,
        on_frame: Callable[[int, int], None] = lambda done, total: None,
    ) -> list[Row]:
        """
        Score the cells that the store does not have, and return all in their order.

        Each cell is kept as soon as it is finished, so that a run that was cut off goes on from
        there. Every data set is opened before the first cell is scored.

        :param on_frame: Called with how many of how many frames are done; frames of cells that
            were found in the store do not count.
        """
        open_data, open_predictor = cache(self.open_data), cache(self.open_predictor)
        found = {cell: _complete(store.find(cell)) for cell in cells}
        missing = [cell for cell, kept in found.items() if kept is None]
        frames = [_shown_frames(open_data(cell.data), cell.stride) for cell in missing]
        for number, cell in enumerate(missing):

            def announce(shown: int, _: int, before: int = sum(frames[:number])) -> None:
                on_frame(before + shown, sum(frames))

            predictor = open_predictor(cell.memory)
            figures = self._score(cell, open_data(cell.data), predictor, announce)
            store.keep(cell, figures)
            found[cell] = figures
        return [Row(cell, kept) for cell, kept in found.items() if kept is not None]

    def _score(
        self,
        cell: Cell,
        data: LabelledVideos,
        predictor: Predictor,
        on_frame: Callable[[int, int], None],
    ) -> dict[str, Any]:
        if cell.corruption != CLEAN:
            data = CorruptedVideos(data, parse_corruption(cell.corruption, self.seed))
        results = evaluate(
            predictor,
            data,
            [cell.stride],
            mapped=self.mapped,
            with_flow=self.with_flow,
            on_frame=on_frame,
        )
        result = results[cell.stride]
        return {**stride_figures(result), 'per_class_iou': per_class_figures(result)}


def _complete(figures: dict[str, Any] | None) -> dict[str, Any] | None:
    """Leave out what a version kept that measured less."""
    return figures if figures is not None and {*FIGURES} <= {*figures} else None


def plan(
    data: Sequence[str],
    corruptions: Sequence[str],
    strides: Sequence[int],
    memories: Sequence[str],
) -> list[Cell]:
    """List every combination, the memory modes of one setting next to each other."""
    combinations = product(data, corruptions, strides, memories)
    return list(dict.fromkeys(Cell(*combination) for combination in combinations))


def read_corruptions(text: str) -> tuple[str, ...]:
    """
    Read a list such as ``fog:3,snow:5``; the clean images always come first.

    ``all:3`` stands for all sixteen at severity 3, ``none`` for the clean images alone.

    :raises CorruptionError: if there is no such corruption.
    """
    return tuple(dict.fromkeys([CLEAN, *_named_corruptions(text)]))


def _named_corruptions(text: str) -> Iterator[str]:
    for part in comma_list(text):
        name, _, severity = part.partition(':')
        if part == CLEAN:
            continue
        names = CORRUPTIONS if name == ALL else (name,)
        yield from (str(parse_corruption(f'{name}:{severity}')) for name in names)


def _shown_frames(data: LabelledVideos, stride: int) -> int:
    return sum(len(range(0, len(video), stride)) for video in data.videos)
