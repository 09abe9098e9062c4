"""The figures of a bench as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from time2general_ros.timing.bench_result import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from time2general_ros.timing.bench_result import BenchResult


def print_result(result: BenchResult, console: Console) -> None:
    """Print stages, rivals and the rest of a bench."""
    about = result.about
    console.print(
        f'{about["model"]} in {about["engine"]} ({about["precision"]}, {about["device"]}), '
        f'network {_size(about["input_size"])}, images {_size(about["image_size"])} '
        f'{about["encoding"]}, cameras {result.cameras}, batch {about["batch"]}'
    )
    console.print(f'{about["machine"]}', style='dim')
    console.print(_stages(result))
    if result.against:
        console.print(_against(result))
    for line in _lines(result):
        console.print(line, highlight=False)


def _stages(result: BenchResult) -> Table:
    table = Table('stage', 'ms p50', 'ms p99', 'share')
    for column in table.columns[1:]:
        column.justify = 'right'
    whole = result.ms('total')
    for stage in STAGES:
        p50 = result.ms(stage)
        table.add_row(stage, f'{p50:.2f}', f'{result.ms(stage, 99):.2f}', f'{p50 / whole:.0%}')
    return table


def _against(result: BenchResult) -> Table:
    table = Table('against', 'ms p50', 'ratio', 'how')
    table.add_row('step of ours', f'{result.ms("step"):.2f}', '1.00', '')
    for name, rival in result.against.items():
        table.add_row(name, f'{rival.ms_p50:.2f}', f'{result.ratio(name):.2f}', rival.how)
    return table


def _lines(result: BenchResult) -> Iterator[str]:
    yield f'{result.fps:.1f} frames per second; peak memory {result.memory["peak_rss_mb"]:.0f} MB'
    if device_mb := result.memory['device_memory_mb']:
        yield f'device memory {device_mb:.0f} MB'
    roofline = result.roofline
    if isinstance(roofline, str):
        yield f'roofline not measured: {roofline}'
    else:
        yield (
            f'roofline: {roofline.frame_gflop:.2f} GFLOP per frame, '
            f'{roofline.achieved_gflops:.0f} of {roofline.ceiling_gflops:.0f} GFLOP/s in large '
            f'matrix products, {roofline.share:.0%}'
        )


def _size(size: list[int]) -> str:
    return f'{size[0]}x{size[1]}'
