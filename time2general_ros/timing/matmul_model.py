"""A chain of large matrix products as a model folder: what an engine can do at best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.export.reference_folder import write_reference_folder
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.timing.errors import TimingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import onnx

    from time2general_ros.streaming.model_folder import ModelFolder

INPUT = (16, 16)
MASK = (1, 4, 4)
OPSET = 18


def write_matmul_model(
    folder: Path, side: int, products: int, precision: str = 'f32'
) -> ModelFolder:
    """
    Write a graph with the inputs and outputs of ``step`` that is nearly all matrix product.

    The image is tiny and only added, so that no engine works the chain out beforehand.

    :param side: Of the square matrices; products: how many in a row; precision: of the products
        in the graph, as in the folder that it is timed beside.
    :raises TimingError: if the package onnx is missing.
    """
    try:
        import onnx

        from time2general_ros.streaming.half_precision import to_half_precision
    except ModuleNotFoundError as error:
        raise TimingError(
            'measuring what the machine can do at best needs the module onnx: pip install onnx'
        ) from error

    def write(path: Path, metadata: Mapping[str, str]) -> None:
        model = onnx.helper.make_model(
            _graph(side, products), opset_imports=[onnx.helper.make_opsetid('', OPSET)]
        )
        model.ir_version = 10
        if precision != 'f32':
            model = to_half_precision(model, precision)
        onnx.helper.set_model_props(model, dict(metadata))
        onnx.save(model, path)

    return write_reference_folder(
        folder, 'matmul', street_labels(), INPUT, write, precision=precision
    )


def _graph(side: int, products: int) -> onnx.GraphProto:
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    start = random.standard_normal((side, side), np.float32)
    factor = random.standard_normal((side, side), np.float32) / np.float32(side) ** 0.5
    constants: dict[str, np.ndarray[Any, Any]] = {
        'start': start,
        'factor': factor.astype(np.float32),
        'corner': np.array([0, 0], np.int64),
        'corner_end': np.array([4, 4], np.int64),
        'rows_and_columns': np.array([0, 1], np.int64),
        'mask_shape': np.array(MASK, np.int64),
    }
    nodes = [
        helper.make_node('ReduceMean', ['image'], ['mean'], keepdims=0),
        helper.make_node('Add', ['start', 'mean'], ['product0']),
        *(
            helper.make_node('MatMul', [f'product{k}', 'factor'], [f'product{k + 1}'])
            for k in range(products)
        ),
        helper.make_node(
            'Slice',
            [f'product{products}', 'corner', 'corner_end', 'rows_and_columns'],
            ['some'],
        ),
        helper.make_node('Reshape', ['some', 'mask_shape'], ['confidence']),
        helper.make_node('Sigmoid', ['confidence'], ['share']),
        helper.make_node('Cast', ['share'], ['class_ids'], to=TensorProto.UINT8),
        # Every input is used, or some engines would leave it out.
        helper.make_node('Add', ['age_s', 'valid'], ['told']),
        helper.make_node('Reshape', ['told', 'slot_shape'], ['told_slot']),
        helper.make_node('Reshape', ['memory', 'slot_shape'], ['memory_slot']),
        helper.make_node('Add', ['told_slot', 'memory_slot'], ['slot']),
    ]
    constants['slot_shape'] = np.array([1, 1, 1], np.int64)
    value = helper.make_tensor_value_info
    inputs = {'image': (1, 3, *INPUT), 'memory': (1, 1, 1, 1), 'age_s': (1, 1), 'valid': (1, 1)}
    return helper.make_graph(
        nodes,
        'matmul',
        [value(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [
            value('class_ids', TensorProto.UINT8, MASK),
            value('confidence', TensorProto.FLOAT, MASK),
            value('slot', TensorProto.FLOAT, (1, 1, 1)),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
