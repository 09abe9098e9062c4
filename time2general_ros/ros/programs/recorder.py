"""A process that records image topics into an MCAP file."""

from __future__ import annotations

import argparse
from collections import Counter
from functools import partial
import struct
import sys
import time
from typing import TYPE_CHECKING

from time2general_ros.bags.typestore import load_typestore
from time2general_ros.bags.writer import BagWriter
from time2general_ros.errors import Time2GeneralError
from time2general_ros.messages.stamps import NS_PER_S
from time2general_ros.ros.diagnostics.publisher import TOPIC as DIAGNOSTICS
from time2general_ros.ros.process import ros, spin, stop_signals
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rclpy.node import Node

_IMAGE = 'sensor_msgs/msg/Image'
_ARRAY = 'diagnostic_msgs/msg/DiagnosticArray'
_DEPTH = 50
# What a killed recorder loses.
_FLUSH_S = 0.5


class Recorder:
    """
    Write the messages of some ``sensor_msgs/Image`` topics into a bag, as they come off the wire.

    The log time of a message is its header stamp, so that the bag lines up with the one that the
    images came from.

    :param node: The node to subscribe with.
    :param diagnostics: Write what is said on ``/diagnostics`` too, at the time of the newest
        image, and nothing before the first.
    """

    def __init__(
        self, node: Node, writer: BagWriter, topics: Sequence[str], *, diagnostics: bool = False
    ) -> None:
        from diagnostic_msgs.msg import DiagnosticArray  # type: ignore[import-untyped]
        from rclpy.qos import QoSProfile
        from sensor_msgs.msg import Image  # type: ignore[import-untyped]

        load_typestore()  # now, lest the first message waits for it
        self.counts: Counter[str] = Counter(dict.fromkeys(topics, 0))
        self._node = node
        self._writer = writer
        self._last_s = 0.0
        self._flushed_s = 0.0
        self._newest_ns: int | None = None
        if diagnostics:
            node.create_subscription(
                DiagnosticArray, DIAGNOSTICS, self._diagnose, QoSProfile(depth=_DEPTH), raw=True
            )
        for topic in topics:
            node.create_subscription(
                Image, topic, partial(self._write, topic), QoSProfile(depth=_DEPTH), raw=True
            )

    @property
    def is_connected(self) -> bool:
        """Whether every topic has a publisher."""
        return all(self._node.count_publishers(topic) for topic in self.counts)

    def has(self, count: int) -> bool:
        """Whether every topic has had so many messages."""
        return min(self.counts.values()) >= count

    def is_idle(self, idle_s: float) -> bool:
        """Whether messages came, and none for so many seconds since."""
        return bool(self._last_s) and time.monotonic() - self._last_s > idle_s

    def _write(self, topic: str, data: bytes) -> None:
        stamp_ns = _read_stamp(data)
        self._newest_ns = max(stamp_ns, self._newest_ns or 0)
        self._writer.write_raw(topic, _IMAGE, stamp_ns, data)
        self.counts[topic] += 1
        self._last_s = time.monotonic()
        if self._last_s - self._flushed_s >= _FLUSH_S:
            self._flushed_s = self._last_s
            self._writer.flush()

    def _diagnose(self, data: bytes) -> None:
        if self._newest_ns is not None:
            self._writer.write_raw(DIAGNOSTICS, _ARRAY, self._newest_ns, data)


def _read_stamp(data: bytes) -> int:
    """Read the header stamp of a serialised message, in ns; it follows 4 bytes of CDR header."""
    order = '<' if data[1] & 1 else '>'
    sec, nanosec = struct.unpack_from(f'{order}iI', data, 4)
    return int(sec) * NS_PER_S + int(nanosec)


def main(arguments: list[str] | None = None) -> int:
    """
    Record until SIGINT, SIGTERM, enough messages or silence; print a line once connected.

    :returns: Exit code: 0, or 1 if the bag cannot be written.
    """
    parser = argparse.ArgumentParser(prog='recorder', description=__doc__)
    parser.add_argument('topics', nargs='+')
    parser.add_argument('--out', type=user_path, required=True, help='NAME.mcap')
    parser.add_argument('--diagnostics', action='store_true', help='record /diagnostics too')
    parser.add_argument('--count', type=int, default=sys.maxsize, help='stop after so many each')
    parser.add_argument('--idle-s', type=float, default=10.0, help='stop after so long a silence')
    options = parser.parse_args(arguments)
    try:
        with (
            stop_signals() as stop,
            ros([]),
            BagWriter(options.out, atomic=False, overwrite=True) as writer,
        ):
            from rclpy.node import Node

            node = Node('recorder')
            recorder = Recorder(node, writer, options.topics, diagnostics=options.diagnostics)
            spin(node, lambda: stop.is_set() or recorder.is_connected)
            print('connected', flush=True)
            spin(
                node,
                lambda: (
                    stop.is_set()
                    or recorder.has(options.count)
                    or recorder.is_idle(options.idle_s)
                ),
            )
            node.destroy_node()
    except Time2GeneralError as error:
        print(f'error: {error}', file=sys.stderr)
        return error.exit_code
    for topic, count in recorder.counts.items():
        print(f'recorded {count} messages of {topic}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
