"""A finished run as a recording of Rerun: images, masks with names and colours, and curves."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import rerun as rr  # type: ignore[import-not-found, unused-ignore]

from time2general_ros.bags.images import usable_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.figures.rows import STAGES
from time2general_ros.replay.outputs.mask_reader import mask_name, packed_name
from time2general_ros.replay.runs.parts import FRAMES, MASKS
from time2general_ros.replay.sources.source import Picture
from time2general_ros.report.replay.playing import RERUN_TIMELINE
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.sources.source import Source

_CURVES = ('flow_flicker', 'flicker', 'confidence', 'memory_depth')
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 80]


def write_rerun(
    file: Path, out: Path, results: Mapping[str, Any], sources: Sequence[Source], labels: LabelSet
) -> None:
    """
    Write a recording of a finished run; images are read from the sources once more.

    :param out: The folder of the run, whose ``results.json`` holds ``results``.
    :param labels: The classes of the masks.
    :raises ReplayError: if the file cannot be written.
    """
    try:
        with whole(file) as place:
            stream = rr.RecordingStream('time2general replay', recording_id=results['run_id'])
            # Before the first entry, or what is logged until then is lost.
            stream.save(place)
            stream.log('/', _context(labels), static=True)
            _log(stream, out, results, sources)
            stream.flush()
            stream.disconnect()
    except OSError as error:
        raise ReplayError(
            f'{file} cannot be written: {error.strerror or error}; choose another place with '
            '--rerun'
        ) from error


def _context(labels: LabelSet) -> Any:
    colours = labels.colours.tolist()
    return rr.AnnotationContext(
        [
            rr.AnnotationInfo(id=number, label=name, color=colours[number])
            for number, name in enumerate(labels.classes)
        ]
    )


def _log(stream: Any, out: Path, results: Mapping[str, Any], sources: Sequence[Source]) -> None:
    rows = _rows(out / FRAMES, results['settings']['memory'][0])
    with ExitStack() as opened:
        for source, described in zip(sources, results['sources'], strict=True):
            masks = {
                topic['topic']: _masks(opened.enter_context(BagReader(out / MASKS)), topic)
                for topic in described['topics']
            }
            for item in source.items():
                if isinstance(item, Picture):
                    _log_picture(stream, item, next(rows), masks[item.topic])


def _log_picture(
    stream: Any,
    picture: Picture,
    row: Mapping[str, Any],
    masks: Iterator[npt.NDArray[np.uint8]],
) -> None:
    stream.set_time(RERUN_TIMELINE, timestamp=np.datetime64(picture.log_time_ns, 'ns'))
    place = f'{row["source"]}{picture.topic}'
    if picture.frame is None:
        stream.log(f'{place}/refused', rr.TextLog(row['refused'], level='WARN'))
        return
    bgr = cv2.cvtColor(picture.frame.image, cv2.COLOR_RGB2BGR)
    jpeg = cv2.imencode('.jpg', bgr, _JPEG)[1].tobytes()
    stream.log(f'{place}/image', rr.EncodedImage(contents=jpeg, media_type='image/jpeg'))
    stream.log(f'{place}/image/mask', rr.SegmentationImage(next(masks), opacity=0.5))
    if row['reset']:
        stream.log(f'{place}/resets', rr.TextLog(row['reset']))
    for name in (*_CURVES, *(f'{stage}_ms' for stage in STAGES)):
        if row[name] is not None:
            group = 'times' if name.endswith('_ms') else 'figures'
            stream.log(f'{place}/{group}/{name}', rr.Scalars(row[name]))


def _rows(file: Path, mode: str) -> Iterator[Mapping[str, Any]]:
    """Read the rows of one memory mode in their order."""
    stages = (f'{stage}_ms' for stage in STAGES)
    columns = ['source', 'memory', 'refused', 'reset', *_CURVES, *stages]
    for batch in pq.ParquetFile(file).iter_batches(columns=columns):
        yield from (row for row in batch.to_pylist() if row['memory'] == mode)


def _masks(reader: BagReader, topic: Mapping[str, Any]) -> Iterator[npt.NDArray[np.uint8]]:
    for frame in usable_frames(reader, packed_name(reader, mask_name(topic))):
        yield np.ascontiguousarray(frame.image[..., 0])
