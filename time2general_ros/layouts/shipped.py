"""The layouts that ship with the package, of which others are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]

from time2general_ros.share import share_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from time2general_ros.labels.label_set import LabelSet

# Where the topics of one camera are, in the launch files and in the layouts.
NAMESPACE = 'segmentation'


def read_shipped(place: str) -> str:
    """Read a file of the share folder as text."""
    return (share_folder() / place).read_text(encoding='utf-8')


def moved(content: Any, namespace: str) -> Any:
    """Put all absolute topics of the default namespace into another one."""
    if isinstance(content, dict):
        return {key: moved(value, namespace) for key, value in content.items()}
    if isinstance(content, list):
        return [moved(value, namespace) for value in content]
    start = f'/{NAMESPACE}/'
    if isinstance(content, str) and content.startswith(start):
        return '/'.join(['', *filter(None, [namespace]), content.removeprefix(start)])
    return content


def legend(labels: LabelSet) -> Iterator[tuple[int, str, str]]:
    """Give id, name and colour, as ``#rrggbb``, of each class."""
    for index, (name, colour) in enumerate(zip(labels.classes, labels.palette, strict=True)):
        yield index, name, '#' + bytes(colour).hex()


def to_yaml(content: Any, comment: str) -> str:
    """Write YAML, short lists on one line, under a comment."""
    text: str = yaml.safe_dump(
        content, sort_keys=False, default_flow_style=None, width=1000, allow_unicode=True
    )
    return ''.join(f'# {line}'.rstrip() + '\n' for line in comment.splitlines()) + text
