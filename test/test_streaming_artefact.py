from __future__ import annotations

from pathlib import Path

import pytest
from shipped_model import shipped_folder
from tiny_model import tiny_folder

from time2general_ros import __version__
from time2general_ros.streaming.artefact import (
    MASK_STRIDE,
    PRECISION,
    VERSION,
    check_artefact,
    identity,
    read_metadata,
)
from time2general_ros.streaming.model_folder import ModelError, ModelFolder

KEYS = {
    f'time2general.{name}'
    for name in ('model_sha256', 'labels', 'palette', 'preprocessing', 'cameras', 'mask_stride')
}


def says(model: ModelFolder) -> dict[str, str]:
    return read_metadata(model.path / 'model.onnx')


def test_an_exported_graph_says_whose_it_is() -> None:
    model = tiny_folder()
    metadata = says(model)
    assert metadata.keys() == KEYS | {VERSION, PRECISION}
    assert metadata['time2general.model_sha256'] == model.card['files']['weights.safetensors']
    assert metadata['time2general.labels'].startswith('["road", "sidewalk"')
    assert metadata['time2general.palette'].startswith('[[128, 64, 128]')
    assert '"height": 64, "width": 128' in metadata['time2general.preprocessing']
    assert metadata['time2general.cameras'] == '1'
    assert metadata[MASK_STRIDE] == '2'
    assert (metadata[VERSION], metadata[PRECISION]) == (__version__, 'f32')
    check_artefact(metadata, model)


def test_what_is_read_is_what_onnx_reads() -> None:
    onnx = pytest.importorskip('onnx', reason='onnx is not installed')
    for model in (tiny_folder(), shipped_folder()):
        graph = onnx.load(model.path / 'model.onnx', load_external_data=False)
        assert says(model) == {item.key: item.value for item in graph.metadata_props}


@pytest.mark.parametrize('key', sorted(KEYS))
def test_a_graph_of_something_else_is_refused(key: str) -> None:
    model = tiny_folder()
    other = {**says(model), key: 'x' * 999}
    with pytest.raises(ModelError, match='export the model again') as caught:
        check_artefact(other, model)
    assert key in str(caught.value)
    assert len(str(caught.value)) < 500
    del other[key]
    silent = "'4', the card has '2'" if key == MASK_STRIDE else 'missing'
    with pytest.raises(ModelError, match=f'{key} is {silent}'):
        check_artefact(other, model)


def test_ids_of_a_graph_and_a_card_that_say_nothing_are_as_coarse_as_scores() -> None:
    model = tiny_folder()
    old = ModelFolder(model.path, {k: v for k, v in model.card.items() if k != 'mask_stride'})
    assert (model.mask_size, old.mask_size) == ((32, 64), (16, 32))
    assert old.score_size == model.score_size == (16, 32)
    silent = {key: value for key, value in says(model).items() if key != MASK_STRIDE}
    check_artefact(silent, old)
    with pytest.raises(ModelError, match="mask_stride is '2', the card has '4'"):
        check_artefact(says(model), old)


def test_a_graph_for_one_camera_may_lie_beside_that_for_more() -> None:
    model = tiny_folder()
    two = identity(model, 2)
    with pytest.raises(ModelError, match='cameras'):
        check_artefact(two, model)
    check_artefact(two, model, cameras=2)


def test_a_silent_graph_is_refused() -> None:
    with pytest.raises(ModelError, match='model_sha256 is missing'):
        check_artefact({'producer': 'someone'}, tiny_folder())


def test_the_shipped_graph_says_whose_it_is() -> None:
    check_artefact(says(shipped_folder()), shipped_folder())


@pytest.mark.parametrize('length', [0.3, 0.99])
def test_a_file_that_was_cut_off_is_refused(length: float, tmp_path: Path) -> None:
    data = (tiny_folder().path / 'model.onnx').read_bytes()
    file = tmp_path / 'model.onnx'
    file.write_bytes(data[: int(length * len(data))])
    with pytest.raises(ModelError, match='not an ONNX graph'):
        read_metadata(file)


# Field 14, metadata; its parts claim more than there is.
@pytest.mark.parametrize(
    'data',
    [
        *(b'\xff' * 64, b'<html></html>', b'\x72\x7f', b'\x72' + b'\xff' * 8 + b'\x7f'),
        b'\x72\x0b\x0a' + b'\xff' * 8 + b'\x7f\x00',
        b'\x72\x04\x0a\x7fab',
        b'\x72\x04\x0a\x02\xff\xfe',
        b'\x0a' + b'\xff' * 8 + b'\x7f',
    ],
)
def test_what_is_no_graph_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / 'model.onnx'
    file.write_bytes(data)
    with pytest.raises(ModelError, match='not an ONNX graph'):
        read_metadata(file)
    with pytest.raises(ModelError, match='cannot read'):
        read_metadata(tmp_path / 'none.onnx')
