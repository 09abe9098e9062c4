"""DINOv2, with and without registers, and what was made from it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from time2general_ros.model.backbones.frozen_vit import PATCH, FrozenViT
from time2general_ros.model.backbones.resample import resample_kernel


class Dinov2ViT(FrozenViT):
    """DINOv2 (Oquab et al., 2023) and its variant with registers (Darcet et al., 2023)."""

    @property
    def layers(self) -> nn.ModuleList:
        """Its transformer layers."""
        layers: nn.ModuleList = self.vit.encoder.layer
        return layers

    def use_16_px_patches(self) -> None:
        """Resample the patch embedding, 14 px in the published weights."""
        patches = self.vit.embeddings.patch_embeddings
        kernel = resample_kernel(patches.projection.weight.data, PATCH)
        patches.projection.weight = nn.Parameter(kernel)
        patches.projection.kernel_size = patches.projection.stride = (PATCH, PATCH)
        patches.patch_size = (PATCH, PATCH)
        self.vit.embeddings.patch_size = PATCH

    def resampled_positions(self, size: tuple[int, int]) -> tuple[Tensor, ...]:
        """Resample the table as each variant was trained to have it: [1, 1 + N, C]."""
        embeddings = self.vit.embeddings
        count = 1 + (size[0] // PATCH) * (size[1] // PATCH)
        like = embeddings.cls_token.expand(1, count, -1)
        return (embeddings.interpolate_pos_encoding(like, *size),)

    def embed(self, image: Tensor) -> Tensor:
        """Map images [B, 3, H, W] to tokens [B, prefix + H/16 * W/16, C]."""
        embeddings = self.vit.embeddings
        patches = embeddings.patch_embeddings(image)
        (position,) = self.positions((image.shape[2], image.shape[3]))
        first = embeddings.cls_token.expand(patches.shape[0], -1, -1)
        tokens = torch.cat([first, patches], dim=1) + position
        if self.prefix == 1:
            return tokens
        registers = embeddings.register_tokens.expand(patches.shape[0], -1, -1)
        return torch.cat([tokens[:, :1], registers, tokens[:, 1:]], dim=1)

    def layer(self, index: int, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Run one layer; positions are in the tokens already."""
        out: Tensor = self.layers[index](tokens)
        return out
