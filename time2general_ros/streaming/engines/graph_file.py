"""The ONNX graph of a model folder, once it is known to be the one that the card describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.streaming.artefact import check_artefact, read_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from time2general_ros.streaming.model_folder import ModelFolder

GRAPH = 'model.onnx'
# Beside a graph for several cameras, the same for one.
SINGLE = 'model_1.onnx'


class GraphFile(NamedTuple):
    """
    A graph that may be run.

    :param batch: Cameras that one run of it serves.
    """

    path: Path
    batch: int


def check_graph(model: ModelFolder, cameras: int) -> None:
    """
    Compare the metadata of a graph with the card, without reading its weights.

    Parameters and errors are those of :func:`verified_graph`.
    """
    path, batch = _pick(model, cameras)
    check_artefact(read_metadata(model.present(path)), model, cameras=batch)


def verified_graph(model: ModelFolder, cameras: int) -> GraphFile:
    """
    Pick a graph, and compare its checksum and metadata with the card.

    :param cameras: For one, the graph for one camera is taken if the folder has it; for more,
        that for several.
    :raises ModelError: if it is missing, altered, or of another model.
    """
    path, batch = _pick(model, cameras)
    file = model.verified(path)
    check_artefact(read_metadata(file), model, cameras=batch)
    return GraphFile(file, batch)


def _pick(model: ModelFolder, cameras: int) -> tuple[str, int]:
    is_single = cameras == 1 and SINGLE in model.card['files']
    return (SINGLE, 1) if is_single else (GRAPH, model.batch)
