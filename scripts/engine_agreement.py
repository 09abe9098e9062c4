"""Compare the masks of all CPU engines with those of OpenVINO in float32, frame by frame."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.cli.evaluate import SegmenterPredictor
from time2general_ros.data.specs import open_data
from time2general_ros.evaluation.evaluate import evaluate
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.streaming.segmenter import Segmenter

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame

ENGINES = (('openvino', 'f32'), ('openvino', 'bf16'), ('onnxruntime', 'f32'), ('torch', 'f32'))


class KeepingPredictor(SegmenterPredictor):
    """Answers like its parent and keeps what it answered."""

    def __init__(self, segmenter: Segmenter) -> None:
        super().__init__(segmenter)
        self.masks: list[npt.NDArray[np.uint8]] = []

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        """Segment one frame."""
        mask = super().predict(frame)
        self.masks.append(mask)
        return mask


def main() -> None:
    """Run each engine over the data with its own memory and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', default='camvid:../shared/data/camvid', help='as of evaluate')
    parser.add_argument('--split', default='val')
    args = parser.parse_args()
    model, data = load_model_folder(), open_data(args.data, args.split)
    reference: npt.NDArray[np.uint8] | None = None
    print('| engine | precision | class ids equal, mean | worst frame | mIoU |')
    print('|---|---|---|---|---|')
    for name, precision in ENGINES:
        predictor = KeepingPredictor(Segmenter(create_engine(name, model, precision=precision)))
        figures = evaluate(predictor, data, (1,), with_flow=False)[1]
        masks = np.stack(predictor.masks)
        reference = masks if reference is None else reference
        equal = 100 * (masks == reference).reshape(len(masks), -1).mean(axis=1)
        agreement = f'{equal.mean():.2f} % | {equal.min():.2f} %'
        miou = 100 * (figures.accuracy.miou or 0.0)
        print(f'| `{name}` | {precision} | {agreement} | {miou:.2f} |', flush=True)


if __name__ == '__main__':
    main()
