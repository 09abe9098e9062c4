"""The frames of one camera of a comparison, read again: masks, images and labels."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc  # type: ignore[import-untyped]

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.reader import BagReader
from time2general_ros.labels.files import find_label_set
from time2general_ros.labels.pixels import translate
from time2general_ros.labels.relations import compare as compare_labels
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.outputs.mask_reader import mask_name, read_masks
from time2general_ros.replay.runs.parts import MASKS
from time2general_ros.replay.sources.bag_source import BagOptions
from time2general_ros.replay.sources.open_source import SourceOptions, open_source
from time2general_ros.replay.sources.source import Picture
from time2general_ros.replay.sources.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.run import Run

    Ids = npt.NDArray[np.uint8]

_FACTS = ('recording', 'topic', 'frame', 'offset_s', 'message')


class CameraFrames:
    """
    Some frames of one topic of one recording.

    :param wanted: Their rows of the pair, ascending, one at least.
    """

    def __init__(self, compared: Comparison, wanted: Sequence[int]) -> None:
        self._compared = compared
        self._wanted = wanted
        camera = compared.pair.camera
        self._rows = np.flatnonzero(camera == camera[wanted[0]])
        listed = compared.pair.a.select(_FACTS).take(wanted).to_pylist()
        self.facts: dict[int, dict[str, Any]] = dict(zip(wanted, listed, strict=True))
        self._key, self._topic = listed[0]['recording'], listed[0]['topic']
        self.name = compared.a.names[self._key]

    def masks(self, run: Run) -> Iterator[Ids]:
        """
        Read the masks in one of the runs, in the scored classes, uint8 [H, W] each.

        :raises Time2GeneralError: if they are not all there.
        """
        pair = self._compared.pair
        table = pair.a if run is self._compared.a else pair.b
        refused = table['refused'].take(self._rows).to_pylist()
        places = [int(row) for row, why in zip(self._rows, refused, strict=True) if why is None]
        source = next(one for one in run.results['sources'] if one['name'] == run.names[self._key])
        (topic,) = (one for one in source['topics'] if one['topic'] == self._topic)
        is_main = run.mode == run.results['settings']['memory'][0]
        name = mask_name(topic, None if is_main else run.mode)
        folder = run.folder_of(source['name'])
        to_scored = _scored_ids(run)
        try:
            with BagReader(folder / MASKS) as reader:
                for ids in read_masks(reader, name, places, set(self._wanted)):
                    yield translate(ids, to_scored)
        except BagError as error:
            raise ReplayError(
                f'{error}: replay again with another --out, or remove {folder}'
            ) from error

    def pictures(self, *, with_labels: bool) -> Iterator[tuple[int, Picture]]:
        """
        Read the images with the rows that they belong to.

        :param with_labels: Whether their labels are read too, in the scored classes.
        :raises Time2GeneralError: if the recording or its labels are not there any more, or have
            changed.
        """
        run = self._compared.a
        source = next(one for one in run.results['sources'] if one['name'] == self.name)
        numbers = self._numbers()
        with ExitStack() as opened:
            reading = open_source(source['path'], _options(run, source, with_labels=with_labels))
            opened.callback(reading.close)
            if reading.fingerprint() != source['fingerprint']:
                raise ReplayError('the file has changed')
            to_scored = _true_ids(run, reading.label_set) if with_labels else None
            items = reading.items(only=numbers.keys())
            pictures = (item for item in items if isinstance(item, Picture))
            for number, picture in zip(sorted(numbers), pictures, strict=False):
                if to_scored is not None and picture.labels is not None:
                    labels = translate(picture.labels, to_scored)
                    yield numbers[number], replace(picture, labels=labels)
                else:
                    yield numbers[number], picture

    def _numbers(self) -> dict[int, int]:
        """Tell the wanted rows by the places of their images among all of the source."""
        frames = self._compared.a.frames
        # Of a fleet they are few among many.
        own = frames.filter(pc.equal(frames['recording'], self._key))
        places = zip(own['topic'].to_pylist(), own['message'].to_pylist(), strict=True)
        order = {place: number for number, place in enumerate(places)}
        return {order[self._topic, self.facts[row]['message']]: row for row in self._wanted}


def _options(run: Run, source: dict[str, Any], *, with_labels: bool) -> SourceOptions:
    """Read a source as the run did."""
    settings = run.results['settings']
    is_bag = source['kind'] == 'bag'
    options = SourceOptions(
        Window(settings.get('start'), settings.get('end'), settings.get('every') or 1),
        BagOptions(
            tuple(topic['topic'] for topic in source['topics']) if is_bag else (),
            image_bits=settings.get('image_bits') or BagOptions.image_bits,
        ),
        split=settings.get('split') or SourceOptions.split,
        rate_hz=settings.get('rate_hz') or SourceOptions.rate_hz,
    )
    if not with_labels:
        return options
    label_set = settings.get('label_set') or run.results['model']['label_set']
    return replace(
        options,
        labels=settings.get('labels'),
        label_set=find_label_set(label_set, run.text),
        void_id=settings.get('void_id'),
    )


def _scored_ids(run: Run) -> Ids:
    """Map the ids of masks to the classes of the figures, uint8 [256]."""
    labels = find_label_set(run.results['model']['label_set'], run.text)
    scored = run.results['scored']
    if labels.classes == tuple(scored['classes']):
        return np.arange(256, dtype=np.uint8)
    truth = find_label_set(scored['label_set'], run.text)
    return np.asarray(compare_labels(labels, truth).predicted, np.uint8)


def _true_ids(run: Run, true: LabelSet | None) -> Ids:
    """Map the ids of labels to the classes of the figures, uint8 [256]."""
    labels = find_label_set(run.results['model']['label_set'], run.text)
    return np.asarray(compare_labels(labels, true or labels).true, np.uint8)
