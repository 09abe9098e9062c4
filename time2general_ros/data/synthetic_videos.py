"""The procedural drive as a labelled data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.data.labelled_video import LabelledFrame
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.synthetic import Drive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.data.labelled_video import LabelledVideo


class SyntheticVideos:
    """
    One procedural drive, labelled in the 19 Cityscapes classes.

    :param seed: Which drive.
    :param weather: Weather and light of the whole drive.
    :param seconds: Length.
    :param rate_hz: Frames per second.
    :raises SyntheticError: if an argument is out of range or there is no such weather.
    """

    def __init__(
        self, seed: int, weather: str = 'clear', seconds: float = 10.0, rate_hz: float = 30.0
    ) -> None:
        self.label_set = street_labels()
        self.videos: Sequence[LabelledVideo] = [_SyntheticVideo(seed, weather, seconds, rate_hz)]


class _SyntheticVideo:
    def __init__(self, seed: int, weather: str, seconds: float, rate_hz: float) -> None:
        self.name = f'synthetic_{seed}_{weather}'
        self._drive = Drive(seed, weather=weather, rate_hz=rate_hz)
        self._rate_hz = rate_hz
        self._frames = max(1, round(seconds * rate_hz))

    def __len__(self) -> int:
        return self._frames

    def frame(self, index: int) -> LabelledFrame:
        """Render one frame."""
        rendered = self._drive.render(index / self._rate_hz)
        return LabelledFrame(
            f'{self.name}_{index:05}', rendered.image, rendered.labels, rendered.stamp_ns
        )
