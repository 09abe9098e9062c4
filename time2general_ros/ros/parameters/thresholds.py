"""The bounds beyond which diagnostics warn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """
    Bounds of what counts as healthy; each is the parameter ``diagnostics.<name>``, 0 is no bound.

    Rates, latencies, drops and flicker are those of the last seconds, not since the start.

    :param warn_rate_hz: Fewest masks per second.
    :param warn_latency_ms: Longest latency that 95 % of the masks may have: from the header stamp,
        or from receive where stamps are of another clock.
    :param error_latency_ms: The same, for an error.
    :param warn_drop_share: Largest share of images that get no mask, 0 to 1.
    :param error_silent_s: Longest time without an image.
    :param warn_flicker: Largest flicker that the live estimate may show, 0 to 1.
    """

    warn_rate_hz: float
    warn_latency_ms: float
    error_latency_ms: float
    warn_drop_share: float
    error_silent_s: float
    warn_flicker: float
