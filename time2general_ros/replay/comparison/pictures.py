"""Frames of a comparison as both runs saw them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.reader import BagReader
from time2general_ros.errors import Time2GeneralError
from time2general_ros.labels.files import find_label_set
from time2general_ros.labels.relations import compare as compare_labels
from time2general_ros.replay.comparison.moments import moments
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.mask_reader import mask_name, read_masks
from time2general_ros.replay.parts import MASKS
from time2general_ros.replay.sources.bag_source import BagOptions
from time2general_ros.replay.sources.open_source import SourceOptions, open_source
from time2general_ros.replay.sources.source import Picture
from time2general_ros.replay.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    import numpy.typing as npt

    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.run import Run

    Ids = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Seen:
    """
    One frame in both runs.

    :param row: Of the pair.
    :param gap: How much more of it flickers in b than in a, percentage points.
    :param is_worst: Whether it is one of those that differ most.
    :param image: RGB, uint8 [H, W, 3]; None if the recording is not there any more.
    :param a: Ids of the scored classes, uint8 [H, W]; b: alike.
    """

    row: int
    recording: str
    topic: str
    frame: int
    offset_s: float
    gap: float | None
    is_worst: bool
    image: Ids | None
    a: Ids
    b: Ids


def look(compared: Comparison, count: int) -> tuple[list[Seen], list[str]]:
    """
    Fetch the frames that differ most, and others evenly between them.

    :returns: The frames in their order, at most ``count``, and why images are missing.
    """
    chosen, worst, gaps = moments(compared, count)
    camera = compared.pair.camera
    seen: list[Seen] = []
    said: list[str] = []
    for number in np.unique(camera[chosen]).tolist():
        rows = np.flatnonzero(camera == number)
        own = [row for row in chosen if camera[row] == number]
        found = _Camera(compared, rows, own)
        images = found.images(said)
        for row, a, b in zip(own, found.masks(compared.a), found.masks(compared.b), strict=True):
            facts = found.facts[row]
            gap = float(gaps[row])
            seen.append(
                Seen(
                    row,
                    found.name,
                    facts['topic'],
                    facts['frame'],
                    facts['offset_s'],
                    None if np.isnan(gap) else gap,
                    row in worst,
                    images.get(row),
                    a,
                    b,
                )
            )
    return seen, said


class _Camera:
    """
    One topic of one recording.

    :param rows: Of the pair, in order; own: those of them that are wanted.
    """

    def __init__(
        self, compared: Comparison, rows: npt.NDArray[np.int64], own: Sequence[int]
    ) -> None:
        self._compared = compared
        self._own = own
        self._rows = rows
        table = compared.pair.a
        columns = ('recording', 'topic', 'frame', 'offset_s', 'message')
        listed = table.select(columns).take(own).to_pylist()
        self.facts: dict[int, dict[str, Any]] = dict(zip(own, listed, strict=True))
        self._key, self._topic = listed[0]['recording'], listed[0]['topic']
        self.name = compared.a.names[self._key]

    def masks(self, run: Run) -> Iterator[Ids]:
        """Read the masks of the wanted frames in a run, in the scored classes."""
        table = compared_table(self._compared, run)
        refused = table['refused'].take(self._rows).to_pylist()
        places = [int(row) for row, why in zip(self._rows, refused, strict=True) if why is None]
        source = next(one for one in run.results['sources'] if one['name'] == run.names[self._key])
        (topic,) = (one for one in source['topics'] if one['topic'] == self._topic)
        is_main = run.mode == run.results['settings']['memory'][0]
        name = mask_name(topic, None if is_main else run.mode)
        to_scored = scored_ids(run)
        try:
            with BagReader(run.folder / MASKS) as reader:
                for ids in read_masks(reader, name, places, set(self._own)):
                    yield np.asarray(to_scored[ids], np.uint8)
        except BagError as error:
            raise ReplayError(
                f'{error}: replay again with another --out, or remove {run.folder}'
            ) from error

    def images(self, said: list[str]) -> Mapping[int, Ids]:
        """Read the images of the wanted frames, as far as the recording is there."""
        run = self._compared.a
        source = next(one for one in run.results['sources'] if one['name'] == self.name)
        settings = run.results['settings']
        options = SourceOptions(
            Window(settings.get('start'), settings.get('end'), settings.get('every') or 1),
            BagOptions(
                tuple(topic['topic'] for topic in source['topics'])
                if source['kind'] == 'bag'
                else (),
                image_bits=settings.get('image_bits') or BagOptions.image_bits,
            ),
            split=settings.get('split') or SourceOptions.split,
            rate_hz=settings.get('rate_hz') or SourceOptions.rate_hz,
        )
        numbers = self._numbers()
        try:
            with ExitStack() as opened:
                reading = open_source(source['path'], options)
                opened.callback(reading.close)
                if reading.fingerprint() != source['fingerprint']:
                    said.append(f'no images of {self.name}: the file has changed')
                    return {}
                items = reading.items(only=numbers.keys())
                pictures = (item for item in items if isinstance(item, Picture))
                return {
                    numbers[number]: picture.frame.image
                    for number, picture in zip(sorted(numbers), pictures, strict=False)
                    if picture.frame is not None
                }
        except Time2GeneralError as error:
            said.append(f'no images of {self.name}: {error}')
            return {}

    def _numbers(self) -> dict[int, int]:
        """Tell the wanted rows by the places of their images among all of the source."""
        frames = self._compared.a.frames
        order = {
            (topic, message): number
            for number, (topic, message) in enumerate(
                (topic, message)
                for key, topic, message in zip(
                    frames['recording'].to_pylist(),
                    frames['topic'].to_pylist(),
                    frames['message'].to_pylist(),
                    strict=True,
                )
                if key == self._key
            )
        }
        return {order[self._topic, self.facts[row]['message']]: row for row in self._own}


def compared_table(compared: Comparison, run: Run) -> Any:
    """Return the rows of one of the two runs."""
    return compared.pair.a if run is compared.a else compared.pair.b


def scored_ids(run: Run) -> Ids:
    """Map the ids of masks to the classes of the figures, uint8 [256]."""
    labels = find_label_set(run.results['model']['label_set'], run.text)
    scored = run.results['scored']
    if labels.classes == tuple(scored['classes']):
        return np.arange(256, dtype=np.uint8)
    truth = find_label_set(scored['label_set'], run.text)
    return np.asarray(compare_labels(labels, truth).predicted, np.uint8)
