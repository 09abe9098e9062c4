"""The one table of the launch files' arguments: declared, read and documented from here."""

from __future__ import annotations

from dataclasses import replace

from time2general_ros.ros.launching import launch_values
from time2general_ros.ros.launching.launch_argument import LaunchArgument
from time2general_ros.ros.launching.launch_values import optional
from time2general_ros.ros.parameters.declared import ENGINE, IMAGE_TRANSPORT, PRECISION

_LEVELS = ('debug', 'info', 'warn', 'error', 'fatal')


NAMESPACE = LaunchArgument(
    'namespace',
    'Namespace of the node; masks appear on <namespace>/mask.',
    launch_values.namespace,
    'segmentation',
)
IMAGE_TOPIC = LaunchArgument(
    'image_topic',
    'Topic of the camera; a relative name is in the namespace.',
    launch_values.topic,
    'image_raw',
)
CAMERA_INFO_TOPIC = LaunchArgument(
    'camera_info_topic',
    'Topic of its calibration. Empty: camera_info beside the images.',
    optional(launch_values.topic),
)
TRANSPORT = LaunchArgument(
    'image_transport',
    'raw or compressed; compressed subscribes to <image_topic>/compressed. '
    'Empty: as params_file says.',
    optional(launch_values.parameter(IMAGE_TRANSPORT)),
)
MODEL_PATH = LaunchArgument(
    'model_path', 'Folder of the model. Empty: as params_file says.', optional(launch_values.text)
)
ENGINE_NAME = LaunchArgument(
    'engine',
    'What computes the network, such as auto or openvino. Empty: as params_file says.',
    optional(launch_values.parameter(ENGINE)),
)
NUMBERS = LaunchArgument(
    'precision',
    'Numbers that the engine computes with, such as auto or f32. Empty: as params_file says.',
    optional(launch_values.parameter(PRECISION)),
)
PARAMS_FILE = LaunchArgument(
    'params_file',
    'Parameters of the node; the arguments above and below go before them.',
    launch_values.file,
    'config/segmentation.param.yaml',
    is_shipped=True,
)
USE_SIM_TIME = LaunchArgument(
    'use_sim_time',
    'Take the time from /clock: true or false. Empty: as params_file says, or false.',
    optional(launch_values.switch),
)
AUTOSTART = LaunchArgument(
    'autostart',
    'Configure and activate at start-up: true or false; false leaves both to a lifecycle '
    'manager. Empty: as params_file says.',
    optional(launch_values.switch),
)
RESPAWN = LaunchArgument(
    'respawn',
    'Start the node again when it ends: true or false.',
    launch_values.switch,
    'false',
)
RESPAWN_DELAY = LaunchArgument(
    'respawn_delay', 'Seconds between its end and the new start.', launch_values.seconds, '0.5'
)
LOG_LEVEL = LaunchArgument(
    'log_level',
    f'Least severe messages that the node logs: {", ".join(_LEVELS)}.',
    launch_values.choice(*_LEVELS),
    'info',
)
RVIZ = LaunchArgument(
    'rviz',
    'Show image, overlay, confidence and diagnostics in RViz: true or false.',
    launch_values.switch,
    'false',
)
RVIZ_CONFIG = LaunchArgument(
    'rviz_config',
    'What RViz shows; its topics are those of the namespace segmentation.',
    launch_values.file,
    'rviz/segmentation.rviz',
    is_shipped=True,
)

SEGMENTATION = (
    NAMESPACE,
    IMAGE_TOPIC,
    CAMERA_INFO_TOPIC,
    TRANSPORT,
    MODEL_PATH,
    ENGINE_NAME,
    NUMBERS,
    PARAMS_FILE,
    USE_SIM_TIME,
    AUTOSTART,
    RESPAWN,
    RESPAWN_DELAY,
    LOG_LEVEL,
    RVIZ,
    RVIZ_CONFIG,
)

VEHICLE = (
    LaunchArgument(
        'vehicle_file',
        'YAML file that lists the cameras, their topics and their transport.',
        launch_values.text,
        'config/vehicle.yaml',
        is_shipped=True,
    ),
    replace(
        NAMESPACE,
        description='Namespace of the vehicle; masks appear on '
        '<namespace>/<camera>/segmentation/mask.',
        default='',
    ),
    MODEL_PATH,
    ENGINE_NAME,
    NUMBERS,
    replace(
        PARAMS_FILE,
        description='Parameters of the node; the vehicle file and the arguments go before them.',
    ),
    USE_SIM_TIME,
    AUTOSTART,
    replace(RESPAWN, default='true'),
    RESPAWN_DELAY,
    LOG_LEVEL,
    replace(
        RVIZ,
        description='Show the overlays of all cameras and diagnostics in RViz: true or false.',
    ),
    replace(
        RVIZ_CONFIG,
        description='What RViz shows; made for cameras named front, left and right.',
        default='rviz/vehicle.rviz',
    ),
)

_SET_BY_REPLAY = (IMAGE_TOPIC, TRANSPORT, USE_SIM_TIME, AUTOSTART)

REPLAY = (
    LaunchArgument(
        'bag', 'The rosbag2 bag: a folder, or one of its files.', launch_values.text, None
    ),
    LaunchArgument('rate', 'Speed of the replay.', launch_values.positive, '1.0'),
    LaunchArgument(
        'loop',
        'Begin again when the bag ends, with the memory cleared each time: true or false.',
        launch_values.switch,
        'false',
    ),
    LaunchArgument(
        'clock_hz', 'How often the time is sent on /clock.', launch_values.positive, '100.0'
    ),
    LaunchArgument(
        'start_offset',
        'Seconds of the bag to leave out at its beginning.',
        launch_values.seconds,
        '0.0',
    ),
    LaunchArgument(
        'qos_overrides_file',
        'YAML file for ros2 bag play --qos-profile-overrides-path, such as '
        'config/replay_qos.yaml. Empty: topics are offered as they were recorded.',
        optional(launch_values.text),
    ),
    LaunchArgument(
        'remap',
        'Other names for topics of the bag: OLD:=NEW, several with spaces between.',
        launch_values.renames,
    ),
    LaunchArgument(
        'play_arguments',
        'More arguments for ros2 bag play, as on a command line.',
        launch_values.words,
    ),
    LaunchArgument(
        'record',
        'New bag for mask, confidence, camera_info and label_info of the namespace '
        'and for /diagnostics. Empty: none.',
        launch_values.text,
    ),
    LaunchArgument(
        'report',
        'New folder for figures of every frame and the page report.html, made of bag and record '
        'when the bag has ended. Empty: none.',
        launch_values.text,
    ),
    replace(
        IMAGE_TOPIC,
        description='Topic of the camera, after remap; a relative name is in the namespace. '
        'Empty: the only image topic of the bag.',
        read=optional(launch_values.topic),
        default='',
    ),
    replace(
        TRANSPORT,
        description='raw or compressed; compressed subscribes to <image_topic>/compressed. '
        'Empty: what the bag has.',
    ),
    *(argument for argument in SEGMENTATION if argument not in _SET_BY_REPLAY),
)

BY_FILE: dict[str, tuple[LaunchArgument, ...]] = {
    'segmentation.launch.py': SEGMENTATION,
    'vehicle.launch.py': VEHICLE,
    'replay.launch.py': REPLAY,
}
