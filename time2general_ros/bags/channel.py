"""What a bag says of the messages of a topic."""

from __future__ import annotations

from dataclasses import dataclass, field

CDR = 'cdr'


@dataclass(frozen=True)
class Channel:
    """
    A topic that is copied from bag to bag.

    :param schema: Encoding and text of its message definition; None if the type is known by name.
    :param metadata: What its recorder adds, such as ``offered_qos_profiles``.
    """

    topic: str
    msgtype: str
    encoding: str = CDR
    latched: bool = False
    schema: tuple[str, bytes] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
