"""The page of a finished run: its rows, and pictures out of its sources and masks."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.bags.reader import BagReader
from time2general_ros.replay.camera import cameras_of
from time2general_ros.replay.outputs.mask_reader import read_masks
from time2general_ros.replay.runs.parts import FRAMES, MASKS
from time2general_ros.replay.sources.prefixes import prefixes
from time2general_ros.replay.sources.source import Picture
from time2general_ros.replay.views.page_rows import read_details, read_rows
from time2general_ros.report.replay.camera_page import PICTURE_BYTES, CameraPage, Subject
from time2general_ros.report.replay.page import write_replay_page
from time2general_ros.report.replay.strips import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.replay.camera import Camera
    from time2general_ros.replay.segmenting import FrameSegmenter
    from time2general_ros.replay.sources.source import Source

    Ids = npt.NDArray[np.uint8]

ON, OFF = 'on', 'off'


def write_report(
    path: Path,
    out: Path,
    results: Mapping[str, Any],
    sources: Sequence[Source],
    segmenters: Mapping[str, FrameSegmenter],
    rerun: Path | None = None,
) -> None:
    """
    Write the page of a finished run; images are read from the sources once more.

    :param path: Where the page goes.
    :param out: The folder of the run, whose ``results.json`` holds ``results``.
    :param segmenters: By memory mode. Where the run has no masks without memory, that of ``off``
        segments the few frames of the strips.
    :param rerun: A recording of Rerun of the same run, which the page leads to.
    :raises ReportError: if it cannot be written.
    """
    labels = next(iter(segmenters.values())).labels
    made: list[CameraPage] = []
    rows, order = read_rows(out / FRAMES, results)
    left = PICTURE_BYTES
    for source, described, prefix in zip(
        sources, results['sources'], prefixes(sources), strict=True
    ):
        # What a camera leaves over goes to those after it.
        share = left // (len(rows) - len(made))
        pages = {
            topic['topic']: CameraPage(
                Subject(
                    len(made) + number,
                    len(rows),
                    described,
                    topic,
                    rows[described['name'], topic['topic']],
                ),
                share,
            )
            for number, topic in enumerate(described['topics'])
        }
        pictures = _Pictures(source, order[described['name']], pages)
        _show(pictures, cameras_of(source, prefix, labels), pages, out / MASKS, segmenters)
        made += pages.values()
        left -= sum(page.size for page in pages.values())
    wanted = {page.subject.key: page.wanted for page in made}
    details = read_details(out / FRAMES, results, wanted)
    cameras = [(page, details[page.subject.key]) for page in made]
    write_replay_page(path, out, results, cameras, rerun)


class _Pictures:
    """
    The images of a source that its pages want, each with its place among those of its camera.

    :param order: The topic of each image, as they were read.
    """

    def __init__(
        self, source: Source, order: Sequence[str], pages: Mapping[str, CameraPage]
    ) -> None:
        self._source = source
        self._places: dict[int, int] = {}
        counts = dict.fromkeys(pages, 0)
        for number, topic in enumerate(order):
            if counts[topic] in pages[topic].wanted:
                self._places[number] = counts[topic]
            counts[topic] += 1

    def __iter__(self) -> Iterator[tuple[int, Picture]]:
        """Read them."""
        items = self._source.items(only=self._places.keys())
        pictures = (item for item in items if isinstance(item, Picture))
        return zip(self._places.values(), pictures, strict=True)


def _show(
    pictures: _Pictures,
    cameras: Mapping[str, Camera],
    pages: Mapping[str, CameraPage],
    masks: Path,
    segmenters: Mapping[str, FrameSegmenter],
) -> None:
    """Give all pages their pictures."""
    with ExitStack() as opened:
        answers = {
            (topic, mode): read_masks(
                opened.enter_context(BagReader(masks)),
                cameras[topic].output('mask' if is_main else f'mask_memory_{mode}'),
                page.subject.rows.segmented,
                page.wanted,
            )
            for topic, page in pages.items()
            for mode, is_main in _modes(page)
        }
        for place, picture in pictures:
            page, camera = pages[picture.topic], cameras[picture.topic]
            assert picture.frame is not None
            modes = [mode for mode, _ in _modes(page)]
            read = {mode: next(answers[picture.topic, mode]) for mode in modes}
            mask = read[modes[0]]
            alone = read.get(OFF) if modes[0] != OFF else None
            if alone is None and place in page.alone and modes[0] == ON and OFF in segmenters:
                # Without memory nothing depends on the frames before.
                frame = replace(picture.frame, camera=f'{camera.key} alone')
                alone = segmenters[OFF].segment(frame).class_ids
            scored = camera.compared.predicted
            page.add(
                Look(
                    place,
                    picture.frame.image,
                    np.asarray(scored[mask], np.uint8),
                    None if alone is None else np.asarray(scored[alone], np.uint8),
                )
            )


def _modes(page: CameraPage) -> list[tuple[str, bool]]:
    return [(mode, not number) for number, mode in enumerate(page.subject.modes)]
