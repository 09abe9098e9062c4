"""From the images that wait to their masks, several cameras at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from time2general_ros.ros.cameras.camera_stream import Arrival, CameraStream
    from time2general_ros.ros.engine.model_start import Served
    from time2general_ros.streaming.frame import Frame, Segmentation


def serve(
    segmenter: Served, cameras: Mapping[str, CameraStream], arrivals: Mapping[str, Arrival]
) -> None:
    """
    Answer one image each of some cameras; what goes wrong with one is no matter of the others.

    :param cameras: All cameras by name.
    :param arrivals: The images by the name of their camera.
    """
    frames: dict[str, Frame] = {}
    for name, arrival in arrivals.items():
        camera = cameras[name]
        try:
            frame = camera.prepare(arrival)
        except Exception as error:
            camera.fail(error)
            continue
        if frame is not None:
            frames[name] = frame
            if camera.take_reset():
                segmenter.reset(name)
    for name, segmentation in _segment(segmenter, cameras, frames).items():
        try:
            cameras[name].finish(arrivals[name], frames[name], segmentation)
        except Exception as error:
            cameras[name].fail(error)


def _segment(
    segmenter: Served, cameras: Mapping[str, CameraStream], frames: Mapping[str, Frame]
) -> dict[str, Segmentation]:
    """Segment all frames at once, or one by one if that fails."""
    try:
        return dict(zip(frames, segmenter.segment_batch(list(frames.values())), strict=True))
    except Exception as error:
        if len(frames) == 1:
            cameras[next(iter(frames))].fail(error)
            return {}
    answers = [_segment(segmenter, cameras, {name: frame}) for name, frame in frames.items()]
    return {name: answer for alone in answers for name, answer in alone.items()}
