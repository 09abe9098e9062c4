"""The few calls of the CUDA runtime that an engine needs, through NVIDIA's `cuda-bindings`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError

try:
    from cuda.bindings import runtime  # type: ignore[import-not-found]
except ImportError as error:
    raise EngineError(
        f'TensorRT is driven through the CUDA runtime: {error}; pip install cuda-bindings, of the '
        'CUDA version of this machine'
    ) from error

if TYPE_CHECKING:
    import numpy.typing as npt

MB = 2**20


class Gpu(NamedTuple):
    """
    The device in use.

    :param capability: Compute capability, such as (8, 7).
    """

    name: str
    capability: tuple[int, int]


def current_gpu() -> Gpu:
    """
    Ask for the device in use.

    :raises EngineError: if there is none.
    """
    device = _call('cudaGetDevice')
    facts = _call('cudaGetDeviceProperties', device)
    return Gpu(facts.name.rstrip(b'\0').decode(), (int(facts.major), int(facts.minor)))


class Stream:
    """
    A stream and what was allocated for the work on it.

    Copies return before they are done; see :meth:`synchronize`.
    """

    def __init__(self) -> None:
        self._stream = _call('cudaStreamCreate')
        self._sizes: dict[int, int] = {}

    @property
    def handle(self) -> int:
        """What other libraries know the stream by."""
        return int(self._stream)

    @property
    def allocated_mb(self) -> float:
        """Device memory that is held."""
        return sum(self._sizes.values()) / MB

    def allocate(self, size: int) -> int:
        """
        Return the address of zeroed device memory.

        :param size: In bytes.
        :raises OutOfDeviceMemoryError: if there is not enough.
        """
        address = int(_call('cudaMalloc', size))
        self._sizes[address] = size
        self.clear(address, size)
        return address

    def free(self, address: int) -> None:
        """Give memory back, once the work on the stream is done."""
        if self._sizes.pop(address, None) is not None:
            self.synchronize()
            _call('cudaFree', address)

    def clear(self, address: int, size: int) -> None:
        """Set bytes to zero."""
        _call('cudaMemsetAsync', address, 0, size, self._stream)

    def upload(self, array: npt.NDArray[Any], address: int) -> None:
        """Copy a contiguous array to the device."""
        self._copy(address, array.ctypes.data, array.nbytes, 'cudaMemcpyHostToDevice')

    def download(self, address: int, array: npt.NDArray[Any]) -> None:
        """Fill a contiguous array from the device."""
        self._copy(array.ctypes.data, address, array.nbytes, 'cudaMemcpyDeviceToHost')

    def copy(self, source: int, target: int, size: int) -> None:
        """Copy bytes within the device."""
        self._copy(target, source, size, 'cudaMemcpyDeviceToDevice')

    def _copy(self, target: int, source: int, size: int, kind: str) -> None:
        direction = getattr(runtime.cudaMemcpyKind, kind)
        _call('cudaMemcpyAsync', target, source, size, direction, self._stream)

    def synchronize(self) -> None:
        """Wait until all is done."""
        _call('cudaStreamSynchronize', self._stream)

    def close(self) -> None:
        """Give back the stream and what is still allocated."""
        for address in list(self._sizes):
            self.free(address)
        _call('cudaStreamDestroy', self._stream)


def _call(name: str, *arguments: Any) -> Any:
    """
    Call a function of the runtime.

    :returns: what it gives beside its status.
    :raises OutOfDeviceMemoryError: if the device's memory does not suffice.
    :raises EngineError: if it fails otherwise.
    """
    status, *answer = getattr(runtime, name)(*arguments)
    if status == runtime.cudaError_t.cudaErrorMemoryAllocation:
        raise OutOfDeviceMemoryError(
            f'the GPU has too little free memory ({name}{arguments[:1]}); take a smaller input '
            'size or fewer cameras, or end other programs on the GPU'
        )
    if status != runtime.cudaError_t.cudaSuccess:
        raise EngineError(
            f'{name} failed with {status}; check the GPU and its driver with nvidia-smi (on '
            'Jetson: tegrastats)'
        )
    return answer[0] if answer else None
