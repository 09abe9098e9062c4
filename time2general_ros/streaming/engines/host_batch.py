"""Inputs of a graph with a fixed batch, from however many cameras have a fresh frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from time2general_ros.streaming.engines.slot_bank import HostBank
    from time2general_ros.streaming.model_folder import ModelFolder

    Inputs = dict[str, npt.NDArray[np.float32]]


class HostBatch:
    """
    Lays images and memories out as the graph was built: N of each.

    A graph for one camera reads them where they are. One for more needs them side by side, so
    they are copied; rows without a camera are computed too, without memory, and not read.
    """

    def __init__(self, model: ModelFolder) -> None:
        self._rows: Inputs = {}
        if model.batch > 1:
            shapes = {
                'image': (3, *model.input_size),
                'memory': (model.slots, *model.slot_shape),
                'age_s': (model.slots,),
                'valid': (model.slots,),
            }
            self._rows = {
                name: np.zeros((model.batch, *shape), np.float32) for name, shape in shapes.items()
            }

    def inputs(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[HostBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
    ) -> Inputs:
        """Name the inputs of the graph; parameters as in :meth:`Engine.step`."""
        if not self._rows:
            memory = banks[0].values[None]
            return {'image': images, 'memory': memory, 'age_s': age_s, 'valid': valid}
        used = len(banks)
        self._rows['image'][:used] = images
        for row, bank in zip(self._rows['memory'], banks, strict=False):
            row[:] = bank.values
        self._rows['age_s'][:used] = age_s
        self._rows['valid'][:used] = valid
        self._rows['valid'][used:] = 0
        return self._rows
