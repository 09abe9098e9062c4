"""The figures of one frame: what the meters of the evaluation add with it."""

from __future__ import annotations

import math
from time import perf_counter
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.evaluation.boundary import BoundaryMeter
from time2general_ros.evaluation.consistency import ConsistencyMeter
from time2general_ros.evaluation.evaluate import WINDOWS
from time2general_ros.evaluation.flow import FlowMeter
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.pixels import count_ids
from time2general_ros.messages.darkness import is_nearly_black
from time2general_ros.replay.figures.continuity import Continuity
from time2general_ros.replay.figures.rows import sparse

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from time2general_ros.evaluation.correspondence import FlowEstimator
    from time2general_ros.replay.camera import Camera
    from time2general_ros.replay.segmenting import State
    from time2general_ros.replay.sources.source import Picture
    from time2general_ros.streaming.frame import Segmentation

    Ids = npt.NDArray[np.uint8]

FLOW = ('before', 'after', 'pixels')
CONFUSION = ('truth', 'prediction', 'pixels')


class CameraFigures:
    """
    Measures the answers to the frames of one camera in one memory mode, in their order.

    No pair and no window reaches across the start of a video, a step back in time, or a change of
    the image size.

    :param flow: Measures along optical flow too, the slowest of the figures. None to leave that
        out.
    """

    def __init__(self, camera: Camera, flow: FlowEstimator | None) -> None:
        classes = camera.compared.labels.classes
        self._camera = camera
        self._classes = classes
        self._flow = FlowMeter(classes, flow) if flow else None
        self._consistency = ConsistencyMeter(WINDOWS)
        self._continuity = Continuity()

    def measure(self, picture: Picture, answer: Segmentation, time_ns: int) -> dict[str, Any]:
        """
        Measure the next answer.

        :returns: The columns of its row that depend on the answer.
        """
        assert picture.frame is not None
        began = perf_counter()
        if self._continuity.breaks(picture.video, time_ns, picture.frame.size):
            self._start()
        ids = self._camera.compared.prediction(answer.class_ids)
        row = _facts(answer)
        pixels = count_ids(ids)
        row['class_pixels'] = [*pixels[: len(self._classes)].tolist(), int(pixels[UNLABELLED])]
        row |= self._along_flow(picture.frame.image, ids)
        is_labelled = picture.labels is not None and bool((picture.labels != UNLABELLED).any())
        row['labelled'] = is_labelled
        if picture.labels is not None and is_labelled:
            row |= self._against(self._camera.compared.truth(picture.labels), ids)
        row['figures_ms'] = 1e3 * (perf_counter() - began)
        return row

    def export(self) -> State:
        """Copy all that later figures depend on, for :meth:`restore`."""
        state = {f'windows.{key}': value for key, value in self._consistency.memory.items()}
        if self._flow:
            state |= {f'flow.{key}': value for key, value in self._flow.memory.items()}
        state['continuity'] = self._continuity.export()
        return state

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on where another stood."""
        self._consistency.recall(_part(state, 'windows.'))
        if self._flow:
            self._flow.recall(_part(state, 'flow.'))
        self._continuity.restore(state['continuity'])

    def _start(self) -> None:
        self._consistency.start_video()
        if self._flow:
            self._flow.start_video()

    def _along_flow(self, image: Ids, ids: Ids) -> dict[str, Any]:
        pair = self._flow.add(image, ids) if self._flow else None
        if pair is None:
            return {}
        changed = pair.pixels - pair.unchanged
        return {
            'flow_flicker': 100.0 * changed / pair.pixels if pair.pixels else None,
            'flow_pixels': pair.pixels,
            'flow_changed': changed,
            'flow_pairs': sparse(pair.counts, FLOW),
        }

    def _against(self, labels: Ids, ids: Ids) -> dict[str, Any]:
        accuracy = ConfusionMatrix(self._classes)
        row: dict[str, Any] = {'confusion': sparse(accuracy.add(labels, ids), CONFUSION)}
        contours = BoundaryMeter(self._classes).add(labels, ids)
        row['boundary'] = [
            {'class': index, 'hits': int(contours.hits[index]), 'union': int(union)}
            for index, union in enumerate(contours.unions)
            if union
        ]
        row['miou'] = None if accuracy.miou is None else 100.0 * accuracy.miou
        windows = self._consistency.add(labels, ids)
        row['windows'] = [{'length': n, **window._asdict()} for n, window in windows.items()]
        if 2 in windows:
            changed = windows[2].pixels - windows[2].constant
            row['stable_pixels'], row['changed_pixels'] = windows[2].pixels, changed
            row['flicker'] = 100.0 * changed / windows[2].pixels
        return row


def picture_row(
    picture: Picture, number: int, time_ns: int | None, start_ns: int
) -> dict[str, Any]:
    """Give the columns of a row that are the same in every memory mode."""
    row: dict[str, Any] = {
        'topic': picture.topic,
        'video': picture.video,
        'frame': number,
        'message': picture.message,
        'name': picture.name,
        'stamp_ns': picture.stamp_ns,
        'log_time_ns': picture.log_time_ns,
        'time_ns': time_ns,
        'offset_s': (picture.log_time_ns - start_ns) / 1e9,
        'refused': picture.refused[0] if picture.refused else None,
        'decode_ms': picture.decode_ms,
    }
    if picture.frame is not None:
        row['height'], row['width'] = picture.frame.size
        row['dark'] = bool(is_nearly_black(picture.frame.image))
    return row


def _facts(answer: Segmentation) -> dict[str, Any]:
    facts: dict[str, Any] = {'confidence': 100.0 * cv2.mean(answer.confidence)[0] / 255.0}
    if math.isnan(answer.times.step_ms):
        # The answer of another process, of which no more is known.
        return facts
    return {
        **facts,
        'reset': ','.join(answer.resets) or None,
        'memory_depth': answer.memory_depth,
        'memory_age_s': answer.memory_age_s,
        'preprocess_ms': answer.times.preprocess_ms,
        'step_ms': answer.times.step_ms,
        'postprocess_ms': answer.times.postprocess_ms,
    }


def _part(state: Mapping[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {
        key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)
    }
