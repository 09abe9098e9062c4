from __future__ import annotations

import json
from pathlib import Path

import pytest
from shipped_model import shipped_folder
from tiny_model import TINY, tiny_folder, tiny_network

onnx = pytest.importorskip('onnx', reason='onnx is not installed')

from time2general_ros.checksum import sha256  # noqa: E402
from time2general_ros.data.normalise import MEAN, STD  # noqa: E402
from time2general_ros.model.checkpoint import load_network  # noqa: E402
from time2general_ros.model.config import ModelConfig  # noqa: E402
from time2general_ros.streaming.model_folder import ModelFolder  # noqa: E402

# Every engine has these; most have been there since the first versions of ONNX.
PLAIN_OPERATORS = {
    *(
        'Add',
        'Sub',
        'Mul',
        'Div',
        'Equal',
        'Log',
        'Sin',
        'Cos',
        'Max',
        'Tanh',
        'Sigmoid',
        'Relu',
        'Exp',
    ),
    *('Softmax', 'MatMul', 'Gemm', 'Conv', 'AveragePool', 'LayerNormalization', 'Resize', 'Pad'),
    *('ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceMean', 'ArgMax', 'ArgMin', 'Gather', 'Cast'),
    'GatherElements',
    *('Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Where', 'And', 'Floor', 'Clip', 'Min'),
    *('Sqrt', 'Reciprocal', 'Abs', 'Erf', 'Softplus', 'ConstantOfShape', 'Reshape', 'Transpose'),
    *('Slice', 'Concat', 'Unsqueeze', 'Squeeze', 'Expand'),
}
FLOAT, UINT8 = 1, 2


@pytest.fixture(params=['tiny', 'shipped'])
def model(request: pytest.FixtureRequest) -> ModelFolder:
    return tiny_folder() if request.param == 'tiny' else shipped_folder()


@pytest.fixture
def graph(model: ModelFolder) -> onnx.ModelProto:
    return onnx.load(model.path / 'model.onnx')


def signature(values: list[onnx.ValueInfoProto]) -> dict[str, tuple[int, list[int]]]:
    """Give name, element type and shape; -1 stands for a dimension that is not fixed."""
    return {
        value.name: (
            value.type.tensor_type.elem_type,
            [
                side.dim_value if side.HasField('dim_value') else -1
                for side in value.type.tensor_type.shape.dim
            ],
        )
        for value in values
    }


def test_graph_is_step_in_fixed_shapes(model: ModelFolder, graph: onnx.ModelProto) -> None:
    (height, width), M, slot = model.input_size, model.slots, list(model.slot_shape)
    scores = [1, height // 4, width // 4]
    assert signature(graph.graph.input) == {
        'image': (FLOAT, [1, 3, height, width]),
        'memory': (FLOAT, [1, M, *slot]),
        'age_s': (FLOAT, [1, M]),
        'valid': (FLOAT, [1, M]),
    }
    assert signature(graph.graph.output) == {
        'class_ids': (UINT8, [1, height // 2, width // 2]),
        'confidence': (FLOAT, scores),
        'slot': (FLOAT, [1, *slot]),
    }


def test_graph_is_plain(graph: onnx.ModelProto) -> None:
    assert [(entry.domain, entry.version) for entry in graph.opset_import] == [('', 18)]
    assert not graph.functions
    assert {node.domain for node in graph.graph.node} == {''}
    assert {node.op_type for node in graph.graph.node} <= PLAIN_OPERATORS
    for node in graph.graph.node:
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        if node.op_type == 'Resize':
            assert attributes['mode'] == b'linear'
    onnx.checker.check_model(graph, full_check=True)


def test_files_name_no_place_on_the_exporting_machine(
    model: ModelFolder, graph: onnx.ModelProto
) -> None:
    places = ('/home/', '/root/', '/Users/', 'site-packages', str(Path(__file__).parents[1]))
    for name in ('card.json', *model.card['files']):
        data = (model.path / name).read_bytes()
        for trace in ('.py"', '.py:', 'File "', str(model.path), *places):
            assert trace.encode() not in data, name
    for part in (graph.graph, *graph.graph.node, *graph.graph.value_info):
        assert not part.metadata_props
        assert not part.doc_string
    assert all(item.key.startswith('time2general.') for item in graph.metadata_props)


def test_graph_holds_its_weights(model: ModelFolder, graph: onnx.ModelProto) -> None:
    assert all(not tensor.external_data for tensor in graph.graph.initializer)
    suffixes = {path.suffix for path in model.path.iterdir()}
    assert suffixes <= {'.json', '.md', '.onnx', '.safetensors'}


def test_card_is_that_of_the_network(model: ModelFolder) -> None:
    config = ModelConfig.from_dict(model.card['config'])
    network = load_network(model.verified('weights.safetensors'), model.card['config'])
    assert model.card['parameters'] == sum(p.numel() for p in network.parameters())
    assert model.input_size == (config.height, config.width_px)
    assert (model.slots, model.slot_shape) == (config.slots, (config.slot_tokens, config.width))
    assert len(model.labels) == config.classes
    assert model.card['input']['mean'] == list(MEAN)
    assert model.card['input']['std'] == list(STD)
    for name, checksum in model.card['files'].items():
        assert sha256(model.path / name) == checksum


def test_exported_weights_are_those_of_the_network() -> None:
    network = load_network(tiny_folder().path / 'weights.safetensors', TINY.to_dict())
    before = dict(tiny_network().named_parameters())
    for name, parameter in network.named_parameters():
        assert parameter.sub(before[name]).abs().max() <= 1e-3 * before[name].abs().max()
    card = json.loads((tiny_folder().path / 'card.json').read_text(encoding='utf-8'))
    assert card['name'] == 'tiny'
