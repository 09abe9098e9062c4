"""A data set of a few small frames and a predictor that answers at once, for the benchmark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from time2general_ros.data.labelled_video import LabelledFrame
from time2general_ros.labels.files import load_label_set

ROAD, SKY = 0, 10
CAMVID_SKY, CAMVID_ROAD = 0, 3


class HalfSky:
    """Some frames, bright above and dark below, whose truth is sky above and road below."""

    def __init__(self, frames: int = 6) -> None:
        self.name = 'drive'
        self.frames = frames
        self.videos = (self,)
        self.label_set = load_label_set('camvid11')

    def __len__(self) -> int:
        return self.frames

    def frame(self, index: int) -> LabelledFrame:
        labels = np.full((16, 24), CAMVID_ROAD, np.uint8)
        labels[:8] = CAMVID_SKY
        image = np.where(labels == CAMVID_SKY, 200, 50).astype(np.uint8)
        return LabelledFrame(f'drive_{index}', np.stack([image] * 3, -1), labels, index * 100)


class Threshold:
    """Call sky what is bright, and count the frames."""

    labels = load_label_set('cityscapes19')

    def __init__(self) -> None:
        self.seen = 0

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        self.seen += 1
        return np.where(frame.image[..., 0] > 128, SKY, ROAD).astype(np.uint8)

    def reset(self) -> None:
        pass
