"""Why an engine cannot be used."""

from __future__ import annotations

from time2general_ros.errors import Time2GeneralError


class EngineError(Time2GeneralError):
    """An engine cannot be used."""


class OutOfDeviceMemoryError(EngineError):
    """The device has too little memory for the batch."""


class EngineStartError(EngineError):
    """What an engine needs is there in name, and fails when it is loaded."""
