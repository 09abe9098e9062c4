"""What a replay writes beside the images of a camera."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.bags.channel import Channel
from time2general_ros.bags.image_messages import compressed_message, mono8_message
from time2general_ros.bags.label_info import MSGTYPE as LABEL_INFO
from time2general_ros.bags.label_info import recorded_label_info
from time2general_ros.bags.typestore import load_typestore
from time2general_ros.messages.label_info import TOPIC as LABEL_INFO_TOPIC
from time2general_ros.replay.outputs.diagnostics import ARRAY, TOPIC, array_message, camera_status
from time2general_ros.replay.outputs.mask_reader import PACKED
from time2general_ros.replay.sources.window import NS_PER_S
from time2general_ros.streaming.overlay import blend_overlay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    import numpy.typing as npt

    from time2general_ros.bags.writer import BagWriter
    from time2general_ros.replay.camera import Camera
    from time2general_ros.replay.segmenting import Answered
    from time2general_ros.replay.sources.source import Picture
    from time2general_ros.streaming.frame import Segmentation

_IMAGE = 'sensor_msgs/msg/Image'
_COMPRESSED = 'sensor_msgs/msg/CompressedImage'
MASKS = ('raw', 'png')
ALPHA = 0.5
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 80]
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 3]
_DIAGNOSTICS_NS = NS_PER_S


@dataclass(frozen=True)
class OutputOptions:
    """
    What is written.

    :param masks: ``raw`` or ``png``, masks and confidences alike.
    :param overlay: Whether images tinted by class are.
    :param diagnostics: Whether a summary is, once a second of the recording.
    """

    masks: str = 'raw'
    overlay: bool = False
    diagnostics: bool = False

    @property
    def ending(self) -> str:
        """What the topics of masks and confidences end in, as ``image_transport`` has it."""
        return '' if self.masks == 'raw' else PACKED


class CameraOutputs:
    """
    Writes the answers to the images of one camera.

    :param modes: The memory modes, the main one first.
    """

    def __init__(self, camera: Camera, modes: Sequence[str], options: OutputOptions) -> None:
        self._camera = camera
        self._modes = tuple(modes)
        self._options = options
        self._counts: Counter[str] = Counter()
        self._due_ns: int | None = None

    def channels(self) -> Iterator[Channel]:
        """Describe the topics that are written, in a fixed order."""
        kind = _IMAGE if self._options.masks == 'raw' else _COMPRESSED
        for name in (*map(self._mask, self._modes), 'confidence'):
            yield Channel(self._camera.output(name) + self._options.ending, kind)
        if self._options.overlay:
            yield Channel(self._camera.output('overlay/compressed'), _COMPRESSED)
        yield Channel(self._camera.output(LABEL_INFO_TOPIC), LABEL_INFO, latched=True)
        if self._options.diagnostics:
            yield Channel(TOPIC, ARRAY)

    def write(self, answered: Answered, picture: Picture, writer: BagWriter) -> None:
        """Write what belongs to one image."""
        if picture.frame is None:
            assert picture.refused is not None
            self._counts[f'refused: {picture.refused[0]}'] += 1
        else:
            self._write_answers(answered, picture, writer)
        if self._options.diagnostics:
            self._diagnose(answered, picture, writer)

    def export(self) -> dict[str, npt.NDArray[Any]]:
        """Copy all that later messages depend on, for :meth:`restore`."""
        due_ns = -1 if self._due_ns is None else self._due_ns
        return {
            'names': np.array(list(self._counts), np.str_),
            'counts': np.array(list(self._counts.values()), np.int64),
            'due_ns': np.array(due_ns),
        }

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on where another stood."""
        names, counts = (state[name].tolist() for name in ('names', 'counts'))
        self._counts = Counter(dict(zip(names, counts, strict=True)))
        due_ns = int(state['due_ns'])
        self._due_ns = None if due_ns < 0 else due_ns

    def _write_answers(self, answered: Answered, picture: Picture, writer: BagWriter) -> None:
        assert picture.frame is not None
        main, *_ = answered.answers.values()
        if not self._counts['segmented']:
            self._name_classes(picture, writer)
        self._counts['segmented'] += 1
        self._counts.update(f'reset: {cause}' for cause in main.resets)
        for mode, answer in answered.answers.items():
            self._write_ids(self._mask(mode), answer.class_ids, picture, writer)
        self._write_ids('confidence', main.confidence, picture, writer)
        if self._options.overlay:
            self._write_overlay(main, picture, writer)

    def _mask(self, mode: str) -> str:
        return 'mask' if mode == self._modes[0] else f'mask_memory_{mode}'

    def _write_ids(
        self, name: str, ids: npt.NDArray[np.uint8], picture: Picture, writer: BagWriter
    ) -> None:
        assert picture.frame is not None
        stamp_ns, frame_id = picture.frame.stamp_ns, picture.frame.frame_id
        topic = self._camera.output(name) + self._options.ending
        if self._options.masks == 'raw':
            message = mono8_message(ids, stamp_ns, frame_id)
            writer.write(topic, _IMAGE, picture.log_time_ns, message)
            return
        data = cv2.imencode('.png', ids, _PNG)[1].tobytes()
        packed = compressed_message(data, 'png', stamp_ns, frame_id)
        writer.write(topic, _COMPRESSED, picture.log_time_ns, packed)

    def _write_overlay(self, answer: Segmentation, picture: Picture, writer: BagWriter) -> None:
        assert picture.frame is not None
        frame = picture.frame
        tinted = blend_overlay(frame.image, answer.class_ids, self._camera.labels.colours, ALPHA)
        bgr = cv2.cvtColor(tinted, cv2.COLOR_RGB2BGR)
        data = cv2.imencode('.jpg', bgr, _JPEG)[1].tobytes()
        message = compressed_message(data, 'jpeg', frame.stamp_ns, frame.frame_id)
        topic = self._camera.output('overlay/compressed')
        writer.write(topic, _COMPRESSED, picture.log_time_ns, message)

    def _name_classes(self, picture: Picture, writer: BagWriter) -> None:
        assert picture.frame is not None
        topic = self._camera.output(LABEL_INFO_TOPIC)
        labels, stamp_ns = self._camera.labels, picture.frame.stamp_ns
        message = recorded_label_info(load_typestore(), labels, stamp_ns)
        writer.write(topic, LABEL_INFO, picture.log_time_ns, message, latched=True)

    def _diagnose(self, answered: Answered, picture: Picture, writer: BagWriter) -> None:
        log_time_ns = picture.log_time_ns
        if self._due_ns is not None and log_time_ns < self._due_ns:
            return
        self._due_ns = log_time_ns + _DIAGNOSTICS_NS
        row = answered.rows[0] if answered.rows else {}
        status = camera_status(self._camera.key, self._counts, row)
        writer.write(TOPIC, ARRAY, log_time_ns, array_message(log_time_ns, status))
