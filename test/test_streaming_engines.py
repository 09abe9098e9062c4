from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import shutil
import subprocess
import sys
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from shipped_model import shipped_folder
from tiny_model import noise_frame, tiny_engine, tiny_folder

from time2general_ros.streaming.clip_memory import NS_PER_S, ClipMemory
from time2general_ros.streaming.engines import ENGINES, EngineError, create_engine
from time2general_ros.streaming.engines.engine import EMPTY, Engine, new_images
from time2general_ros.streaming.frame import Frame
from time2general_ros.streaming.model_folder import ModelError, ModelFolder, load_model_folder
from time2general_ros.streaming.preprocess import Preprocessor
from time2general_ros.streaming.segmenter import Segmenter
from time2general_ros.synthetic import Drive

Images = list[np.ndarray]
ENGINES_HERE = [name for name, kind in ENGINES.items() if kind.obstacle() is None]
STAMPS_S = (0.0, 0.033, 0.066, 0.25, 0.283, 0.9)


class Taken(NamedTuple):
    """What a step gave and left behind."""

    class_ids: np.ndarray
    confidence: np.ndarray
    slot: np.ndarray


def roll_out(engine: Engine, images: Images) -> Iterator[Taken]:
    """Step through images with a memory of the engine's own making."""
    memory = ClipMemory(engine.new_bank(), engine.model.slots, max_gap_s=1.0)
    for image, time_s in zip(images, STAMPS_S, strict=True):
        stamp_ns = round(time_s * NS_PER_S)
        ages, place = (row[None] for row in memory.ages(stamp_ns)), memory.place(stamp_ns)
        step = engine.step(image, [memory.bank], *ages, [place])
        memory.wrote(stamp_ns)
        yield Taken(step.class_ids.copy(), step.confidence.copy(), memory.bank.read(place))


def assert_engines_agree(engines: tuple[Engine, Engine], images: Images) -> None:
    steps = list(zip(*(roll_out(engine, images) for engine in engines), strict=True))
    assert len(steps) > engines[0].model.slots + 1
    for step, other in steps:
        np.testing.assert_allclose(step.confidence, other.confidence, rtol=0, atol=1e-4)
        # Where a flow lies between two pixels, or two classes are as good as each other, rounding
        # decides, and the memory of that cell with it.
        apart = np.abs(step.slot - other.slot)
        assert (apart <= 1e-4).mean() >= 0.9998
        assert apart.max() <= 0.02
        assert (step.class_ids == other.class_ids).mean() >= 0.999
        assert (step.class_ids.dtype, step.slot.dtype) == (np.uint8, np.float32)


def noise(model: ModelFolder) -> Images:
    rng = np.random.default_rng(0)
    shape = (len(STAMPS_S), 1, 3, *model.input_size)
    return list(rng.standard_normal(shape, np.float32))


def drive(model: ModelFolder) -> Images:
    prepare, street = Preprocessor(model.input_size), Drive(seed=11, size=(240, 320))
    return [prepare(street.render(time_s).image).copy() for time_s in STAMPS_S]


@pytest.mark.parametrize('name', [name for name in ENGINES_HERE if name != 'torch'])
def test_engines_equal_torch_on_a_tiny_model(name: str) -> None:
    engines = (tiny_engine(name), tiny_engine('torch'))
    assert_engines_agree(engines, noise(tiny_folder()))
    prepare = Preprocessor(tiny_folder().input_size)
    frames = [prepare(noise_frame(seed).image).copy() for seed in range(len(STAMPS_S))]
    assert_engines_agree(engines, frames)


@pytest.mark.parametrize('name', [name for name in ENGINES_HERE if name != 'torch'])
def test_engines_equal_torch_on_the_shipped_model(name: str) -> None:
    model = shipped_folder()
    engines = (create_engine(name, model, threads=1), create_engine('torch', model, threads=1))
    assert_engines_agree(engines, noise(model))
    assert_engines_agree(engines, drive(model))


@pytest.mark.parametrize(
    ('name', 'precision', 'share'),
    [('onnxruntime', 'f32', 0.999), ('torch', 'f32', 0.999), ('openvino', 'bf16', 0.995)],
)
def test_engines_agree_on_real_frames(name: str, precision: str, share: float) -> None:
    model, frames = shipped_folder(), val_frames()
    if obstacle := ENGINES[name].obstacle():
        pytest.skip(obstacle)
    try:
        engine = create_engine(name, model, precision=precision)
    except EngineError as error:
        pytest.skip(str(error))
    segmenter, reference = Segmenter(engine), Segmenter(create_engine('openvino', model))
    for frame in frames:
        expected = reference.segment(frame).class_ids
        assert (segmenter.segment(frame).class_ids == expected).mean() >= share


def val_frames() -> list[Frame]:
    """Give six frames of a real drive, 15 a second, or skip where there are none."""
    folder = Path(__file__).resolve().parents[2] / 'shared' / 'data' / 'camvid' / 'val' / 'images'
    files = sorted(folder.glob('*.jpg'))[40:46]
    if not files:
        pytest.skip(f'no frames at {folder}')
    images = [cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB) for file in files]
    return [Frame(image, number * NS_PER_S // 15) for number, image in enumerate(images)]


@pytest.mark.parametrize('engine', ENGINES_HERE)
@pytest.mark.parametrize('garbage', [1e3, float('nan'), float('inf')])
def test_invalid_slots_are_not_read(engine: str, garbage: float) -> None:
    image, bank = noise(tiny_folder())[0], tiny_engine(engine).new_bank()
    bank.write(0, np.random.default_rng(1).standard_normal(bank.read(0).shape, np.float32))
    valid, age_s = np.array([[1, 0, 0]], np.float32), np.array([[0.1, 0, 0]], np.float32)
    step = tiny_engine(engine).step(image, [bank], age_s, valid, [EMPTY])
    clean = [part.copy() for part in step]
    assert np.isfinite(clean[1]).all()
    for index in (1, 2):
        bank.write(index, np.full_like(bank.read(index), garbage))
    age_s[0, 1:] = garbage
    step = tiny_engine(engine).step(image, [bank], age_s, valid, [EMPTY])
    for part, same in zip(step, clean, strict=True):
        assert np.array_equal(part, same)


@pytest.mark.parametrize('name', ENGINES_HERE)
def test_images_are_read_wherever_and_however_they_lie(name: str) -> None:
    engine, bank = tiny_engine(name), tiny_engine(name).new_bank()
    none = np.zeros((1, engine.model.slots), np.float32)
    own = new_images(engine, 3)
    own[:] = np.random.default_rng(3).standard_normal(own.shape, np.float32)
    assert own.transpose(0, 2, 3, 1).flags.c_contiguous == engine.channels_last
    answers = []
    for planes in own:
        ways = (planes, np.ascontiguousarray(planes), np.asfortranarray(planes))
        taken = [engine.step(way[None], [bank], none, none, [EMPTY])[1].copy() for way in ways]
        assert np.array_equal(taken[0], taken[1])
        assert np.array_equal(taken[0], taken[2])
        answers.append(taken[0])
    own[0] = own[1]
    again = engine.step(own[:1], [bank], none, none, [EMPTY])
    assert np.array_equal(again.confidence, answers[1])
    assert not np.array_equal(answers[0], answers[1])


def test_engine_knows_its_name_and_model() -> None:
    for name in ENGINES_HERE:
        assert tiny_engine(name).name == name
        assert tiny_engine(name).model is tiny_folder()


def test_unknown_engine_is_answered_with_those_that_exist() -> None:
    with pytest.raises(EngineError) as caught:
        create_engine('tensorflow', tiny_folder())
    for word in ('tensorflow', *ENGINES, 'auto'):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ('engine', 'library', 'package'),
    [
        ('openvino', 'openvino', 'pip install openvino'),
        ('onnxruntime', 'onnxruntime', 'pip install onnxruntime'),
        ('torch', 'torch', 'pip install "torch==2.13.*" safetensors'),
    ],
)
def test_missing_library_is_answered_with_its_package(
    engine: str, library: str, package: str
) -> None:
    code = (
        f'import sys; sys.modules[{library!r}] = None\n'
        'from time2general_ros.streaming.engines import create_engine\n'
        'from time2general_ros.errors import Time2GeneralError\n'
        f'try: create_engine({engine!r}, None)\n'
        'except Time2GeneralError as error: print(error)\n'
    )
    message = python(code)
    assert repr(engine) in message
    assert repr(library) in message
    assert package in message


def test_nothing_heavy_is_imported_before_an_engine_is_chosen() -> None:
    modules = ('clip_memory', 'engines', 'engines.engine', 'frame', 'model_folder', 'segmenter')
    names = ', '.join(f'time2general_ros.streaming.{module}' for module in modules)
    code = f'import sys, {names}; print(sorted({{"torch", "openvino"}} & sys.modules.keys()))'
    assert python(code).strip() == '[]'


def test_openvino_runs_where_torch_is_not_installed() -> None:
    code = (
        'import sys\n'
        'for name in ("torch", "onnx", "safetensors"): sys.modules[name] = None\n'
        'import numpy, pathlib\n'
        'from time2general_ros.streaming.engines import create_engine\n'
        'from time2general_ros.streaming.frame import Frame\n'
        'from time2general_ros.streaming.model_folder import load_model_folder\n'
        'from time2general_ros.streaming.segmenter import Segmenter\n'
        f'model = load_model_folder(pathlib.Path({str(tiny_folder().path)!r}))\n'
        'segmenter = Segmenter(create_engine("openvino", model))\n'
        'print(segmenter.segment(Frame(numpy.zeros((5, 7, 3), numpy.uint8), 0)).class_ids.shape)\n'
    )
    assert python(code).strip() == '(5, 7)'


@pytest.mark.parametrize(
    ('engine', 'name'),
    [
        ('openvino', 'model.onnx'),
        ('onnxruntime', 'model.onnx'),
        ('torch', 'weights.safetensors'),
    ],
)
def test_altered_and_missing_files_are_refused(tmp_path: Path, engine: str, name: str) -> None:
    folder = tmp_path / 'model'
    shutil.copytree(tiny_folder().path, folder)
    file = folder / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    for _ in ('altered', 'missing'):
        with pytest.raises(ModelError, match='restore it') as caught:
            create_engine(engine, load_model_folder(folder))
        assert str(file) in str(caught.value)
        file.unlink(missing_ok=True)


@pytest.mark.parametrize('engine', [name for name in ENGINES_HERE if name != 'torch'])
def test_a_graph_of_another_model_is_refused(engine: str) -> None:
    model = tiny_folder()
    files = {**model.card['files'], 'weights.safetensors': '0' * 64}
    other = ModelFolder(model.path, {**model.card, 'files': files})
    with pytest.raises(ModelError, match=r'not that of its card: time2general.model_sha256 is'):
        create_engine(engine, other)


def test_torch_needs_weights_beside_the_graph() -> None:
    model = tiny_folder()
    files = {'model.onnx': model.checksum('model.onnx')}
    with pytest.raises(EngineError, match=r'has no weights\.safetensors'):
        create_engine('torch', ModelFolder(model.path, {**model.card, 'files': files}))


def test_torch_refuses_slots_of_another_version() -> None:
    model = tiny_folder()
    memory = {**model.card['memory'], 'tokens': model.slot_shape[0] - 8}
    with pytest.raises(EngineError, match=r'its slots have \d+ tokens, not \d+; write it anew'):
        create_engine('torch', ModelFolder(model.path, {**model.card, 'memory': memory}))


def python(code: str) -> str:
    """Run code in an interpreter of its own and give what it printed."""
    result = subprocess.run(
        [sys.executable, '-c', code],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
