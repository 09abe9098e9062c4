"""The frames of a video file, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from time2general_ros.data.labelled_video import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt


class VideoFrames:
    """
    What a file holds, to be gone through once.

    :param rate_hz: Frames per second, as the file says.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._capture = cv2.VideoCapture(str(file))
        self.rate_hz: float = self._capture.get(cv2.CAP_PROP_FPS)

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        """
        Yield frames as OpenCV has them: BGR, uint8 [H, W, 3].

        :raises DataError: at the end, if there was none.
        """
        some = False
        while (read := self._capture.read())[0]:
            some = True
            yield np.asarray(read[1])
        if not some:
            raise DataError(f'{self._file} holds no frame that can be decoded')
