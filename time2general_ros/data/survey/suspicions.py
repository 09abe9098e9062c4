"""What in a data set is likely to be a mistake."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.survey.likeness import nearly_same
from time2general_ros.data.survey.shared import (
    APART,
    UNCHECKED,
    share_unnamed_stills,
    shared_drives,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from time2general_ros.data.survey.survey import Survey
    from time2general_ros.labels.label_set import LabelSet

# A class of less than this share of the pixels is learned badly.
RARE = 1e-3
MUCH_VOID = 0.5
FEW_PICTURES = 20
MOST_NAMED = 5


def suspicions(parts: Mapping[str, Survey]) -> list[str]:
    """Tell what is odd in the parts of a data set and between them, a line each."""
    told = []
    for name, found in parts.items():
        told += [f'{name}: {text}' for text in _in_part(found)]
    for (one, a), (other, b) in combinations(parts.items(), 2):
        told += _between(one, a, other, b)
    if 'train' in parts and 'val' not in parts:
        told.append(
            'there is no part "val" to choose settings on; time2general data split proposes one'
        )
    return told


def _in_part(found: Survey) -> list[str]:
    told = [
        f'{_listed(names)} have the same colour, {list(colour)}: no overlay can tell them apart'
        for colour, names in _same_colours(found.label_set).items()
    ]
    classes = found.label_set.classes
    absent = [name for name, count in zip(classes, found.pixels, strict=True) if not count]
    if found.labelled == 0:
        return ['no frame has labels']
    if absent:
        told.append(f'classes that never occur: {_listed(absent)}')
    shares = found.pixels / max(1, found.pixels.sum())
    rare = [name for name, share in zip(classes, shares, strict=True) if 0 < share < RARE]
    if rare:
        told.append(f'classes of less than {100 * RARE:g} % of the pixels: {_listed(rare)}')
    drives = found.class_drives
    lone = [name for name, count in zip(classes, drives, strict=True) if count == 1]
    if lone and len(found.drives) > 1:
        told.append(f'classes of one drive alone, which cannot be on both sides: {_listed(lone)}')
    if np.count_nonzero(found.pixels) == 1 and len(classes) > 1:
        told.append('only one class occurs: are the pixels around the outlines one of the others?')
    if found.all_void:
        told.append(
            f'{len(found.all_void)} label maps hold no class at all: {_listed(found.all_void)}'
        )
    if found.void > MUCH_VOID * found.labelled_pixels:
        told.append(
            f'{100 * found.void / found.labelled_pixels:.0f} % of the labelled pixels are void; '
            '"background" in dataset.json says what lies around outlines'
        )
    if found.labelled < FEW_PICTURES:
        told.append(f'only {found.labelled} frames have labels')
    if found.standing:
        told.append(f'time stands still between {found.standing} pairs of frames')
    if found.uneven:
        told.append(
            f'{found.uneven} steps in time differ from the usual one of their video by over a half'
        )
    cut = found.videos - found.stills - len(found.drives)
    if found.videos > found.stills and cut > 0:
        told.append(f'frames are missing: {len(found.drives)} drives make {found.videos} videos')
    return told


def _same_colours(labels: LabelSet) -> dict[tuple[int, int, int], list[str]]:
    by_colour: dict[tuple[int, int, int], list[str]] = {}
    for name, colour in zip(labels.classes, labels.palette, strict=True):
        by_colour.setdefault(colour, []).append(name)
    return {colour: names for colour, names in by_colour.items() if len(names) > 1}


def _between(one: str, a: Survey, other: str, b: Survey) -> list[str]:
    told = []
    if shared := shared_drives(a, b):
        told.append(
            f'{len(shared)} drives are in both {one} and {other}: {_listed(shared)}; frames of '
            f'one drive are alike, so figures are too good: {APART}'
        )
    if share_unnamed_stills(a, b):
        told.append(f'{one} and {other}: {UNCHECKED}')
    if same := nearly_same(a.looks, b.looks):
        pairs = [f'{left} and {right}' for left, right in same]
        told.append(
            f'{len(same)} pictures of {one} are nearly the same as in {other}: {_listed(pairs)}'
        )
    if a.label_set.classes == b.label_set.classes and a.labelled and b.labelled:
        for name, left, right in zip(a.label_set.classes, a.pixels, b.pixels, strict=True):
            if bool(left) != bool(right):
                there, missing = (one, other) if left else (other, one)
                told.append(f'{name} occurs in {there} but not in {missing}')
    return told


def _listed(names: Sequence[str]) -> str:
    more = f' and {len(names) - MOST_NAMED} more' if len(names) > MOST_NAMED else ''
    return ', '.join(names[:MOST_NAMED]) + more
