"""A layout of Foxglove."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from time2general_ros.layouts.shipped import legend, moved, read_shipped

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet

LEGEND = 'Classes'


def foxglove_layout(labels: LabelSet, namespace: str) -> str:
    """Show image, overlay, confidence, class ids, diagnostics and a legend of the classes."""
    content = json.loads(read_shipped('config/foxglove/segmentation.json'))
    return json.dumps(_of(moved(content, namespace), labels), indent=2) + '\n'


def _of(part: Any, labels: LabelSet) -> Any:
    if isinstance(part, list):
        return [_of(item, labels) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get('title') == LEGEND:
        return {**part, 'config': {'markdown': _markdown(labels)}}
    mode = part.get('imageMode')
    if isinstance(mode, dict) and mode.get('colorMap'):
        return {**part, 'imageMode': {**mode, 'maxValue': len(labels)}}
    return {key: _of(value, labels) for key, value in part.items()}


def _markdown(labels: LabelSet) -> str:
    """List the classes; what means something in Markdown or HTML stays the text of a name."""
    rows = [
        f'| {index} | <span style="color:{colour}">&#9632;</span> `{colour}` | {_plain(name)} |'
        for index, name, colour in legend(labels)
    ]
    return '\n'.join([f'**{_plain(labels.name)}**', '', '| id | colour | class |',
                      '|---|---|---|', *rows])  # fmt: skip


def _plain(name: str) -> str:
    return ''.join(c if c.isalnum() or c in ' -' else f'&#{ord(c)};' for c in name)
