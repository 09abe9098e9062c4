"""The bounds of the diagnostics, from the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.ros.parameters.declared import (
    DIAGNOSTICS_ERROR_LATENCY_MS,
    DIAGNOSTICS_ERROR_SILENT_S,
    DIAGNOSTICS_WARN_DROP_SHARE,
    DIAGNOSTICS_WARN_FLICKER,
    DIAGNOSTICS_WARN_LATENCY_MS,
    DIAGNOSTICS_WARN_RATE_HZ,
)
from time2general_ros.ros.parameters.thresholds import Thresholds

if TYPE_CHECKING:
    from time2general_ros.ros.parameters.server import ParameterServer


def read_thresholds(parameters: ParameterServer) -> Thresholds:
    """Read the bounds that hold now."""
    return Thresholds(
        warn_rate_hz=parameters.read(DIAGNOSTICS_WARN_RATE_HZ),
        warn_latency_ms=parameters.read(DIAGNOSTICS_WARN_LATENCY_MS),
        error_latency_ms=parameters.read(DIAGNOSTICS_ERROR_LATENCY_MS),
        warn_drop_share=parameters.read(DIAGNOSTICS_WARN_DROP_SHARE),
        error_silent_s=parameters.read(DIAGNOSTICS_ERROR_SILENT_S),
        warn_flicker=parameters.read(DIAGNOSTICS_WARN_FLICKER),
    )
