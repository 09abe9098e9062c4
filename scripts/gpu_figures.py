"""
Everything about a GPU in docs/performance.md, measured in one call, as JSON.

Networks at 512x1024 around backbones of random weights, in the engine torch.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
import sys
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from transformers import Dinov2Config, Dinov2Model

from time2general_ros.export.folder import write_model_folder
from time2general_ros.model.build import build_model
from time2general_ros.model.config import ModelConfig
from time2general_ros.model.presets import PRESETS
from time2general_ros.streaming.engines import OutOfDeviceMemoryError, create_engine
from time2general_ros.streaming.model_folder import ModelFolder, load_model_folder
from time2general_ros.timing.bench_result import percentile
from time2general_ros.timing.camera import FRAME_NS, camera_messages
from time2general_ros.timing.flops import count_flops
from time2general_ros.timing.frame_path import FramePath


class Backbone(NamedTuple):
    """Width, layers and heads of a published backbone."""

    width: int
    layers: int
    heads: int


BACKBONES = {'small': Backbone(384, 12, 6), 'large': Backbone(1024, 24, 16)}
CAMERAS = {'small': (1, 4, 8, 12, 16), 'large': (1, 2, 4)}
IMAGE = (512, 1024)
WARMUP = 30
# Side of the matrices of the ceiling, and how many products are timed at once.
SIDE, PRODUCTS = 8192, 20
# Frames whose class ids are compared, and the slots that they fill.
COMPARED = 24


def main() -> None:
    """Measure both presets and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--presets', nargs='+', default=list(BACKBONES), choices=list(BACKBONES))
    parser.add_argument('--frames', type=int, default=300)
    parser.add_argument('--size', type=int, nargs=2, default=IMAGE, metavar=('HEIGHT', 'WIDTH'))
    args = parser.parse_args()
    is_gpu = torch.cuda.is_available()
    figures: dict[str, Any] = {
        'device': torch.cuda.get_device_name() if is_gpu else 'CPU',
        'torch': torch.__version__,
        'ceiling_tflops': _ceiling_tflops() if is_gpu else None,
    }
    for preset in args.presets:
        with TemporaryDirectory() as place:
            model = _folder(preset, args.size, Path(place))
            figures[preset] = _preset(preset, model, args.frames, figures['ceiling_tflops'])
    json.dump(figures, sys.stdout, indent=2)


def _folder(preset: str, size: tuple[int, int], place: Path) -> ModelFolder:
    """Write a model of random weights, the same every time."""
    torch.manual_seed(0)
    who = BACKBONES[preset]
    vit = Dinov2Config(
        hidden_size=who.width,
        num_hidden_layers=who.layers,
        num_attention_heads=who.heads,
        image_size=518,
        patch_size=14,
    )
    Dinov2Model(vit).save_pretrained(place / 'backbone')
    values = {'preset': preset, **PRESETS[preset], 'backbone': str(place / 'backbone')}
    values['height'], values['width_px'] = size
    config = ModelConfig.from_dict(values)
    weights = build_model(config).state_dict()
    folder = write_model_folder(weights, config, place / 'model', {'name': preset})
    card = json.loads((folder / 'card.json').read_text(encoding='utf-8'))
    # A card names the backbone, not where it lies on this machine.
    card['config']['backbone'] = values['backbone']
    (folder / 'card.json').write_text(json.dumps(card), encoding='utf-8')
    return load_model_folder(folder)


def _preset(
    preset: str, model: ModelFolder, frames: int, ceiling_tflops: float | None
) -> dict[str, Any]:
    gflop = 1e-9 * count_flops(model.verified('model.onnx'))
    return {
        'frame_gflop': gflop,
        'cameras': {
            str(count): _cameras(model, count, frames, gflop, ceiling_tflops)
            for count in CAMERAS[preset]
        },
        'ids_equal_to_f32': _agreement(model) if torch.cuda.is_available() else None,
    }


def _cameras(
    model: ModelFolder, count: int, frames: int, gflop: float, ceiling_tflops: float | None
) -> dict[str, Any]:
    """Time rounds of several cameras, a frame each, from message to masks."""
    try:
        engine = create_engine('torch', model, precision=_precision(), cameras=count, report=_say)
        path = FramePath(engine, camera_messages(IMAGE), count)
        for _ in range(WARMUP):
            path.run()
        rounds = [path.run() for _ in range(-(-frames // count))]
    except OutOfDeviceMemoryError as error:
        return {'not_measured': str(error)}
    step_ms = percentile([r.step for r in rounds], 50)
    whole_ms = percentile([r.total for r in rounds], 50)
    achieved = 1e-3 * gflop * count / (1e-3 * step_ms)
    figures = {
        'precision': engine.precision,
        'step_ms_p50': step_ms,
        'step_ms_p99': percentile([r.step for r in rounds], 99),
        'whole_ms_p50': whole_ms,
        'step_fps_per_camera': 1e3 / step_ms,
        'whole_fps_per_camera': 1e3 / whole_ms,
        'achieved_tflops': achieved,
        'share_of_ceiling': ceiling_tflops and achieved / ceiling_tflops,
        'device_memory_mb': engine.device_memory_mb(),
    }
    engine.close()
    return figures


def _agreement(model: ModelFolder) -> float:
    """Return the share of class ids that are the same in 16 and in 32 bits, memory running."""
    half, full = (_class_ids(model, precision) for precision in ('bf16', 'f32'))
    return float((half == full).mean())


def _class_ids(model: ModelFolder, precision: str) -> np.ndarray[Any, Any]:
    engine = create_engine('torch', model, precision=precision)
    bank, M = engine.new_bank(), model.slots
    shape = (COMPARED, 1, 3, *model.input_size)
    images = np.random.default_rng(0).standard_normal(shape, np.float32)
    answers = []
    for number, image in enumerate(images):
        places = [(number - back) % M for back in range(1, min(number, M) + 1)]
        age_s, valid = np.zeros((2, 1, M), np.float32)
        age_s[0, places] = np.arange(1, len(places) + 1) * FRAME_NS / 1e9
        valid[0, places] = 1
        step = engine.step(image, [bank], age_s, valid, [number % M])
        answers.append(step.class_ids.copy())
    engine.close()
    return np.stack(answers)


def _ceiling_tflops() -> float:
    """Time large products of bfloat16 matrices."""
    a, b = (torch.randn(SIDE, SIDE, device='cuda', dtype=torch.bfloat16) for _ in range(2))
    times = []
    for _ in range(WARMUP):
        torch.cuda.synchronize()
        began = perf_counter()
        for _ in range(PRODUCTS):
            torch.mm(a, b)
        torch.cuda.synchronize()
        times.append(perf_counter() - began)
    return 2e-12 * SIDE**3 * PRODUCTS / median(times)


def _precision() -> str:
    return 'bf16' if torch.cuda.is_available() else 'auto'


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == '__main__':
    main()
