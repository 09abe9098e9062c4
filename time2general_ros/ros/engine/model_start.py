"""The segmenter that the parameters describe, ready for its first frame."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from time2general_ros.messages.cv_bridge import find_bridge
from time2general_ros.ros.parameters.declared import (
    ENGINE,
    ENGINE_CACHE,
    MEMORY_ENABLED,
    MEMORY_MAX_GAP_S,
    PRECISION,
    THREADS,
)
from time2general_ros.ros.parameters.per_camera import read_model_paths
from time2general_ros.streaming.engines import check_engine, create_engine
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.streaming.segmenter import Segmenter
from time2general_ros.streaming.segmenter_pool import SegmenterPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.ros.parameters.server import ParameterServer

# What serves the cameras of a node.
Served = Segmenter | SegmenterPool


class Plan(Protocol):
    """A segmenter to come: what is known at once, and the part that takes its time."""

    @property
    def engine_name(self) -> str:
        """The engine that is asked for."""

    def labels_of(self, camera: str) -> LabelSet:
        """Return the classes of the masks of a camera."""

    def build(self, report: Callable[[str], None]) -> Served:
        """
        Make the segmenter; this may take minutes.

        :param report: Told how it comes along.
        :raises Time2GeneralError: if the model or the engine cannot be used.
        """


class ModelPlan:
    """
    The segmenter that the parameters describe now, or one for each of several models.

    Only the build itself may fail later: what is known at once is refused here.

    :raises ModelError: if there is no such model, or a file is missing or of another model.
    :raises EngineError: if the engine cannot be had here, or not in that precision.
    :raises ParameterError: if models are listed, but not one for each camera.
    """

    def __init__(self, parameters: ParameterServer) -> None:
        cache = parameters.read(ENGINE_CACHE)
        self._paths = read_model_paths(parameters)
        self._models = {
            path: load_model_folder(Path(path) if path else None)
            for path in dict.fromkeys(self._paths.values())
        }
        self._cache = Path(cache) if cache else None
        self._precision = parameters.read(PRECISION)
        self._threads = parameters.read(THREADS) or None
        self._max_gap_s = parameters.read(MEMORY_MAX_GAP_S)
        self._use_memory = parameters.read(MEMORY_ENABLED)
        self.engine_name = parameters.read(ENGINE)
        for path, model in self._models.items():
            check_engine(
                self.engine_name, model, precision=self._precision, cameras=self._cameras(path)
            )

    def labels_of(self, camera: str) -> LabelSet:
        """Return the classes of the masks of a camera."""
        return self._models[self._paths[camera]].labels

    def build(self, report: Callable[[str], None]) -> Served:
        """Load each model into its engine and warm it up."""
        report(find_bridge().note)
        with ExitStack() as scope:
            built: dict[str, Segmenter] = {}
            for path in self._models:
                built[path] = self._build(path, report)
                scope.callback(built[path].close)
            scope.pop_all()
        if len(built) == 1:
            return next(iter(built.values()))
        return SegmenterPool({camera: built[path] for camera, path in self._paths.items()})

    def _cameras(self, path: str) -> int:
        return list(self._paths.values()).count(path)

    def _build(self, path: str, report: Callable[[str], None]) -> Segmenter:
        model = self._models[path]
        report(f'loading {model.path} into the engine {self.engine_name}')
        engine = create_engine(
            self.engine_name,
            model,
            precision=self._precision,
            threads=self._threads,
            cameras=self._cameras(path),
            cache=self._cache,
            report=report,
        )
        segmenter = Segmenter(
            engine, max_gap_s=self._max_gap_s, use_memory=self._use_memory, report=report
        )
        segmenter.warm_up()
        return segmenter
