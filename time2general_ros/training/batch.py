"""What a training step learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


class LabelTensors(NamedTuple):
    """Classes of cells of S px: int64 [B, T, H/S, W/S], and float32 weights like them."""

    ids: Tensor
    weights: Tensor


class Batch(NamedTuple):
    """
    Clips as tensors.

    :param images: float32 [B, T, 3, H, W], normalised; labels: int64 [B, T, H/4, W/4];
        weights: float32 like labels; stamps_s: float32 [B, T].
    :param views: float32 [B, T, 3, 3], maps from a still to the pixels of each frame; all zero
        where the motion is not known.
    :param finer: LabelTensors that are finer, for what is chosen from enlarged scores.
    """

    images: Tensor
    labels: Tensor
    weights: Tensor
    stamps_s: Tensor
    views: Tensor
    finer: LabelTensors | None = None

    @property
    def chosen(self) -> LabelTensors:
        """LabelTensors of the cells by which decided classes are taught."""
        return self.finer or LabelTensors(self.labels, self.weights)
