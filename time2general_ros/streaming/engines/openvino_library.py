"""The OpenVINO library, without what counts its uses."""

from __future__ import annotations

import sys

TELEMETRY = 'openvino_telemetry'

# It is no concern of a vehicle, and fails for users without a home folder, as in containers.
_found = sys.modules.get(TELEMETRY)
sys.modules[TELEMETRY] = None  # type: ignore[assignment]
try:
    import openvino  # type: ignore[import-untyped]
    from openvino.preprocess import PrePostProcessor  # type: ignore[import-untyped]
finally:
    del sys.modules[TELEMETRY]
    if _found is not None:
        sys.modules[TELEMETRY] = _found

__all__ = ['PrePostProcessor', 'openvino']
