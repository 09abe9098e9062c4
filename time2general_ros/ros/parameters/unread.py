"""Parameters that somebody sets and nobody reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
import re

from time2general_ros.ros.parameters.yaml_file import YamlFileError, read_yaml

QOS = 'qos_overrides.'
_CONTENT = 'ros__parameters'


def unknown_parameters(given: Iterable[str], known: Collection[str]) -> str | None:
    """
    Name the parameters that are set and not declared.

    :param given: Names that a file or a command line sets, without those of ``qos_overrides``.
    :param known: Names that the node has.
    :returns: A warning with the candidates; None if there is nothing to say.
    """
    unknown = sorted(set(given) - set(known))
    if not unknown:
        return None
    named = ', '.join(name + _hint(name, known) for name in unknown)
    return f'nobody reads these parameters: {named}; this node has: {", ".join(sorted(known))}'


def unknown_qos_overrides(given: Iterable[str], known: Collection[str]) -> str | None:
    """
    Name the ``qos_overrides`` that belong to no topic of the node.

    :param given: Full names of those that are set.
    :param known: Full names of those that the topics of the node have.
    :returns: A warning with the candidates; None if there is nothing to say.
    """
    unknown = sorted(set(given) - set(known))
    if not unknown:
        return None
    named = ', '.join(name + _hint(name, known) for name in unknown)
    ends = sorted({name.rpartition('.')[0] for name in known})
    policies = sorted({name.rpartition('.')[2] for name in known})
    return f'nobody reads these parameters: {named}; this node has {", ".join(policies)} of: ' + (
        ', '.join(ends) or 'no topic'
    )


def unread_sources(arguments: Sequence[str], node: str) -> Iterator[str]:
    """
    Name the files and values of a command line that are for other nodes only.

    :param arguments: The command line.
    :param node: Full name of the node, such as ``/segmentation/time2general``.
    """
    for option, value in _ros_options(arguments):
        if option == '--params-file':
            keys = _node_keys(Path(value))
            remedy = f'use the key {node} or /**'
            said = f'the parameter file {value!r} is for {", ".join(keys)}'
        else:
            prefix, colon, _ = value.partition(':=')[0].rpartition(':')
            keys = [prefix] if colon else []
            remedy = 'leave its prefix out'
            said = f'the parameter {value!r} is for {prefix}'
        if keys and not any(_matches(key, node) for key in keys):
            yield f'{said}, so that this node, {node}, does not read it: {remedy}'


def _hint(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f' (did you mean {close[0]}?)' if close else ''


def _ros_options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Find the options that set parameters, with their values."""
    is_ros = False
    for option, value in pairwise(arguments):
        if option in ('--ros-args', '--'):
            is_ros = option == '--ros-args'
        elif is_ros and option == '--params-file':
            yield option, value
        elif is_ros and option in ('-p', '--param'):
            yield '--param', value


def _node_keys(path: Path) -> list[str]:
    """List the nodes that a file is for; none if it is no file of parameters."""
    try:
        return list(_keys_in(read_yaml(path), ''))
    except (OSError, YamlFileError):  # the middleware has told it, or can read it
        return []


def _keys_in(content: object, above: str) -> Iterator[str]:
    if not isinstance(content, Mapping):
        return
    for key, inner in content.items():
        if key == _CONTENT:
            yield from [above] if above else []
        else:
            yield from _keys_in(inner, f'{above}/{key}' if above else str(key))


def _matches(key: str, node: str) -> bool:
    """Tell whether a key of a file means a node, with the wildcards that ROS 2 knows."""
    pattern = re.escape('/' + key.lstrip('/'))
    pattern = pattern.replace(r'/\*\*', r'(/\w+)*').replace(r'/\*', r'(/\w+)')
    return re.fullmatch(pattern, node) is not None
