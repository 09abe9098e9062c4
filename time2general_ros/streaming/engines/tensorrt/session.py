"""A plan with all that it needs to run: context, stream, and what it reads and writes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError
from time2general_ros.streaming.engines.tensorrt.cuda import MB, Stream
from time2general_ros.streaming.engines.tensorrt.device_banks import Pools

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.streaming.engines.tensorrt.library import trt
    from time2general_ros.streaming.engines.tensorrt.plans import Plan
    from time2general_ros.streaming.model_folder import ModelFolder


class Session:
    """
    Runs a plan on arrays of the host and memories of the device.

    :param plan: Must fit the model.
    :raises OutOfDeviceMemoryError: if the device has too little memory; all is given back then.
    :raises EngineError: if the plan does not fit.
    """

    def __init__(self, plan: Plan, model: ModelFolder) -> None:
        B, (height, width), M = plan.batch, model.input_size, model.slots
        self.ids: npt.NDArray[np.uint8] = np.empty((B, *model.mask_size), np.uint8)
        self.confidence: npt.NDArray[np.float32] = np.empty((B, *model.score_size), np.float32)
        self.age_s: npt.NDArray[np.float32] = np.zeros((B, M), np.float32)
        self.valid: npt.NDArray[np.float32] = np.zeros((B, M), np.float32)
        self.plan = plan
        self.stream = Stream()
        self._context: trt.IExecutionContext | None = None
        try:
            self.pools = Pools(self.stream, B, M, model.slot_shape)
            self._context = self._new_context()
            shapes = {
                'image': (B, 3, height, width),
                'memory': (B, M, *model.slot_shape),
                'age_s': (B, M),
                'valid': (B, M),
                'class_ids': self.ids.shape,
                'confidence': self.confidence.shape,
                'slot': (B, *model.slot_shape),
            }
            self._addresses = {name: self._bind(name, shape) for name, shape in shapes.items()}
        except EngineError:
            self.close()
            raise

    def _new_context(self) -> trt.IExecutionContext:
        context = self.plan.engine.create_execution_context()
        if context is None:
            raise OutOfDeviceMemoryError(
                f'the GPU has too little free memory to run the plan for {self.plan.batch} '
                'cameras; export for fewer or a smaller size, or end other programs on the GPU'
            )
        return context

    def _bind(self, name: str, shape: tuple[int, ...]) -> int:
        """Allocate what the plan reads or writes, apart from the memory, which lies in pools."""
        sides = self.plan.engine.get_tensor_shape(name)
        found = tuple(sides[axis] for axis in range(len(sides)))
        if found != shape:
            raise EngineError(
                f'the plan has {name} of shape {found}, the card needs {shape}; export the model '
                'again'
            )
        if name == 'memory':
            return 0
        address = self.stream.allocate(prod(shape) * (1 if name == 'class_ids' else 4))
        self._point(name, address)
        return address

    def _point(self, name: str, address: int) -> None:
        if self._context is None or not self._context.set_tensor_address(name, address):
            raise self.plan.logger.failure(f'TensorRT takes no address for {name}')

    def put_image(self, row: int, image: npt.NDArray[np.float32]) -> None:
        """Copy an image [3, H, W] to its row on the device."""
        values = np.ascontiguousarray(image, np.float32)
        self.stream.upload(values, self._addresses['image'] + row * values.nbytes)

    def run(self, memory: int) -> None:
        """
        Start a run on the images, :attr:`age_s`, :attr:`valid` and a pool of memories.

        :param memory: Address of [B, M, P, D].
        :raises EngineError: if it fails.
        """
        self.stream.upload(self.age_s, self._addresses['age_s'])
        self.stream.upload(self.valid, self._addresses['valid'])
        self._point('memory', memory)
        if self._context is None or not self._context.execute_async_v3(self.stream.handle):
            raise self.plan.logger.failure('TensorRT could not run the plan')

    def keep_slot(self, row: int, target: int, size: int) -> None:
        """Copy the slot that the run left in a row to where it is kept; size in bytes."""
        self.stream.copy(self._addresses['slot'] + row * size, target, size)

    def fetch(self) -> None:
        """Wait for the run and copy its answer to :attr:`ids` and :attr:`confidence`."""
        self.stream.download(self._addresses['class_ids'], self.ids)
        self.stream.download(self._addresses['confidence'], self.confidence)
        self.stream.synchronize()

    def memory_mb(self) -> float:
        """Tell how much memory of the device is in use: weights, scratch space and buffers."""
        scratch = int(self.plan.engine.device_memory_size_v2)
        return self.plan.size_mb + scratch / MB + self.stream.allocated_mb

    def close(self) -> None:
        """Give back what the device holds."""
        self._context = None
        self.stream.close()
