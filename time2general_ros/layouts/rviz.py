"""A configuration of RViz."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml  # type: ignore[import-untyped]

from time2general_ros.layouts.shipped import legend, moved, read_shipped, to_yaml

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet


def rviz_layout(labels: LabelSet, namespace: str) -> str:
    """
    Show image, overlay, confidence, diagnostics and class ids, whose greys span the classes.

    RViz has no display for a legend: id, colour and name of the classes stand in a comment.
    """
    content = moved(yaml.safe_load(read_shipped('rviz/segmentation.rviz')), namespace)
    for display in content['Visualization Manager']['Displays']:
        if display['Name'] == 'Class ids':
            display['Max Value'] = len(labels)
    lines = [f'{index:3} {colour} {name}' for index, name, colour in legend(labels)]
    title = f'Classes of {labels.name}: id, colour in the overlay, name.'
    return to_yaml(content, '\n'.join([title, *lines]))
