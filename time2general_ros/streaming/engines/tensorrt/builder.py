"""
From an ONNX graph to a TensorRT plan, by the Python API of versions 10 and 11.

Not yet run on hardware: its calls are checked against the bindings of both versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsInt, TypeVar

from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError
from time2general_ros.streaming.engines.tensorrt.library import trt

if TYPE_CHECKING:
    from collections.abc import Callable

    Report = Callable[[str], None]

T = TypeVar('T')

# How often the progress of a long phase is told, in parts of it.
PARTS = 4
# How TensorRT says that memory did not suffice, in lower case.
OUT_OF_MEMORY = ('out of memory', 'outofmemory', 'insufficient memory', 'cudaerrormemory')


class Logger(trt.ILogger):  # type: ignore[misc]
    """
    Passes on what TensorRT warns of, and keeps its errors for the message of an exception.

    :param report: Takes lines for the user.
    """

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.errors: list[str] = []
        self._report = report

    def log(self, severity: trt.ILogger.Severity, message: str) -> None:
        """Take a line of TensorRT."""
        if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
            self.errors.append(message)
        if severity not in (trt.ILogger.Severity.INFO, trt.ILogger.Severity.VERBOSE):
            self._report(f'TensorRT: {message}')

    def failure(self, what: str) -> EngineError:
        """Make the exception for what failed, of the errors that were logged."""
        reasons = '; '.join(self.errors[-3:]) or 'no reason was given'
        if any(sign in reasons.lower() for sign in OUT_OF_MEMORY):
            return OutOfDeviceMemoryError(
                f'{what}: the GPU has too little free memory ({reasons}); export for fewer '
                'cameras or a smaller size, or end other programs on the GPU'
            )
        return EngineError(f'{what}: {reasons}; export the model again or use another engine')


class Progress(trt.IProgressMonitor):  # type: ignore[misc]
    """
    Tells how far a build is, and ends it when the user interrupts it.

    :param report: Takes lines for the user.
    """

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.interrupted = False
        self._report = report
        self._steps: dict[str, int] = {}

    def phase_start(
        self, phase_name: str, parent_phase: str | None, num_steps: SupportsInt
    ) -> None:
        """Take note of a phase; those within others are not told."""
        if parent_phase is None:
            self._steps[phase_name] = int(num_steps)

    def step_complete(self, phase_name: str, step: SupportsInt) -> bool:
        """Tell about a step; False ends the build."""
        try:
            done, steps = int(step) + 1, self._steps.get(phase_name, 0)
            if steps and done * PARTS // steps > (done - 1) * PARTS // steps:
                self._report(f'TensorRT: {phase_name}, {100 * done // steps} %')
        except KeyboardInterrupt:
            self.interrupted = True
        return not self.interrupted

    def phase_finish(self, phase_name: str) -> None:
        """Forget a phase."""
        self._steps.pop(phase_name, None)


def start(kind: Callable[[Logger], T], logger: Logger) -> T:
    """
    Make an entrance to TensorRT: its builder or its runtime.

    :raises EngineError: if it does not start, as where there is no GPU.
    """
    try:
        return kind(logger)
    except TypeError as error:
        # The bindings have no other exception for an object that the library did not make.
        raise logger.failure('TensorRT does not start') from error


def build_plan(graph: bytes, report: Report, *, threads: int | None = None) -> bytes:
    """
    Build the plan of a strongly typed graph for the GPU in use; takes minutes.

    :param graph: The ONNX file, with static shapes.
    :param threads: CPU threads that build; None leaves it to TensorRT.
    :raises OutOfDeviceMemoryError: if the GPU has too little memory for it.
    :raises EngineError: if TensorRT refuses the graph or fails.
    """
    logger, progress = Logger(report), Progress(report)
    builder = start(trt.Builder, logger)
    if threads:
        builder.max_threads = threads
    typed = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(typed)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(graph):
        logger.errors += [str(parser.get_error(index)) for index in range(parser.num_errors)]
        raise logger.failure('TensorRT refuses the graph')
    config = builder.create_builder_config()
    config.progress_monitor = progress
    plan: Any = builder.build_serialized_network(network, config)
    if progress.interrupted:
        raise KeyboardInterrupt
    if plan is None:
        raise logger.failure('TensorRT could not build a plan')
    return bytes(plan)
