"""What the engine can do at best on this machine, and how much of that a step uses."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from time2general_ros.streaming.engines.engine import EMPTY, new_images
from time2general_ros.timing.errors import TimingError
from time2general_ros.timing.flops import count_flops
from time2general_ros.timing.frame_path import RoundTimes
from time2general_ros.timing.matmul_model import write_matmul_model
from time2general_ros.timing.models import reload
from time2general_ros.timing.rivals import Rival

if TYPE_CHECKING:
    from time2general_ros.streaming.engines.engine import Engine
    from time2general_ros.streaming.model_folder import ModelFolder
    from time2general_ros.timing.rivals import Setting

# Side and number of the products: large enough to be bound by arithmetic, small enough to wait
# for. A GPU needs more of both.
CPU_CHAIN = (1024, 8)
GPU_CHAIN = (4096, 16)


class Roofline(NamedTuple):
    """
    Share of the measured ceiling.

    :param frame_gflop: 10^9 operations of a frame, a multiply-add being two.
    :param ceiling_gflops: 10^9 operations per second in large matrix products.
    :param achieved_gflops: The same in ``step``.
    """

    frame_gflop: float
    ceiling_gflops: float
    achieved_gflops: float

    @property
    def share(self) -> float:
        """Achieved of the ceiling, 0 to 1."""
        return self.achieved_gflops / self.ceiling_gflops


class Ceiling(NamedTuple):
    """
    Large matrix products in the engine, to be timed in turn with the rest.

    :param gflop: 10^9 operations of one run.
    """

    rival: Rival
    gflop: float


def matmul_ceiling(setting: Setting) -> Ceiling:
    """
    Load a chain of matrix products into an engine of the same kind, precision and threads.

    :raises TimingError: if the engine runs no graphs, or the package onnx is missing.
    """
    engine = setting.engine
    if engine.name == 'torch':
        raise TimingError('the engine torch runs no graphs of plain matrix products')
    # Only accelerators tell of memory of their own.
    side, products = CPU_CHAIN if engine.device_memory_mb() is None else GPU_CHAIN
    precision = str(engine.model.card.get('precision', 'f32'))
    model = write_matmul_model(setting.folder / 'matmul', side, products, precision)
    other = reload(engine, model, setting.threads)
    rival = Rival('large matrix products', _Chain(other).run, other.close)
    return Ceiling(rival, 2e-9 * side**3 * products)


def frame_gflop(model: ModelFolder) -> float:
    """
    Count the operations of ``step`` for one frame in the graph of a model, in 10^9.

    :raises TimingError: if the package onnx is missing.
    """
    return 1e-9 * count_flops(model.verified('model.onnx')) / model.batch


class _Chain:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._bank = engine.new_bank()
        self._image = new_images(engine, 1)
        self._none = np.zeros((1, engine.model.slots), np.float32)

    def run(self) -> RoundTimes:
        began = perf_counter()
        self._engine.step(self._image, [self._bank], self._none, self._none, [EMPTY])
        return RoundTimes(0.0, 1e3 * (perf_counter() - began), 0.0)
