"""Cameras of several models are answered each by its own."""

from __future__ import annotations

import numpy as np
import pytest
from toy_graph import toy_folder

pytest.importorskip('onnxruntime')

from time2general_ros.labels.description import read_label_set
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.engines.errors import EngineError
from time2general_ros.streaming.frame import Frame
from time2general_ros.streaming.segmenter import Segmenter
from time2general_ros.streaming.segmenter_pool import SegmenterPool

TWO = read_label_set(['soil', 'crop'], 'two', 'two')


def segmenter(cameras: int = 1, two: bool = False) -> Segmenter:
    model = toy_folder(cameras, TWO if two else None)
    return Segmenter(create_engine('onnxruntime', model, cameras=cameras))


def frames(stamp_ns: int) -> list[Frame]:
    rng = np.random.default_rng(stamp_ns)
    images = rng.integers(0, 255, (3, 16, 24, 3)).astype(np.uint8)
    return [Frame(i, stamp_ns, '', n) for i, n in zip(images, ('a', 'b', 'c'), strict=True)]


def test_answers_are_those_of_each_model_alone_in_the_order_of_the_frames() -> None:
    shared, own = segmenter(2), segmenter(two=True)
    pool = SegmenterPool({'a': shared, 'b': own, 'c': shared})
    assert pool.engine.batch == shared.engine.batch + own.engine.batch
    assert (pool.engine.name, pool.engine.precision) == ('onnxruntime', 'f32')
    assert pool.engine.device_memory_mb() is None
    for step in (1, 2):
        found = pool.segment_batch(frames(step * 10**8))
        for frame, answer in zip(frames(step * 10**8), found, strict=True):
            alone = SEPARATE[frame.camera].segment(frame)
            assert np.array_equal(answer.class_ids, alone.class_ids)
            assert np.array_equal(answer.confidence, alone.confidence)


SEPARATE = {'a': segmenter(), 'b': segmenter(two=True), 'c': segmenter()}


def test_a_reset_is_of_the_camera_and_close_of_all() -> None:
    shared, own = segmenter(2), segmenter(two=True)
    pool = SegmenterPool({'a': shared, 'b': own, 'c': shared})
    pool.reset('b', 'request')
    assert (own.resets['request'], shared.resets['request']) == (1, 0)
    pool.close()
    for member in (shared, own):
        with pytest.raises(EngineError, match='closed'):
            member.segment(frames(1)[0])
