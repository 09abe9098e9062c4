"""The segmenter that the parameters describe, ready for its first frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from time2general_ros.messages.cv_bridge import find_bridge
from time2general_ros.ros.parameters.declared import (
    CAMERAS,
    ENGINE,
    ENGINE_CACHE,
    MEMORY_ENABLED,
    MEMORY_MAX_GAP_S,
    MODEL_PATH,
    PRECISION,
    THREADS,
    camera_names,
)
from time2general_ros.streaming.engines import check_engine, create_engine
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.streaming.segmenter import Segmenter

if TYPE_CHECKING:
    from collections.abc import Callable

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.ros.parameters.server import ParameterServer


class Plan(Protocol):
    """A segmenter to come: what is known at once, and the part that takes its time."""

    @property
    def engine_name(self) -> str:
        """The engine that is asked for."""

    @property
    def labels(self) -> LabelSet:
        """The classes of the masks."""

    def build(self, report: Callable[[str], None]) -> Segmenter:
        """
        Make the segmenter; this may take minutes.

        :param report: Told how it comes along.
        :raises Time2GeneralError: if the model or the engine cannot be used.
        """


class ModelPlan:
    """
    The segmenter that the parameters describe now.

    Only the build itself may fail later: what is known at once is refused here.

    :raises ModelError: if there is no such model, or a file is missing or of another model.
    :raises EngineError: if the engine cannot be had here, or not in that precision.
    """

    def __init__(self, parameters: ParameterServer) -> None:
        path, cache = parameters.read(MODEL_PATH), parameters.read(ENGINE_CACHE)
        self._model = load_model_folder(Path(path) if path else None)
        self._cache = Path(cache) if cache else None
        self._precision = parameters.read(PRECISION)
        self._threads = parameters.read(THREADS) or None
        self._cameras = len(camera_names(parameters.read(CAMERAS)))
        self._max_gap_s = parameters.read(MEMORY_MAX_GAP_S)
        self._use_memory = parameters.read(MEMORY_ENABLED)
        self.engine_name = parameters.read(ENGINE)
        self.labels = self._model.labels
        check_engine(
            self.engine_name, self._model, precision=self._precision, cameras=self._cameras
        )

    def build(self, report: Callable[[str], None]) -> Segmenter:
        """Load the model into its engine and warm it up."""
        report(find_bridge().note)
        report(f'loading {self._model.path} into the engine {self.engine_name}')
        engine = create_engine(
            self.engine_name,
            self._model,
            precision=self._precision,
            threads=self._threads,
            cameras=self._cameras,
            cache=self._cache,
            report=report,
        )
        segmenter = Segmenter(
            engine, max_gap_s=self._max_gap_s, use_memory=self._use_memory, report=report
        )
        segmenter.warm_up()
        return segmenter
