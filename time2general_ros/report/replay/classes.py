"""Classes: how well each is found, how much there is of it, and which turn into which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.report.page import Plot, Table, drawn, figure
from time2general_ros.report.replay.figures import confusion_shares, confusion_table
from time2general_ros.report.svg.bars import Bar, bar_plot
from time2general_ros.report.svg.matrix import matrix_plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Figures = Mapping[str, Any]

MOST_PAIRS = 12


def class_plot(modes: Mapping[str, Figures], classes: Sequence[str]) -> Plot:
    """Draw the IoU of each class, or without labels its share of the pixels."""
    main = next(iter(modes.values()))
    has_labels = main['miou'] is not None
    key = 'per_class_iou' if has_labels else 'class_share'
    bars = [Bar(name, [of_mode[key][name] for of_mode in modes.values()]) for name in classes]
    title = 'IoU by class, %' if has_labels else 'Share of the predicted pixels by class, %'
    rule = (
        f'Pooled over {main["frames"]} labelled frames, void ignored. A class that occurs in '
        'neither truth nor prediction is n/a, not 0.'
        if has_labels
        else 'Over all segmented frames. There are no labels, so there is no IoU.'
    )
    told = f'{title}: ' + ', '.join(f'{bar.name} {figure(bar.values[0])}' for bar in bars)
    top = 100.0 if has_labels else None
    drawings = drawn(lambda width: bar_plot(bars, width, told, top))
    legend = [f'memory {mode}' for mode in modes]
    return Plot(title, drawings, rule, _class_table(modes, classes), legend, 'blocks')


def _class_table(modes: Mapping[str, Figures], classes: Sequence[str]) -> Table:
    main = next(iter(modes.values()))
    confusion = main['confusion']
    rows = []
    for number, name in enumerate(classes):
        ious = [figure(of_mode['per_class_iou'][name]) for of_mode in modes.values()]
        true = f'{sum(confusion[number]):,}' if confusion else figure(None)
        rows.append(
            [
                name,
                *ious,
                figure(main['per_class_boundary_iou'][name]),
                true,
                f'{main["class_pixels"][number]:,}',
                figure(main['class_share'][name]),
            ]
        )
    headings = ['class', *(f'IoU, memory {mode}, %' for mode in modes)]
    headings += ['boundary IoU, %', 'true pixels', 'predicted pixels', 'share of them, %']
    return Table(headings, rows)


def churn_plot(modes: Mapping[str, Figures], classes: Sequence[str]) -> Plot:
    """Draw which classes turned into which, pixels a pair of frames."""
    per_pair = {
        mode: {
            (entry['before'], entry['after']): entry['pixels'] / of_mode['flow_pairs']
            for entry in of_mode['churn']
        }
        for mode, of_mode in modes.items()
    }
    main = next(iter(per_pair.values()))
    bars = [
        Bar(
            f'{_name(before, classes)} → {_name(after, classes)}',
            [of_mode.get((before, after), 0.0) for of_mode in per_pair.values()],
        )
        for before, after in main
    ]
    shown = bars[:MOST_PAIRS]
    title = 'Churn: classes that turn into others'
    told = ', '.join(f'{bar.name} {bar.values[0]:.0f}' for bar in shown)
    drawings = drawn(lambda width: bar_plot(shown, width, f'{title}, pixels a frame: {told}'))
    headings = ['from → to', *(f'memory {mode}, pixels a pair of frames' for mode in modes)]
    table = Table(headings, [[bar.name, *(figure(n, '', 1) for n in bar.values)] for bar in bars])
    rule = (
        'Pixels followed by the flow whose class changed, mean over the pairs of frames; '
        f'{len(shown)} of {len(bars)} kinds of change, most first.'
    )
    return Plot(title, drawings, rule, table, [f'memory {mode}' for mode in modes], 'blocks')


def confusion_plot(figures: Figures, classes: Sequence[str]) -> Plot:
    """Draw what true classes were taken for."""
    confusion = figures['confusion']
    shares = confusion_shares(confusion)
    columns = [*classes, 'unlabelled']
    worst = sorted(
        (
            (share, true, taken)
            for true, row in enumerate(shares)
            for taken, share in enumerate(row)
            if share is not None and taken != true
        ),
        reverse=True,
    )[:3]
    told = 'Confusion matrix. Most often mistaken: ' + ', '.join(
        f'{classes[true]} for {columns[taken]} {share:.1f} %' for share, true, taken in worst
    )
    drawings = drawn(lambda width: matrix_plot(shares, (classes, columns), width, told))
    rule = (
        f'Rows are true classes, columns what they were taken for, in percent of the row; pooled '
        f'over {figures["frames"]} labelled frames, void ignored. The stronger, the more.'
    )
    return Plot('Confusion matrix', drawings, rule, confusion_table(confusion, classes))


def pairs_of(row: Mapping[str, Any], classes: Sequence[str], count: int) -> str:
    """Name the classes that changed most to a frame: ``car → road 1,234 px``."""
    changed = [entry for entry in row['flow_pairs'] or () if entry['before'] != entry['after']]
    changed.sort(key=lambda entry: (-entry['pixels'], entry['before'], entry['after']))
    return ', '.join(
        f'{_name(entry["before"], classes)} → {_name(entry["after"], classes)} '
        f'{entry["pixels"]:,} px'
        for entry in changed[:count]
    )


def shares_of(row: Mapping[str, Any], classes: Sequence[str]) -> str:
    """Name the commonest classes of a frame: ``road 41 %, sky 20 %``."""
    pixels = row['class_pixels']
    whole = sum(pixels) or 1
    order = sorted(range(len(classes)), key=lambda number: (-pixels[number], number))
    return ', '.join(f'{classes[n]} {100 * pixels[n] / whole:.0f} %' for n in order[:3])


def _name(number: int, classes: Sequence[str]) -> str:
    return 'unlabelled' if number == UNLABELLED else classes[number]
