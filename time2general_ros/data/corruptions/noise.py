"""
Noise of the sensor, drawn anew for every value of every frame.

Definitions and parameters: Hendrycks and Dietterich, ICLR 2019.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.corruptions.effect import Effect, VideoRandom

GAUSSIAN_DEVIATION = (0.08, 0.12, 0.18, 0.26, 0.38)
SHOT_PHOTONS = (60.0, 25.0, 12.0, 5.0, 3.0)
IMPULSE_SHARE = (0.03, 0.06, 0.09, 0.17, 0.27)
SPECKLE_DEVIATION = (0.15, 0.2, 0.35, 0.45, 0.6)

_BITS = 12
_QUANTILES = (np.arange(1 << _BITS) + 0.5) / (1 << _BITS)
_LEVELS = np.arange(256)[:, None] / 255


class _ValueNoise:
    """
    Noise that depends on nothing but the value it falls on.

    A frame then costs one draw of 12 bits and one look into a table of quantiles for each value,
    whatever the distribution.

    :param answers: Noisy values from 0 to 1 by value and quantile, float [256, 4096].
    """

    def __init__(self, answers: npt.NDArray[np.float64], random: VideoRandom) -> None:
        self._table = np.rint(255 * np.clip(answers, 0, 1)).astype(np.uint8).ravel()
        self._random = random

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        draws = self._random.of_frame(index).integers(0, 1 << 16, image.shape, np.uint16)
        places = image.astype(np.int32)
        places <<= _BITS
        draws >>= 16 - _BITS
        places |= draws
        return self._table.take(places)


def gaussian_noise(severity: int, random: VideoRandom) -> Effect:
    """Add normal noise of one strength: a sensor in low light."""
    return _ValueNoise(_LEVELS + GAUSSIAN_DEVIATION[severity - 1] * _normal(), random)


def shot_noise(severity: int, random: VideoRandom) -> Effect:
    """Count photons: Poisson noise."""
    photons = SHOT_PHOTONS[severity - 1]
    counts = np.arange(int(photons + 10 * photons**0.5) + 10)
    log_factorials = np.cumsum(np.log(np.maximum(counts, 1)))
    # The smallest positive rate stands for 0, whose logarithm does not exist.
    rates = np.maximum(photons * _LEVELS, np.finfo(np.float64).tiny)
    shares = np.exp(counts * np.log(rates) - rates - log_factorials).cumsum(axis=1)
    drawn = [np.searchsorted(row, _QUANTILES) for row in shares]
    return _ValueNoise(np.stack(drawn) / photons, random)


def impulse_noise(severity: int, random: VideoRandom) -> Effect:
    """Set a share of the values to black or white: faulty bits."""
    half = IMPULSE_SHARE[severity - 1] / 2
    salted = np.where(half > _QUANTILES, 0.0, _LEVELS)
    return _ValueNoise(np.where(1 - half < _QUANTILES, 1.0, salted), random)


def speckle_noise(severity: int, random: VideoRandom) -> Effect:
    """Add normal noise that grows with the value."""
    return _ValueNoise(_LEVELS * (1 + SPECKLE_DEVIATION[severity - 1] * _normal()), random)


def _normal() -> npt.NDArray[np.float64]:
    inverse = NormalDist().inv_cdf
    return np.array([inverse(share) for share in _QUANTILES.tolist()])
