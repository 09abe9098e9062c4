"""DINOv3 vision transformers."""

from __future__ import annotations

from torch import Tensor, nn

from time2general_ros.model.backbones.frozen_vit import PATCH, FrozenViT
from time2general_ros.model.backbones.resample import resample_kernel


class Dinov3ViT(FrozenViT):
    """DINOv3 (Siméoni et al., 2025): rotary positions in every layer instead of a table."""

    @property
    def layers(self) -> nn.ModuleList:
        """Its transformer layers."""
        layers: nn.ModuleList = self.vit.model.layer
        return layers

    def use_16_px_patches(self) -> None:
        """Resample the patch embedding; the published weights have 16 px already."""
        projection = self.vit.embeddings.patch_embeddings
        projection.weight = nn.Parameter(resample_kernel(projection.weight.data, PATCH))
        projection.kernel_size = projection.stride = (PATCH, PATCH)
        self.vit.config.patch_size = PATCH

    def resampled_positions(self, size: tuple[int, int]) -> tuple[Tensor, ...]:
        """Compute cosines and sines of the rotation, each [N, head width]."""
        cosine, sine = self.vit.rope_embeddings(
            self.vit.embeddings.cls_token.new_zeros(1, 1, *size)
        )
        return cosine, sine

    def embed(self, image: Tensor) -> Tensor:
        """Map images [B, 3, H, W] to tokens [B, prefix + H/16 * W/16, C]."""
        tokens: Tensor = self.vit.embeddings(image)
        return tokens

    def layer(self, index: int, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Run one layer with the rotations of the grid."""
        cosine, sine = (table.to(tokens.dtype) for table in self.positions(size))
        out: Tensor = self.layers[index](tokens, position_embeddings=(cosine, sine))
        return out
