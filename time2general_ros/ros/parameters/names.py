"""What ROS 2 takes as a name, known before it is asked."""

from __future__ import annotations

import re

# ROS names are ASCII. Rules of remapping take no double underscore, although topics may have it.
_TOKEN = r'[A-Za-z](?:_?[A-Za-z0-9])*_?|_(?:[A-Za-z0-9](?:_?[A-Za-z0-9])*_?)?'
_PATH = rf'(?:{_TOKEN})(?:/(?:{_TOKEN}))*'
_TOPIC = re.compile(rf'(?:~/|/)?{_PATH}')
_NAMESPACE = re.compile(rf'/?{_PATH}')
# rmw refuses longer ones.
_LONGEST = 247

_WORDS = 'parts of a to z, digits and single _ that begin with no digit, with one / between'


def reason_against_topic(topic: str) -> str | None:
    """
    Say why a topic cannot be the target of a remapping rule.

    :returns: The remedy; None if the topic is fine.
    """
    if not _TOPIC.fullmatch(topic):
        return f'give {_WORDS}, such as /camera/front/image_raw'
    return _reason_against_length(topic)


def reason_against_namespace(namespace: str) -> str | None:
    """
    Say why a node cannot be in a namespace.

    :returns: The remedy; None if the namespace is fine, as an empty one is.
    """
    if namespace.strip('/') and not _NAMESPACE.fullmatch(namespace.removesuffix('/')):
        return f'give {_WORDS}, such as ego/cameras'
    return _reason_against_length(namespace)


def reason_against_frame(frame: str) -> str | None:
    """
    Say why tf2 has no frame of a name.

    :returns: The remedy; None if the name is fine.
    """
    if frame and not frame.startswith('/') and frame.isprintable() and not frame.isspace():
        return None
    return 'give a frame without a leading /, such as base_link'


def absolute(name: str, namespace: str, node_name: str) -> str:
    """Expand a topic as a node of a namespace does; no rule is applied."""
    if name.startswith('/'):
        return name
    space = '/'.join(part for part in namespace.split('/') if part)
    private = node_name if name.startswith('~/') else ''
    return '/' + '/'.join(part for part in (space, private, name.removeprefix('~/')) if part)


def sibling(topic: str, name: str) -> str:
    """Give the topic of another name beside a topic."""
    folder, slash, _ = topic.rpartition('/')
    return folder + slash + name


def _reason_against_length(name: str) -> str | None:
    return None if len(name) <= _LONGEST else f'give a name of at most {_LONGEST} characters'
