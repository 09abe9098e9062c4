"""The one table of the node's parameters: declared, validated and documented from here."""

from __future__ import annotations

from typing import Any

from time2general_ros.ros.parameters.parameter import Change, Parameter
from time2general_ros.ros.parameters.report_path import report_obstacle
from time2general_ros.streaming.engines import AUTO, ENGINES, PRECISIONS

AUTOSTART = Parameter(
    'autostart',
    True,
    'Configure and activate at start-up; false leaves both to a lifecycle manager.',
    change=Change.NEVER,
)
CAMERAS = Parameter(
    'cameras',
    [''],
    'Several cameras in one process: each takes `<camera>/image_raw` and answers in '
    '`<camera>/segmentation/`. Empty: one camera, in the namespace of the node.',
    pattern=(
        # ROS names are ASCII, and diagnostics have a status named engine.
        r'(?!engine\Z)[A-Za-z][A-Za-z0-9_]*(/[A-Za-z][A-Za-z0-9_]*)*',
        'each a different name of letters, digits and _, without a leading /',
    ),
    is_distinct=True,
)
IMAGE_TRANSPORT = Parameter(
    'image_transport',
    'raw',
    'raw: subscribe to `image_raw`; compressed: to `image_raw/compressed` (jpeg or png).',
    choices=('raw', 'compressed'),
)
IMAGE_BITS = Parameter(
    'image_bits',
    16,
    'How many low bits the camera uses of each 16-bit sample (`mono16`, `rgb16`, `bayer_*16`, '
    '`16UC1`, 16-bit png); 16 for samples that reach 65535.',
    bounds=(8, 16),
    change=Change.ANY_TIME,
)
IMAGE_TRANSPORTS = Parameter(
    'image_transports',
    [''],
    'Transport of each camera where they differ, in the order of `cameras`; an empty one is that '
    'of `image_transport`.',
    pattern=('|'.join(IMAGE_TRANSPORT.choices), 'each raw or compressed'),
)
MODEL_PATH = Parameter(
    'model_path', '', 'Folder of the model; empty for the one shipped with the package.'
)
MODEL_PATHS = Parameter(
    'model_paths',
    [''],
    'Model of each camera where they differ, in the order of `cameras`; an empty one is that of '
    '`model_path`. Each model has an engine of its own; they run in turns.',
)
ENGINE = Parameter(
    'engine',
    AUTO,
    'What computes the network; auto takes the fastest one that works on this machine.',
    choices=(AUTO, *ENGINES),
)
PRECISION = Parameter(
    'precision',
    AUTO,
    'Numbers that the engine computes with; auto leaves the choice to it.',
    choices=(AUTO, *PRECISIONS),
)
ENGINE_CACHE = Parameter(
    'engine_cache',
    '',
    'Folder for built engines, which a later start takes from there. Empty: TensorRT uses that of '
    'the user, OpenVINO builds at every start.',
)
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
KEEP_MEMORY_WARM = Parameter(
    'keep_memory_warm',
    False,
    'Compute also while nobody subscribes, so that the first mask of a new subscriber has memory.',
    change=Change.ANY_TIME,
)
OVERLAY_ALPHA = Parameter(
    'overlay.alpha',
    0.5,
    'Share of the class colour in the overlay.',
    bounds=(0.0, 1.0),
    change=Change.ANY_TIME,
)
STALE_AFTER_S = Parameter(
    'stale_after_s',
    0.0,
    'Drop images whose stamp is older than this, in seconds of the ROS clock; 0 never drops. '
    'Images without a stamp are kept.',
    bounds=(0.0, 3600.0),
    change=Change.ANY_TIME,
)
NO_IMAGE_WARNING_S = Parameter(
    'no_image_warning_s',
    5.0,
    'Warn when no image has arrived for this long, in seconds; 0 never warns.',
    bounds=(0.0, 3600.0),
    change=Change.ANY_TIME,
)
REPORT_PATH = Parameter(
    'report_path',
    '',
    'JSON file for counters and latencies, written at shutdown; empty for none.',
    obstacle=report_obstacle,
    change=Change.ANY_TIME,
)
DIAGNOSTICS_PERIOD_S = Parameter(
    'diagnostics.period_s',
    1.0,
    'Seconds between two diagnostics.',
    bounds=(0.1, 60.0),
    change=Change.NEVER,
)
DIAGNOSTICS_WARN_RATE_HZ = Parameter(
    'diagnostics.warn_rate_hz',
    0.0,
    'Warn of fewer masks per second; 0 never warns.',
    bounds=(0.0, 1000.0),
    change=Change.ANY_TIME,
)
DIAGNOSTICS_WARN_LATENCY_MS = Parameter(
    'diagnostics.warn_latency_ms',
    500.0,
    'Warn of a longer latency; 0 never warns.',
    bounds=(0.0, 60000.0),
    change=Change.ANY_TIME,
)
DIAGNOSTICS_ERROR_LATENCY_MS = Parameter(
    'diagnostics.error_latency_ms',
    2000.0,
    'Report an error from this latency on; 0 never does.',
    bounds=(0.0, 60000.0),
    change=Change.ANY_TIME,
)
DIAGNOSTICS_WARN_DROP_SHARE = Parameter(
    'diagnostics.warn_drop_share',
    0.1,
    'Warn when a larger share of the images gets no mask; 0 never warns.',
    bounds=(0.0, 1.0),
    change=Change.ANY_TIME,
)
DIAGNOSTICS_ERROR_SILENT_S = Parameter(
    'diagnostics.error_silent_s',
    5.0,
    'Report an error when no image has arrived for this long, in seconds; 0 never does.',
    bounds=(0.0, 3600.0),
    change=Change.ANY_TIME,
)
DIAGNOSTICS_WARN_FLICKER = Parameter(
    'diagnostics.warn_flicker',
    0.0,
    'Warn when a larger share of the pixels flickers; 0 never warns.',
    bounds=(0.0, 1.0),
    change=Change.ANY_TIME,
)

PARAMETERS: tuple[Parameter[Any], ...] = (
    AUTOSTART,
    CAMERAS,
    IMAGE_TRANSPORT,
    IMAGE_BITS,
    IMAGE_TRANSPORTS,
    MODEL_PATH,
    MODEL_PATHS,
    ENGINE,
    PRECISION,
    ENGINE_CACHE,
    THREADS,
    MEMORY_ENABLED,
    MEMORY_MAX_GAP_S,
    KEEP_MEMORY_WARM,
    OVERLAY_ALPHA,
    STALE_AFTER_S,
    NO_IMAGE_WARNING_S,
    REPORT_PATH,
    DIAGNOSTICS_PERIOD_S,
    DIAGNOSTICS_WARN_RATE_HZ,
    DIAGNOSTICS_WARN_LATENCY_MS,
    DIAGNOSTICS_ERROR_LATENCY_MS,
    DIAGNOSTICS_WARN_DROP_SHARE,
    DIAGNOSTICS_ERROR_SILENT_S,
    DIAGNOSTICS_WARN_FLICKER,
)


def camera_names(cameras: list[str]) -> list[str]:
    """Return the names in the parameter ``cameras``; one empty name for a single camera."""
    return [name for name in cameras if name] or ['']
