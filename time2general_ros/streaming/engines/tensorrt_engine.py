"""
TensorRT by its native API: GPUs of NVIDIA, Jetson among them.

Not yet run on hardware: its calls are checked against the bindings of TensorRT 10 and 11, and its
logic is tested with stand-ins for TensorRT and CUDA.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.streaming.engines.engine import EMPTY, EngineStep
from time2general_ros.streaming.engines.tensorrt.cuda import current_gpu
from time2general_ros.streaming.engines.tensorrt.library import trt
from time2general_ros.streaming.engines.tensorrt.plan_cache import PlanCache
from time2general_ros.streaming.engines.tensorrt.plans import PlanSource
from time2general_ros.streaming.engines.tensorrt.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from time2general_ros.streaming.engines.options import EngineOptions
    from time2general_ros.streaming.engines.tensorrt.device_banks import DeviceBank, Pool
    from time2general_ros.streaming.model_folder import ModelFolder


class TensorRtEngine:
    """
    Runs a plan; clip memories stay on the GPU.

    Per frame only the image goes in, and class ids and confidence come out.

    :param options: ``precision`` is f32, f16, bf16, or auto: that of the graph, f16 if it is of
        f32; ``threads`` build the plan; of ``cameras`` as many are served at once as the model
        was exported for, more take several steps; ``cache`` holds plans, None is the user's.
    """

    name = 'tensorrt'
    channels_last = False

    def __init__(self, model: ModelFolder, options: EngineOptions) -> None:
        self.model = model
        cache, cameras = PlanCache(options.cache), options.cameras
        source = PlanSource(model, options.precision, options.threads, cache, options.tell)
        self._session = source.open_largest(lambda plan: Session(plan, model), cameras)
        self.precision, self.batch = self._session.plan.precision, self._session.plan.batch
        self.device = f'{current_gpu().name}, TensorRT {trt.__version__}'
        if cameras > self.batch:
            options.tell(
                f'{cameras} cameras take {-(-cameras // self.batch)} steps of {self.batch}; '
                f'export the model with --cameras {cameras} for one'
            )

    @staticmethod
    def check(model: ModelFolder, options: EngineOptions) -> None:
        """Refuse what is known before a plan is loaded or built; errors as of the engine."""
        cache = PlanCache(options.cache)
        PlanSource(model, options.precision, options.threads, cache).check(options.cameras)

    def new_bank(self) -> DeviceBank:
        """Make the clip memory of one camera; freed when it is no longer used."""
        return self._session.pools.new_bank()

    def step(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[DeviceBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """
        Segment one frame per camera; see :meth:`Engine.step`.

        Each camera is computed in the row of its memory; rows without a fresh frame are computed
        too and not read. Cameras whose memories lie in different pools take a run each pool.
        """
        session = self._session
        ids = np.empty((len(banks), *session.ids.shape[1:]), np.uint8)
        confidence = np.empty(ids.shape, np.float32)
        pools: dict[Pool, list[int]] = defaultdict(list)
        for place, bank in enumerate(banks):
            pools[bank.pool].append(place)
        for pool, places in pools.items():
            rows = [banks[place].row for place in places]
            session.age_s[rows], session.valid[rows] = age_s[places], valid[places]
            for place, row in zip(places, rows, strict=True):
                session.put_image(row, images[place])
            session.run(pool.address)
            for place, row in zip(places, rows, strict=True):
                if write[place] != EMPTY:
                    target = banks[place].address(write[place])
                    session.keep_slot(row, target, pool.slot_bytes)
            session.fetch()
            ids[places], confidence[places] = session.ids[rows], session.confidence[rows]
        return EngineStep(ids, confidence)

    def device_memory_mb(self) -> float:
        """Tell how much memory of the GPU is in use: weights, scratch space, images, memories."""
        return self._session.memory_mb()

    def close(self) -> None:
        """Give back what the GPU holds."""
        self._session.close()
