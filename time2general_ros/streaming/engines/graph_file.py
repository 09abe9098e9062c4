"""The ONNX graph of a model folder, once it is known to be the one that the card describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.streaming.artefact import check_artefact, read_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from time2general_ros.streaming.model_folder import ModelFolder

GRAPH = 'model.onnx'


def verified_graph(model: ModelFolder) -> Path:
    """
    Return the path of the graph after comparing checksum and metadata with the card.

    :raises ModelError: if it is missing, altered, or of another model.
    """
    path = model.verified(GRAPH)
    check_artefact(read_metadata(path), model)
    return path
