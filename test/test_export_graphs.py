from __future__ import annotations

from dataclasses import replace
from functools import cache
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from tiny_model import TINY, tiny_folder, tiny_network
from unmeasured import unmeasured

onnx = pytest.importorskip('onnx', reason='onnx is not installed')
torch = pytest.importorskip('torch', reason='torch is not installed')

from test_export import PLAIN_OPERATORS  # noqa: E402

from time2general_ros.export.graph import export_onnx, step_inputs  # noqa: E402
from time2general_ros.export.memory import peak_bytes  # noqa: E402
from time2general_ros.model.config import ModelConfig  # noqa: E402
from time2general_ros.model.network import Time2General  # noqa: E402
from time2general_ros.share import share_folder  # noqa: E402
from time2general_ros.streaming.half_precision import to_half_precision  # noqa: E402

FAMILIES = ('compact', 'dense', 'small', 'paper')
FLOAT, UINT8 = onnx.TensorProto.FLOAT, onnx.TensorProto.UINT8


def compact() -> Time2General:
    """Build a network with the choices of the shipped one, at reduced depth and width."""
    card = json.loads((share_folder() / 'models' / 'compact' / 'card.json').read_text())
    as_shipped = ModelConfig.from_dict(card['config'])
    kept = ('heads', 'queries_per_class', 'query_layers', 'separable', 'context', 'fine_stability')
    return tiny_network(replace(TINY, **{name: getattr(as_shipped, name) for name in kept}))


@cache
def compact_graph(cameras: int = 1) -> onnx.ModelProto:
    with TemporaryDirectory() as place:
        path = Path(place) / 'model.onnx'
        with unmeasured():
            export_onnx(compact(), path, cameras=cameras)
        return onnx.load(path)


def graph_of(family: str) -> onnx.ModelProto:
    """Give the graph of a small network of each family of presets."""
    if family == 'compact':
        return compact_graph()
    if family == 'dense':
        return onnx.load(tiny_folder().path / 'model.onnx')
    from tiny_vits import exported

    with unmeasured():
        return onnx.load(exported({'small': 'dinov2', 'paper': 'paper'}[family])[0] / 'model.onnx')


@pytest.mark.parametrize('precision', ['f32', 'f16'])
@pytest.mark.parametrize('family', FAMILIES)
def test_every_family_is_of_plain_operators(family: str, precision: str) -> None:
    graph = graph_of(family)
    if precision != 'f32':
        graph = to_half_precision(graph, precision)
    assert {node.domain for node in graph.graph.node} == {''}
    assert {node.op_type for node in graph.graph.node} <= PLAIN_OPERATORS
    assert [(entry.domain, entry.version) for entry in graph.opset_import] == [('', 18)]
    for node in graph.graph.node:
        modes = [item.s for item in node.attribute if item.name == 'mode']
        assert node.op_type != 'Resize' or modes == [b'linear']
    onnx.checker.check_model(graph, full_check=True)


@pytest.mark.parametrize('family', FAMILIES)
def test_bytes_are_made_of_floats_only(family: str) -> None:
    graph = onnx.shape_inference.infer_shapes(graph_of(family)).graph
    kinds = {v.name: v.type.tensor_type.elem_type for v in (*graph.value_info, *graph.output)}
    casts = [node for node in graph.node if kinds.get(node.output[0]) == UINT8]
    assert casts
    assert {kinds[node.input[0]] for node in casts} == {FLOAT}


def test_a_graph_for_several_cameras_answers_each_as_if_alone() -> None:
    onnxruntime = pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    network, cameras = compact(), 3
    generator = torch.Generator().manual_seed(2)
    images = torch.randn(cameras, 3, TINY.height, TINY.width_px, generator=generator)
    _, memory, age_s, valid = step_inputs(network, cameras)
    slots = [network.step(images.roll(k, 0), memory, age_s, valid).slot for k in (1, 2)]
    memory[:, 0], memory[:, 2] = slots
    age_s[:] = torch.tensor([[0.1, 0, 0.2], [0.3, 0, 0.1], [0.5, 0, 0.4]])
    valid[:] = torch.tensor([[1.0, 0, 1], [0, 0, 0], [0, 0, 1]])
    graph = compact_graph(cameras).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=['CPUExecutionProvider'])
    inputs = {'image': images, 'memory': memory, 'age_s': age_s, 'valid': valid}
    together = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    for row in range(cameras):
        alone = network.step(*(value[row : row + 1] for value in inputs.values()))
        assert (together[0][row] == alone.class_ids[0].numpy()).mean() >= 0.999
        np.testing.assert_allclose(together[1][row], alone.confidence[0], rtol=0, atol=1e-4)
        np.testing.assert_allclose(together[2][row], alone.slot[0], rtol=0, atol=1e-3)


def test_peak_memory_is_that_of_values_alive_together() -> None:
    helper = onnx.helper
    values = [helper.make_tensor_value_info(name, FLOAT, [1, 100]) for name in 'xy']
    weights = onnx.numpy_helper.from_array(np.ones((1, 100), np.float32), 'w')
    nodes = [
        helper.make_node('Add', ['x', 'w'], ['a']),
        helper.make_node('Concat', ['a', 'a', 'a'], ['b'], axis=0),
        helper.make_node('ReduceSum', ['b'], ['c'], keepdims=1),
        helper.make_node('Add', ['c', 'x'], ['y']),
    ]
    graph = helper.make_graph(nodes, 'g', values[:1], values[1:], [weights])
    # x, a and b are alive together, w always.
    assert peak_bytes(helper.make_model(graph)) == 4 * (100 + 100 + 300 + 100)
