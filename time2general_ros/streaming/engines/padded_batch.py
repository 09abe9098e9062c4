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
    """

    def __init__(self, model: ModelFolder, batch: int) -> None:
        shapes = {
            'image': (3, *model.input_size),
            'age_s': (model.slots,),
            'valid': (model.slots,),
        }
        self._batch = batch
        # One camera always fills its batch.
        self._rows: Inputs = (
            {name: np.zeros((batch, *shape), np.float32) for name, shape in shapes.items()}
            if batch > 1
            else {}
        )

    def inputs(
        self,
        images: npt.NDArray[np.float32],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
    ) -> Inputs:
        """
        Name the inputs of the network, without copies if the batch is full.

        :param images: float32 [B, 3, H, W]; age_s and valid: float32 [B, M]; B from 1 to N.
        :returns: ``image``, ``age_s`` and ``valid`` with N rows, contiguous.
        """
        given = {'image': images, 'age_s': age_s, 'valid': valid}
        used = len(images)
        if used == self._batch:
            return {name: np.ascontiguousarray(array) for name, array in given.items()}
        for name, array in given.items():
            self._rows[name][:used] = array
        self._rows['valid'][used:] = 0
        return self._rows
