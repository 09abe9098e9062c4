"""SegFormer-B0 of ``transformers``, with random weights, to be timed beside ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from time2general_ros.export.graph import export_onnx
from time2general_ros.export.reference_folder import write_reference_folder
from time2general_ros.model.network import Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.model.network import Time2General


class SegformerStep(nn.Module):
    """
    SegFormer-B0 (arXiv 2105.15203) behind the inputs and outputs of ``step``.

    It answers at stride 4, with its best class and that one's logit: neither a softmax nor
    enlarging is added to its time. The memory is one number that passes through.

    :param size: Height and width of its images; classes: how many it tells apart.
    """

    def __init__(self, size: tuple[int, int], classes: int) -> None:
        from transformers import SegformerConfig, SegformerForSemanticSegmentation

        super().__init__()
        height, width = size
        self.config = SimpleNamespace(height=height, width_px=width, slots=1)
        # The defaults of the configuration are those of B0.
        config = SegformerConfig(num_labels=classes)
        self.network = SegformerForSemanticSegmentation(config)

    def forward(self, image: Tensor, memory: Tensor, age_s: Tensor, valid: Tensor) -> Step:
        """Segment [B, 3, H, W]; parameters as in :meth:`Time2General.step`."""
        best, ids = self.network(image).logits.max(dim=1)
        # Every input is used, or some engines would leave it out.
        slot = memory[:, 0] * valid[..., None] + age_s[..., None]
        return Step(ids.to(torch.uint8), best, slot)

    def empty_memory(self, batch: int, size: tuple[int, int], slots: int) -> Tensor:
        """Return zeros [batch, slots, 1, 1]."""
        return torch.zeros(batch, slots, 1, 1)


def write_segformer(
    folder: Path,
    labels: LabelSet,
    size: tuple[int, int],
    cameras: int = 1,
    precision: str = 'f32',
) -> None:
    """
    Write a model folder that ONNX engines run.

    :param labels: Its classes.
    :param size: Height and width of its images; cameras: batch of the graph; precision: in
        which its heavy parts compute.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = SegformerStep(size, len(labels)).eval()

    def write(path: Path, metadata: Mapping[str, str]) -> None:
        # Exporting needs no more of a network than this one has.
        ours = cast('Time2General', network)
        export_onnx(ours, path, cameras=cameras, precision=precision, metadata=metadata)

    write_reference_folder(
        folder, 'segformer-b0', labels, size, write, cameras=cameras, precision=precision
    )
