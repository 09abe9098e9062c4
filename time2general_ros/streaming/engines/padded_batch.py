"""Inputs of a network with a fixed batch, from however many cameras have a fresh frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.streaming.model_folder import ModelFolder

    Inputs = dict[str, npt.NDArray[np.float32]]


class PaddedBatch:
    """
    Fills a batch up to the N cameras that the network was built for.

    Rows without a camera are computed too, with no valid memory, and nobody reads their answer.

    :param batch: N.
    :param channels_last: Whether the network is given its images as [N, H, W, 3].
    """

    def __init__(self, model: ModelFolder, batch: int, *, channels_last: bool = False) -> None:
        height, width = model.input_size
        image = (height, width, 3) if channels_last else (3, height, width)
        self._batch = batch
        self._channels_last = channels_last
        self._rows: Inputs = {
            name: np.zeros((batch, model.slots), np.float32) for name in ('age_s', 'valid')
        }
        # One camera always fills its batch.
        self._images: npt.NDArray[np.float32] | None = (
            np.zeros((batch, *image), np.float32) if batch > 1 else None
        )

    def inputs(
        self,
        images: npt.NDArray[np.float32],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
    ) -> Inputs:
        """
        Name the inputs of the network; a full batch of images is not copied.

        :param images: float32 [B, 3, H, W]; age_s and valid: float32 [B, M]; B from 1 to N.
        :returns: ``image``, ``age_s`` and ``valid`` with N rows, contiguous, until the next call.
        """
        used = len(images)
        for name, array in (('age_s', age_s), ('valid', valid)):
            self._rows[name][:used] = array
        self._rows['valid'][used:] = 0
        return {'image': self._full(images), **self._rows}

    def _full(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if self._channels_last:
            images = images.transpose(0, 2, 3, 1)
        if self._images is None or len(images) == self._batch:
            return np.ascontiguousarray(images)
        self._images[: len(images)] = images
        return self._images
