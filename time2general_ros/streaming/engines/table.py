"""The engines that there are, and why one of them does not work here."""

from __future__ import annotations

from importlib.util import find_spec
import sys
from typing import NamedTuple

from time2general_ros.imports import pip_install
from time2general_ros.streaming.engines.nvidia import gpu_obstacle


class EngineKind(NamedTuple):
    """
    Where an engine is found and what it needs.

    :param module: In this package; imported when it is chosen, so that an engine's library is
        needed only by those who use it.
    :param name: Of the class. Beside what an engine does it has ``check(model, options)``, which
        refuses at once what starting it would refuse before the model is loaded.
    :param library: What the module imports.
    :param remedy: How the library is had, where pip alone does not say it.
    """

    module: str
    name: str
    library: str
    needs_gpu: bool = False
    remedy: str = ''

    def obstacle(self) -> str | None:
        """Tell why this engine cannot be used on this machine; None if nothing is known."""
        if self.library in sys.modules:
            is_there = sys.modules[self.library] is not None
        else:
            is_there = find_spec(self.library) is not None
        if not is_there:
            remedy = self.remedy or pip_install(self.library)
            return f'it needs the module {self.library!r}: {remedy}'
        return gpu_obstacle() if self.needs_gpu else None


# pip has the bindings alone too, which do not run.
TENSORRT_REMEDY = (
    'install TensorRT (with JetPack, or: pip install tensorrt) and: pip install cuda-bindings onnx'
)
ENGINES = {
    'openvino': EngineKind('openvino_engine', 'OpenVinoEngine', 'openvino'),
    'onnxruntime': EngineKind('onnxruntime_engine', 'OnnxRuntimeEngine', 'onnxruntime'),
    'tensorrt': EngineKind(
        'tensorrt_engine', 'TensorRtEngine', 'tensorrt', needs_gpu=True, remedy=TENSORRT_REMEDY
    ),
    'torch': EngineKind('torch_engine', 'TorchEngine', 'torch'),
}
# Best first: TensorRT fuses most, then comes what runs on a GPU too, then the fastest on CPUs.
ON_GPU = ('tensorrt', 'torch', 'onnxruntime', 'openvino')
ON_CPU = ('openvino', 'onnxruntime', 'torch')


def preferred() -> tuple[tuple[str, ...], str]:
    """Name the engines to try on this machine, best first, and why in that order."""
    obstacle = gpu_obstacle()
    return (ON_CPU, obstacle) if obstacle else (ON_GPU, 'there is an NVIDIA GPU')


def works_here() -> str:
    """List the engines that work on this machine."""
    working = [name for name, kind in ENGINES.items() if kind.obstacle() is None]
    return f'here work: {", ".join(["auto", *working])}'


def works_not() -> list[str]:
    """Name the engines that do not work on this machine, each with what keeps it from it."""
    obstacles = {name: kind.obstacle() for name, kind in ENGINES.items()}
    return [f'{name}: {obstacle}' for name, obstacle in obstacles.items() if obstacle]
