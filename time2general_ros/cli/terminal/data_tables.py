"""What ``time2general data`` prints of a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from time2general_ros.data.survey.survey import Survey

MOST_FAULTS = 10
MOST_SIZES = 5


def facts_of(found: Survey) -> dict[str, Any]:
    """Collect the figures of one part, as JSON has them."""
    total = max(1, found.labelled_pixels)
    return {
        'frames': found.frames,
        'labelled': found.labelled,
        'videos': found.videos,
        'stills': found.stills,
        'drives': {name: facts.frames for name, facts in found.drives.items()},
        'rates_hz': [round(rate, 3) for rate in found.rates_hz],
        'sizes': {f'{w}x{h}': count for (w, h), count in found.sizes.most_common()},
        'class_percent': {
            name: round(100 * int(count) / total, 4)
            for name, count in zip(found.label_set.classes, found.pixels, strict=True)
        },
        'class_images': dict(
            zip(found.label_set.classes, (int(n) for n in found.images), strict=True)
        ),
        'class_drives': dict(
            zip(found.label_set.classes, (int(n) for n in found.class_drives), strict=True)
        ),
        'void_percent': round(100 * found.void / total, 4),
        'faults': found.faults,
        'notes': dict(found.notes),
    }


def print_parts(parts: Mapping[str, Survey], told: Sequence[str], console: Console) -> None:
    """Print what the parts of a data set hold, what is odd and what cannot be read."""
    table = Table('part', 'frames', 'labelled', 'drives', 'videos', 'stills', 'Hz',
                  'void %', box=box.SIMPLE)  # fmt: skip
    for name, found in parts.items():
        facts = facts_of(found)
        table.add_row(
            escape(name),
            str(found.frames),
            str(found.labelled),
            str(len(found.drives)),
            str(found.videos - found.stills),
            str(found.stills),
            _range(found.rates_hz),
            f'{facts["void_percent"]:.2f}',
        )
    console.print(table)
    _print_classes(parts, console)
    for name, found in parts.items():
        sizes = [f'{w}x{h} ({count})' for (w, h), count in found.sizes.most_common()]
        more = f' and {len(sizes) - MOST_SIZES} more' if len(sizes) > MOST_SIZES else ''
        console.print(escape(f'{name}: sizes {", ".join(sizes[:MOST_SIZES]) or "none"}{more}'))
        for text, count in found.notes.items():
            console.print(escape(f'{name}: {text}: {count}'))
    for text in told:
        console.print(escape(f'suspicious: {text}'))
    for name, found in parts.items():
        for text in found.faults[:MOST_FAULTS]:
            console.print(escape(f'fault: {name}: {text}'))
        if len(found.faults) > MOST_FAULTS:
            console.print(f'fault: {escape(name)}: {len(found.faults) - MOST_FAULTS} more')


def _print_classes(parts: Mapping[str, Survey], console: Console) -> None:
    """Print the share of labelled pixels of each class, and how many frames and drives have it."""
    table = Table('class', *(escape(f'{n}\n% (frames, drives)') for n in parts), box=box.SIMPLE)
    facts = [facts_of(found) for found in parts.values()]
    classes = next(iter(parts.values())).label_set.classes if parts else ()
    for name in classes:
        cells = []
        for f in facts:
            found = f'{f["class_images"][name]}, {f["class_drives"][name]}'
            cells.append(f'{f["class_percent"][name]:.2f} ({found})')
        table.add_row(escape(name), *cells)
    console.print(table)


def print_split(found: Survey, drives: Mapping[str, Sequence[str]], console: Console) -> None:
    """Print which drives are in which part, and how much of each class."""
    table = Table('class', *(f'{name}\n% of its pixels' for name in drives), box=box.SIMPLE)
    pixels = {
        name: np.sum([found.drives[drive].pixels for drive in members], axis=0)
        for name, members in drives.items()
    }
    for index, label in enumerate(found.label_set.classes):
        total = max(1, int(found.pixels[index]))
        table.add_row(
            escape(label), *(f'{100 * int(part[index]) / total:.1f}' for part in pixels.values())
        )
    console.print(table)
    for name, members in drives.items():
        frames = sum(found.drives[drive].labelled for drive in members)
        console.print(
            escape(
                f'{name}: {len(members)} drives, {frames} labelled frames: {", ".join(members)}'
            )
        )


def _range(rates: Sequence[float]) -> str:
    if not rates:
        return '-'
    low, high = f'{min(rates):.3g}', f'{max(rates):.3g}'
    return low if low == high else f'{low} to {high}'
