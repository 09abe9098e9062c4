from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from shipped_model import shipped_folder
from test_export_graphs import FAMILIES, graph_of
from tiny_model import tiny_folder

onnx = pytest.importorskip('onnx', reason='onnx is not installed')

from time2general_ros.streaming.half_precision import (  # noqa: E402
    HALVES,
    PrecisionError,
    to_half_precision,
)
from time2general_ros.streaming.model_folder import ModelFolder  # noqa: E402
from time2general_ros.streaming.preprocess import Preprocessor  # noqa: E402
from time2general_ros.synthetic import Drive  # noqa: E402

F32 = onnx.TensorProto.FLOAT


def kinds_of(graph: onnx.GraphProto) -> dict[str, int]:
    """Infer the element type of every tensor."""
    inferred = onnx.shape_inference.infer_shapes(onnx.helper.make_model(graph)).graph
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    for value in (*inferred.value_info, *inferred.input, *inferred.output):
        kinds[value.name] = value.type.tensor_type.elem_type
    return kinds


@pytest.mark.parametrize('precision', HALVES)
@pytest.mark.parametrize('family', FAMILIES)
def test_products_with_weights_are_half_and_islands_are_not(family: str, precision: str) -> None:
    typed = to_half_precision(graph_of(family), precision)
    onnx.checker.check_model(typed, full_check=True)
    kinds, half = kinds_of(typed.graph), HALVES[precision].kind
    weights = {tensor.name for tensor in typed.graph.initializer}
    made = {name: node for node in typed.graph.node for name in node.output}
    for node in typed.graph.node:
        if node.op_type == 'Conv' or (node.op_type == 'Gemm' and weights & {*node.input}):
            assert kinds[node.output[0]] == half
        if node.op_type in ('Softmax', 'LayerNormalization', 'ReduceSum', 'Sigmoid', 'Sqrt'):
            assert kinds[node.output[0]] == F32
        if node.op_type == 'Softmax':
            products = list(scores_of(node, made))
            assert products
            for product in products:
                assert {kinds[name] for name in (*product.input, *product.output)} == {F32}
    outputs = {value.name: kinds[value.name] for value in typed.graph.output}
    assert outputs == {v.name: v.type.tensor_type.elem_type for v in typed.graph.output}
    assert outputs['confidence'] == outputs['slot'] == F32


@pytest.mark.parametrize('precision', HALVES)
def test_means_of_windows_are_not_half(precision: str) -> None:
    typed = to_half_precision(graph_of('compact'), precision)
    kinds = kinds_of(typed.graph)
    values = {t.name: onnx.numpy_helper.to_array(t) for t in typed.graph.initializer}
    means = [
        node
        for node in typed.graph.node
        if node.op_type == 'MatMul'
        and any(name in values and len(np.unique(values[name])) == 2 for name in node.input)
    ]
    assert len(means) == 2
    for node in means:
        assert {kinds[name] for name in (*node.input, *node.output)} == {F32}


def scores_of(softmax: onnx.NodeProto, made: dict[str, onnx.NodeProto]) -> Any:
    """Find the nearest products of two activations before a softmax."""
    waiting, seen = [softmax.input[0]], set()
    while waiting:
        name = waiting.pop()
        node = made.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        if node.op_type == 'MatMul' and all(item in made for item in node.input):
            yield node
        elif node.op_type in ('Add', 'Mul', 'Div', 'Sub', 'Concat', 'Reshape', 'Cast'):
            waiting += node.input


@pytest.mark.parametrize('precision', HALVES)
def test_every_operator_reads_one_floating_type(precision: str) -> None:
    typed = to_half_precision(graph_of('compact'), precision)
    kinds, floats = kinds_of(typed.graph), {F32, HALVES[precision].kind}
    for node in typed.graph.node:
        read = node.input[:1] if node.op_type == 'Resize' else node.input
        assert len({kinds[name] for name in read if name} & floats) <= 1, node


def noise(model: ModelFolder) -> list[np.ndarray]:
    shape = (6, 1, 3, *model.input_size)
    return list(np.random.default_rng(3).standard_normal(shape, np.float32))


def drive(model: ModelFolder) -> list[np.ndarray]:
    prepare, street = Preprocessor(model.input_size), Drive(seed=11, size=(240, 320))
    return [prepare(street.render(step / 15).image).copy() for step in range(3)]


@pytest.mark.parametrize(('folder', 'images'), [(tiny_folder, noise), (shipped_folder, drive)])
def test_half_precision_agrees_with_float32_over_a_clip(
    folder: Callable[[], ModelFolder], images: Callable[[ModelFolder], list[np.ndarray]]
) -> None:
    onnxruntime = pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    model = folder()
    whole = onnx.load(model.verified('model.onnx'))
    sessions = [
        onnxruntime.InferenceSession(graph.SerializeToString(), providers=['CPUExecutionProvider'])
        for graph in (whole, to_half_precision(whole, 'f16'))
    ]
    M = model.slots
    memories = [np.zeros((1, M, *model.slot_shape), np.float32) for _ in sessions]
    same = []
    for step, image in enumerate(images(model)):
        age_s = np.array([[((step - 1 - slot) % M + 1) / 15 for slot in range(M)]], np.float32)
        valid = (np.arange(M) < step).astype(np.float32)[None]
        answers = []
        for session, memory in zip(sessions, memories, strict=True):
            inputs = {'image': image, 'memory': memory, 'age_s': age_s, 'valid': valid}
            class_ids, confidence, slot = session.run(None, inputs)
            memory[0, step % M] = slot[0]
            answers.append((class_ids, confidence))
        same.append((answers[0][0] == answers[1][0]).mean())
        apart = np.abs(answers[0][1] - answers[1][1])
        # Where a flow lies between two pixels, rounding decides which one is fetched; where two
        # classes are as good, which one is favoured from then on. One of 512 cells may differ.
        assert (apart <= 0.03).mean() >= 0.998
        assert apart.max() <= 0.3
    assert np.mean(same) >= 0.995


def test_unknown_precision_is_refused_by_name() -> None:
    with pytest.raises(PrecisionError, match=r"'f8'.*f16, bf16"):
        to_half_precision(graph_of('compact'), 'f8')
