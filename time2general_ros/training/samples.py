"""Pictures of what a network does with a training clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from time2general_ros.data.normalise import MEAN, STD

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.model.network import Time2General
    from time2general_ros.training.batch import Batch


@torch.no_grad()
def sample_picture(network: Time2General, batch: Batch) -> npt.NDArray[np.uint8]:
    """
    Show the last frame of the first clip, its label and the network's answer side by side.

    :returns: RGB, uint8 [H, 3 * W, 3].
    """
    answers = network.clip(batch.images[:1].float(), batch.stamps_s[:1])
    ids = answers[-1].scores[0].argmax(dim=2).cpu().numpy().astype(np.uint8)
    labels = batch.labels[0, -1].cpu().numpy().astype(np.uint8)
    pixels = batch.images[0, -1].float().cpu().numpy().transpose(1, 2, 0)
    image = np.clip(pixels * np.array(STD) + np.array(MEAN), 0, 255).astype(np.uint8)
    colours = network.config.label_set.colours
    height, width = image.shape[:2]
    masks = [
        cv2.resize(colours[shown], (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        for shown in (labels, ids)
    ]
    return np.hstack([image, *masks]).astype(np.uint8)
