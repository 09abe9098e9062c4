from __future__ import annotations

from pathlib import Path

import pytest
from tiny_model import tiny_folder

onnx = pytest.importorskip('onnx', reason='onnx is not installed')

from onnx import TensorProto, helper  # noqa: E402

from time2general_ros.timing.errors import TimingError  # noqa: E402
from time2general_ros.timing.flops import count_flops  # noqa: E402
from time2general_ros.timing.matmul_model import write_matmul_model  # noqa: E402


def graph(
    path: Path, node: onnx.NodeProto, inputs: dict[str, list[int | str]], output: list[int | None]
) -> Path:
    value = helper.make_tensor_value_info
    made = helper.make_graph(
        [node],
        'one',
        [value(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [value('out', TensorProto.FLOAT, output)],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid('', 18)])
    model.ir_version = 10
    onnx.save(model, path)
    return path


def test_convolution_counts_a_multiply_add_as_two(tmp_path: Path) -> None:
    node = helper.make_node('Conv', ['x', 'w'], ['out'], pads=[1, 1, 1, 1], strides=[2, 2])
    path = graph(
        tmp_path / 'm.onnx', node, {'x': [1, 8, 32, 64], 'w': [24, 8, 3, 3]}, [1, 24, 16, 32]
    )
    assert count_flops(path) == 2 * (24 * 16 * 32) * (8 * 3 * 3)


def test_channels_of_other_groups_do_not_count(tmp_path: Path) -> None:
    node = helper.make_node('Conv', ['x', 'w'], ['out'], pads=[1, 1, 1, 1], group=8)
    path = graph(
        tmp_path / 'm.onnx', node, {'x': [1, 8, 32, 64], 'w': [8, 1, 3, 3]}, [1, 8, 32, 64]
    )
    assert count_flops(path) == 2 * (8 * 32 * 64) * (3 * 3)


def test_products_count_every_matrix_of_a_batch(tmp_path: Path) -> None:
    node = helper.make_node('MatMul', ['a', 'b'], ['out'])
    path = graph(tmp_path / 'm.onnx', node, {'a': [4, 5, 6], 'b': [6, 7]}, [4, 5, 7])
    assert count_flops(path) == 2 * 4 * 5 * 6 * 7


def test_inner_side_of_a_transposed_product_is_its_first(tmp_path: Path) -> None:
    node = helper.make_node('Gemm', ['a', 'b'], ['out'], transA=1)
    path = graph(tmp_path / 'm.onnx', node, {'a': [6, 5], 'b': [6, 7]}, [5, 7])
    assert count_flops(path) == 2 * 5 * 6 * 7


def test_chain_of_products_is_what_the_ceiling_assumes(tmp_path: Path) -> None:
    model = write_matmul_model(tmp_path / 'matmul', 32, 3)
    assert count_flops(model.verified('model.onnx')) == 2 * 32**3 * 3


def test_every_shape_of_an_exported_model_is_known() -> None:
    # Stride 2 from 3 to 8 channels over the whole image is the least that it does.
    assert count_flops(tiny_folder().verified('model.onnx')) > 2 * 8 * 27 * 32 * 64


def test_shape_that_is_not_static_is_named(tmp_path: Path) -> None:
    node = helper.make_node('MatMul', ['a', 'b'], ['out'])
    path = graph(tmp_path / 'm.onnx', node, {'a': ['n', 6], 'b': [6, 7]}, [None, 7])
    with pytest.raises(TimingError, match='static'):
        count_flops(path)
