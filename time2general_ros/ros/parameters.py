"""The one table of the node's parameters: declared, validated and documented from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from time2general_ros.errors import Time2GeneralError
from time2general_ros.streaming.engines import ENGINES

T = TypeVar('T', bool, int, float, str)


class ParameterError(Time2GeneralError):
    """A parameter was given a value that the node cannot use."""


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """
    One parameter of the node; its type is the type of its default.

    :param bounds: Smallest and largest value of a number, both allowed.
    :param choices: The values allowed for a string; empty if any is.
    :param read_only: Fixed once the node runs.
    """

    name: str
    default: T
    description: str
    bounds: tuple[T, T] | None = None
    choices: tuple[T, ...] = ()
    read_only: bool = True

    @property
    def type_name(self) -> str:
        """Name of the type as in ROS 2 parameter files and in this package's tables."""
        return _TYPE_NAMES[type(self.default)]

    @property
    def requirement(self) -> str:
        """What a value has to be, in words."""
        if self.choices:
            return f'must be one of {", ".join(repr(choice) for choice in self.choices)}'
        text = f'must be of type {self.type_name}, such as {self.default!r}'
        if self.bounds is not None:
            low, high = self.bounds
            text += f', from {low} to {high}'
        return text

    def reason_against(self, value: object) -> str | None:
        """
        Say why a value cannot be used.

        :returns: The reason and the remedy in one sentence; None if the value is fine.
        """
        if self._allows(value):
            return None
        return f'{self.name} {self.requirement}, not {value!r}'

    def _allows(self, value: object) -> bool:
        if type(value) is not type(self.default):
            return False
        if self.choices and value not in self.choices:
            return False
        return self.bounds is None or self.bounds[0] <= value <= self.bounds[1]


_TYPE_NAMES = {bool: 'bool', int: 'integer', float: 'double', str: 'string'}

IMAGE_TRANSPORT = Parameter(
    'image_transport',
    'raw',
    'raw: subscribe to `image_raw`; compressed: to `image_raw/compressed` (jpeg or png).',
    choices=('raw', 'compressed'),
)
MODEL_PATH = Parameter(
    'model_path', '', 'Folder of the model; empty for the one shipped with the package.'
)
ENGINE = Parameter('engine', 'openvino', 'What computes the network.', choices=tuple(ENGINES))
THREADS = Parameter(
    'threads', 0, 'Threads of the engine; 0 leaves the choice to it.', bounds=(0, 256)
)
MEMORY_ENABLED = Parameter(
    'memory.enabled', True, 'Read earlier frames; false segments every frame on its own.'
)
MEMORY_MAX_GAP_S = Parameter(
    'memory.max_gap_s',
    1.0,
    'A longer gap between two stamps clears the memory, in seconds.',
    bounds=(0.001, 3600.0),
)
OVERLAY_ALPHA = Parameter(
    'overlay.alpha',
    0.5,
    'Share of the class colour in the overlay, 0 to 1.',
    bounds=(0.0, 1.0),
    read_only=False,
)
STALE_AFTER_S = Parameter(
    'stale_after_s',
    0.0,
    'Drop images whose stamp is older than this, in seconds of the ROS clock; 0 never drops.',
    bounds=(0.0, 3600.0),
    read_only=False,
)
NO_IMAGE_WARNING_S = Parameter(
    'no_image_warning_s',
    5.0,
    'Warn when no image has arrived for this long, in seconds; 0 never warns.',
    bounds=(0.0, 3600.0),
    read_only=False,
)
REPORT_PATH = Parameter(
    'report_path', '', 'JSON file for counters and latencies, written at shutdown; empty for none.'
)

PARAMETERS: tuple[Parameter[str] | Parameter[bool] | Parameter[int] | Parameter[float], ...] = (
    IMAGE_TRANSPORT,
    MODEL_PATH,
    ENGINE,
    THREADS,
    MEMORY_ENABLED,
    MEMORY_MAX_GAP_S,
    OVERLAY_ALPHA,
    STALE_AFTER_S,
    NO_IMAGE_WARNING_S,
    REPORT_PATH,
)
