"""Segmenting the images of a bag into a bag, and nothing else."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
import time
from typing import TYPE_CHECKING

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.writer import BagWriter
from time2general_ros.messages.darkness import is_nearly_black
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE
from time2general_ros.read_ahead import read_ahead
from time2general_ros.replay.camera import cameras_of
from time2general_ros.replay.errors import NoImageError
from time2general_ros.replay.outputs.camera_outputs import CameraOutputs, OutputOptions
from time2general_ros.replay.segmenting import Segmenting, grouped
from time2general_ros.replay.sources.bag_source import BagOptions, BagSource
from time2general_ros.replay.sources.prefixes import prefixes
from time2general_ros.replay.sources.source import Copied, Picture
from time2general_ros.replay.sources.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from time2general_ros.replay.segmenting import Answered, FrameSegmenter
    from time2general_ros.replay.sources.source import Source

# Items that wait between two stages: enough that none of them starves, and few in memory.
DEPTH = 4


@dataclass
class ReplaySummary:
    """
    What became of the images of a topic.

    :param topic: The image topic that was read.
    :param bad: Messages without a usable image, by reason.
    :param examples: The first message text for each of those reasons.
    :param resets: Times that the clip memory was cleared, by cause.
    :param dark: Frames that are nearly black.
    :param unstamped: Frames for whose memory the log time served, as their stamp was zero or that
        of the frame before; standing: those of them whose log time did not advance either.
    :param damage: What is wrong with the bag itself; None if nothing is.
    :param seconds: Wall-clock time.
    """

    topic: str
    frames_in: int = 0
    frames_out: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    resets: Counter[str] = field(default_factory=Counter)
    dark: int = 0
    unstamped: int = 0
    standing: int = 0
    damage: str | None = None
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every frame that the bag should hold was segmented, and there was one."""
        return self.frames_in > 0 and not self.bad and self.damage is None

    def add(self, picture: Picture, answered: Answered) -> None:
        """Count one image."""
        self.frames_in += 1
        if picture.refused:
            reason, message = picture.refused
            self.bad[reason] += 1
            self.examples.setdefault(reason, message)
        elif picture.frame is not None:
            self.frames_out += 1
            self.dark += is_nearly_black(picture.frame.image)
            self.resets.update(next(iter(answered.answers.values())).resets)


def replay(
    bag: Path,
    topic: str | None,
    out: Path,
    segmenter: FrameSegmenter,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
    *,
    image_bits: int = WHOLE_SAMPLE,
    overwrite: bool = False,
) -> ReplaySummary:
    """
    Segment every frame of a topic of a bag; see :func:`replay_to_bag`.

    :param topic: The image topic; None for the only one of the bag.
    :param image_bits: In use of each 16-bit sample; see :func:`~.messages.decode.decode`.
    :raises BagError: if the bag, the topic or the output is unusable; no output is left then.
    """
    options = BagOptions(
        (topic,) if topic else (), one_camera=True, with_calibration=False, image_bits=image_bits
    )
    with closing(BagSource(bag, Window(), options)) as source:
        (summary,) = replay_to_bag(
            [source],
            out,
            {'on': segmenter},
            on_frame,
            outputs=OutputOptions(),
            overwrite=overwrite,
        )
    return summary


def replay_to_bag(
    sources: Sequence[Source],
    out: Path,
    segmenters: Mapping[str, FrameSegmenter],
    on_frame: Callable[[int, int], None] = lambda done, total: None,
    *,
    outputs: OutputOptions,
    batch: int = 1,
    overwrite: bool = False,
) -> list[ReplaySummary]:
    """
    Segment the images of some sources, dropping none, and write the answers to a bag.

    The same sources give the same file, byte for byte. Where stamps are missing, see
    :class:`FrameClock`, log times tell the ages of what is remembered; the outputs keep the stamps
    that there are.

    :param out: The bag to write, see :class:`BagWriter`.
    :param segmenters: By memory mode, the main one first.
    :param on_frame: Called after each image with the number done and the number in all.
    :param batch: Images of different cameras that one step takes.
    :param overwrite: Whether ``out`` may exist; it is replaced at the end.
    :returns: By topic, in the order of the sources.
    :raises Time2GeneralError: if a source or the output is unusable; no output is left then.
    """
    for source in sources:
        if source.kind == 'bag' and out.resolve().is_relative_to(Path(source.path).resolve()):
            raise BagError(f'{out} lies in the bag being read; choose another place for it')
    labels = next(iter(segmenters.values())).labels
    total = sum(source.total for source in sources)
    done = 0
    summaries: list[ReplaySummary] = []
    with BagWriter(out, overwrite=overwrite) as writer:
        for source, prefix in zip(sources, prefixes(sources), strict=True):
            started = time.monotonic()
            cameras = cameras_of(source, prefix, labels)
            own = {topic: ReplaySummary(topic) for topic in cameras}
            written = {t: CameraOutputs(c, [*segmenters], outputs) for t, c in cameras.items()}
            for channel in source.channels:
                writer.declare(replace(channel, topic=prefix + channel.topic))
            segmenting = Segmenting(segmenters, cameras, has_clock=source.has_clock)
            with closing(_answers(source, segmenting, batch)) as answers:
                for answered in answers:
                    item = answered.item
                    if isinstance(item, Copied):
                        write_copy(item, prefix, writer)
                        continue
                    own[item.topic].add(item, answered)
                    written[item.topic].write(answered, item, writer)
                    done += 1
                    on_frame(done, total)
            for topic, summary in own.items():
                clock = segmenting.clocks[topic]
                summary.unstamped, summary.standing = clock.missing, clock.standing
                summary.damage = source.damage
                summary.seconds = time.monotonic() - started
            summaries += own.values()
        if not done:
            raise NoImageError([source.path for source in sources])
    return summaries


def write_copy(copied: Copied, prefix: str, writer: BagWriter) -> None:
    """Write a message as it is."""
    raw = copied.raw
    writer.write_raw(prefix + copied.topic, raw.msgtype, raw.log_time_ns, raw.data)


def _answers(
    source: Source, segmenting: Segmenting, batch: int
) -> Generator[Answered, None, None]:
    """Read, segment and hand on, each in a thread of its own."""

    def steps() -> Iterator[Answered]:
        for items, _ in grouped(read_ahead(source.items(), DEPTH), batch, None):
            yield from segmenting.answer(items)

    return read_ahead(steps(), DEPTH)
