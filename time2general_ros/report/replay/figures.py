"""The figures of a replay, each with the rule behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from time2general_ros.report.page import Table, figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Figures = Mapping[str, Any]

_CONSTANT = (
    'Share of label-stable pixels of a window of {n} labelled frames whose class is constant'
)


class Rule(NamedTuple):
    """
    A figure.

    :param key: In ``results.json``.
    :param text: How it comes about; may name counts of the results.
    """

    key: str
    name: str
    unit: str
    text: str


RULES = (
    Rule(
        'flow_flicker',
        'Flow flicker',
        '%',
        'Share of the pixels followed by the optical flow whose class changes to the next '
        'frame. Mean over {flow_pairs} pairs of frames. Needs no labels; what is occluded is '
        'left out.',
    ),
    Rule(
        'tc',
        'TC',
        '%',
        'mIoU of each prediction with the next one, warped back along the flow. Pooled over '
        '{flow_pairs} pairs.',
    ),
    Rule(
        'flicker',
        'Flicker',
        '%',
        'Share of label-stable pixels whose class changes between consecutive labelled frames. '
        'Mean over the pairs of {frames} labelled frames; void is not counted.',
    ),
    Rule(
        'miou',
        'mIoU',
        '%',
        'One confusion matrix over all {frames} labelled frames: pooled, no mean of frames. Void '
        'is ignored; mean over the classes that occur in truth or prediction. {absent}',
    ),
    Rule(
        'boundary_iou',
        'Boundary IoU',
        '%',
        'IoU of the pixels near contours only, within 2 % of the diagonal. Pooled over {frames} '
        'labelled frames, void ignored.',
    ),
    Rule('vc8', 'VC-8', '%', f'{_CONSTANT.format(n=8)}. Mean over windows.'),
    Rule('vc16', 'VC-16', '%', f'{_CONSTANT.format(n=16)}. Mean over windows.'),
    Rule(
        'vc8_correct',
        'VC-8-correct',
        '%',
        f'{_CONSTANT.format(n=8)} and right. Mean over windows.',
    ),
    Rule(
        'vc16_correct',
        'VC-16-correct',
        '%',
        f'{_CONSTANT.format(n=16)} and right. Mean over windows.',
    ),
    Rule('confidence', 'Confidence', '%', 'Mean over frames of the mean over their pixels.'),
    Rule(
        'memory_depth',
        'Memory depth',
        'frames',
        'Earlier frames that were read; mean over frames.',
    ),
    Rule(
        'memory_age_s',
        'Memory age',
        's',
        'Age of the oldest frame that was read; mean over frames.',
    ),
)


def figure_table(modes: Mapping[str, Figures]) -> Table:
    """
    Put the figures of the memory modes side by side, with their rules.

    :param modes: The figures of each mode, the main one first.
    """
    main = next(iter(modes.values()))
    rows = []
    for key, name, unit, _ in RULES:
        value, *others = [figure(of_mode[key], unit) for of_mode in modes.values()]
        rows.append([name, value, interval_of(key, main), *others, rule_of(key, main)])
    mode, *other_modes = modes
    headings = ['figure', f'memory {mode}', 'interval, 95 %']
    return Table([*headings, *(f'memory {mode}' for mode in other_modes), 'rule'], rows)


def interval_of(key: str, figures: Figures) -> str:
    """Write the interval of a figure; empty where none was asked for, or it was not measured."""
    intervals = figures.get('intervals', {})
    if key not in intervals or figures[key] is None:
        return ''
    found = intervals[key]
    if found is None:
        return 'too short for an interval'
    return f'{figure(found["low"])} to {figure(found["high"], "%")}'


def rule_of(key: str, figures: Figures) -> str:
    """Say how a figure came about, with the counts behind it."""
    (rule,) = (rule.text for rule in RULES if rule.key == key)
    absent = figures['absent_classes']
    names = ', '.join(absent) if absent else 'none'
    told = '' if absent is None else f'Absent classes: {names}.'
    return rule.format(
        flow_pairs=figures['flow_pairs'], frames=figures['frames'], absent=told
    ).strip()


def first_figures(modes: Mapping[str, Figures]) -> list[tuple[str, str, str, str]]:
    """Choose what is read first: name, value, interval and the other modes' values, the rule."""
    main = next(iter(modes.values()))
    chosen = []
    for key, name, unit, _ in RULES:
        if key in ('flow_flicker', 'flicker', 'miou', 'tc') and main[key] is not None:
            others = [
                f'memory {mode}: {figure(of_mode[key], unit)}'
                for mode, of_mode in list(modes.items())[1:]
            ]
            notes = ', '.join(filter(None, [interval_of(key, main), *others]))
            rules = ' '.join(filter(None, [rule_of(key, main), _blocks_of(key, main)]))
            chosen.append((name, figure(main[key], unit), notes, rules))
    return chosen


def _blocks_of(key: str, figures: Figures) -> str:
    """Say how an interval came about."""
    found = figures.get('intervals', {}).get(key)
    if not found:
        return ''
    return (
        f'95 % interval over {found["blocks"]} blocks of {found["block_s"]:.3g} s, '
        f'{worth(found["effective"])}; it holds for what was recorded.'
    )


def worth(effective: float) -> str:
    """Say how many independent blocks some blocks of time are worth."""
    if effective < 1:
        return 'so alike that they are worth less than an independent one'
    return f'worth {effective:.1f} independent ones'


def confusion_table(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> Table:
    """List the pixels of a confusion matrix."""
    rows = [[name, *(f'{n:,}' for n in row)] for name, row in zip(classes, confusion, strict=True)]
    return Table(['true class, pixels', *classes, 'unlabelled'], rows)


def confusion_shares(confusion: Sequence[Sequence[int]]) -> list[list[float | None]]:
    """Give the shares of each true class, percent; None where the class does not occur."""
    return [[100.0 * n / sum(row) if sum(row) else None for n in row] for row in confusion]
