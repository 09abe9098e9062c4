"""The segmenter that the parameters describe, ready for its first frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.ros.parameters import (
    ENGINE,
    MEMORY_ENABLED,
    MEMORY_MAX_GAP_S,
    MODEL_PATH,
    THREADS,
)
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.engines.engine import EMPTY
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.streaming.segmenter import Segmenter

if TYPE_CHECKING:
    from time2general_ros.ros.parameter_server import ParameterServer
    from time2general_ros.streaming.engines.engine import Engine


def create_segmenter(parameters: ParameterServer) -> Segmenter:
    """
    Load the model into its engine and run it once.

    :raises Time2GeneralError: if the model or the engine cannot be used.
    """
    path = parameters.read(MODEL_PATH)
    model = load_model_folder(Path(path) if path else None)
    threads = parameters.read(THREADS) or None
    engine = create_engine(parameters.read(ENGINE), model, threads=threads)
    _warm_up(engine)
    return Segmenter(
        engine,
        max_gap_s=parameters.read(MEMORY_MAX_GAP_S),
        use_memory=parameters.read(MEMORY_ENABLED),
    )


def _warm_up(engine: Engine) -> None:
    """Run one empty frame: engines allocate at their first, while later ones would queue up."""
    model = engine.model
    none = np.zeros((1, model.slots), np.float32)
    image = np.zeros((1, 3, *model.input_size), np.float32)
    engine.step(image, [engine.new_bank()], none, none, [EMPTY])
