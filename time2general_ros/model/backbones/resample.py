"""Patch embeddings for another patch size."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def resize_matrix(old: int, new: int) -> Tensor:
    """Return the bicubic resize of flattened old x old patches as a matrix [new², old²]."""
    basis = torch.eye(old * old, dtype=torch.float64).reshape(old * old, 1, old, old)
    grown = functional.interpolate(basis, size=(new, new), mode='bicubic', antialias=True)
    return grown.flatten(1).T


def resample_kernel(kernel: Tensor, size: int) -> Tensor:
    """
    Resample the kernel of a patch embedding by the pseudo-inverse of the image resize.

    After FlexiViT (Beyer et al., 2023, arXiv 2212.08013): the new kernel sees in an enlarged patch
    what the old one saw in the patch, ``<B x, k'> = <x, k>``. Interpolating the kernel itself, as
    Rein does for 14 to 16, changes the scale of every token.

    :param kernel: [C, 3, p, p]; size: the new p.
    :returns: [C, 3, size, size], in the type of kernel.
    """
    old = kernel.shape[-1]
    if old == size:
        return kernel
    inverse = torch.linalg.pinv(resize_matrix(old, size).T)
    resampled: Tensor = kernel.double().flatten(2) @ inverse.T
    return resampled.reshape(*kernel.shape[:2], size, size).to(kernel)
