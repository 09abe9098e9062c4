"""A network small enough to test with, and a model folder of it that is made once a session."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pytest
from unmeasured import unmeasured

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.export import folder as export  # noqa: E402
from time2general_ros.export.graph import export_onnx  # noqa: E402
from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.config import ModelConfig  # noqa: E402
from time2general_ros.model.network import Time2General  # noqa: E402
from time2general_ros.streaming.engines import create_engine  # noqa: E402
from time2general_ros.streaming.engines.engine import Engine  # noqa: E402
from time2general_ros.streaming.frame import Frame  # noqa: E402
from time2general_ros.streaming.model_folder import ModelFolder, load_model_folder  # noqa: E402

TINY = ModelConfig(
    height=64,
    width_px=128,
    width=32,
    heads=4,
    queries_per_class=2,
    query_layers=2,
    context_queries=2,
    slots=3,
    descriptor=16,
    mask_width=8,
    encoder_widths=(8, 8, 16, 32),
    encoder_depths=(1, 1, 1),
    separable=False,
    fine_stability=True,
)
S = 1_000_000_000
BATCH = 3

# Threads cost more than they save on tensors of this size.
torch.set_num_threads(1)


def tiny_network(config: ModelConfig = TINY) -> Time2General:
    """Build a network of random weights in which no path is idle, as fresh ones are."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(8)
        network = build_model(config)
        network.queries.normal_()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.3)
                module.running_mean.normal_(std=0.3)
                module.running_var.uniform_(0.5, 1.5)
        for name, parameter in network.named_parameters():
            if name.endswith('nothing'):
                parameter.normal_()
            elif name.endswith('scale'):
                parameter.fill_(0.5)
            elif name.endswith(('down4.weight', 'age.project.weight')):
                parameter.mul_(4)
            elif name.endswith(('from16.weight', 'from32.weight')):
                parameter.normal_(std=0.1)
            elif name.endswith('skip4.weight'):
                parameter.mul_(16)
            elif '.fuse4.' in name:
                parameter.mul_(2)
    return network.eval().requires_grad_(requires_grad=False)


@cache
def _tiny_folder(cameras: int = 1) -> tuple[TemporaryDirectory[str], ModelFolder]:
    place = TemporaryDirectory()
    weights, about = tiny_network().state_dict(), {'name': 'tiny'}
    with unmeasured(), pytest.MonkeyPatch.context() as patch:
        # Who asks for it first may have put something quick in the place of the export.
        patch.setattr(export, 'export_onnx', export_onnx)
        folder = export.write_model_folder(weights, TINY, Path(place.name), about, cameras=cameras)
    return place, load_model_folder(folder)


def tiny_folder() -> ModelFolder:
    """Give the exported tiny network."""
    return _tiny_folder()[1]


def batched_folder() -> ModelFolder:
    """Give the same for ``BATCH`` cameras, and beside it for one."""
    return _tiny_folder(BATCH)[1]


def without_single() -> ModelFolder:
    """Give it without its graph for one camera, which CPUs would take."""
    model = batched_folder()
    files = {name: model.checksum(name) for name in ('model.onnx', 'weights.safetensors')}
    return ModelFolder(model.path, {**model.card, 'files': files})


@cache
def tiny_engine(name: str = 'openvino') -> Engine:
    """Give the tiny network in an engine."""
    return create_engine(name, tiny_folder(), threads=1)


def noise_frame(
    seed: int, time_s: float = 0.0, size: tuple[int, int] = (48, 80), camera: str = ''
) -> Frame:
    """Make a frame of coarse random colours."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 10, 3), np.uint8)
    rows, columns = (np.arange(side) * n // side for side, n in zip(size, (6, 10), strict=True))
    image: npt.NDArray[np.uint8] = coarse[rows][:, columns]
    return Frame(image, round(time_s * S), 'optical_frame', camera)
