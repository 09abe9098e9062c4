"""The TensorRT library, which comes with JetPack or in NVIDIA's packages."""

from __future__ import annotations

from time2general_ros.streaming.engines.errors import EngineError

try:
    import tensorrt as trt  # type: ignore[import-not-found]
except ModuleNotFoundError:
    raise
except ImportError as error:
    # The bindings alone can be installed by pip, without what they bind to.
    raise EngineError(
        f'TensorRT is there only in part: {error}; install its libraries with JetPack, or: '
        'pip install tensorrt'
    ) from error

__all__ = ['trt']
