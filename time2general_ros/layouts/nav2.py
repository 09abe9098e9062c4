"""Parameters of the semantic_segmentation_layer of Nav2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]

from time2general_ros.layouts.shipped import moved, read_shipped, to_yaml

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet

LAYER = 'semantic_segmentation_layer'
# What nothing is known of must not be driven over.
UNKNOWN = 'obstacle'


def nav2_layout(labels: LabelSet, namespace: str) -> str:
    """
    List every class once, in the kinds of cost of the shipped file.

    A class is of the kind that all classes are of which it stands for; others are obstacles.
    """
    content = moved(yaml.safe_load(read_shipped(f'config/nav2/{LAYER}.yaml')), namespace)
    camera = content[LAYER]['camera']
    kinds: dict[str, list[str]] = {kind: camera[kind]['classes'] for kind in camera['class_types']}
    kind_of = {name: kind for kind, names in kinds.items() for name in names}
    sorted_out: dict[str, list[str]] = {kind: [] for kind in kinds}
    unsorted = []
    for name, members in zip(labels.classes, labels.members, strict=True):
        found = {kind_of.get(member) for member in members}
        kind = found.pop() if len(found) == 1 else None
        sorted_out[kind or UNKNOWN].append(name)
        if kind is None:
            unsorted.append(name)
    _fill(camera, sorted_out)
    return to_yaml(content, _comment(labels, unsorted))


def _fill(camera: dict[str, Any], classes: dict[str, list[str]]) -> None:
    """Write the classes of each kind; ROS 2 takes no parameter that is an empty list."""
    camera['class_types'] = [kind for kind, names in classes.items() if names]
    for kind, names in classes.items():
        if names:
            camera[kind]['classes'] = names
        else:
            del camera[kind]


def _comment(labels: LabelSet, unsorted: list[str]) -> str:
    text = (
        f'For the costmap of Nav2: all classes of {labels.name}. Every one has to be listed; the '
        'layer reports\nothers as errors and leaves them out. Costs are an example: set them for '
        'your vehicle.'
    )
    if unsorted:
        text += (
            f'\nNothing is known of {", ".join(unsorted)}: listed as {UNKNOWN}, move to the kind '
            'of cost that fits.'
        )
    return text
