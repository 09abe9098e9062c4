"""One camera: the segmentation node and, if wanted, RViz."""

import os
from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from time2general_ros.ros.launching.fast_dds import large_image_environment
from time2general_ros.ros.launching.launch_values import seconds

SHARE = Path(__file__).resolve().parents[1]
SWITCH = ['true', 'false']

# Arguments that set the parameter of their name.
PARAMETERS = {
    'image_transport': str,
    'model_path': str,
    'engine': str,
    'precision': str,
    'autostart': bool,
    'use_sim_time': bool,
}

ARGUMENTS = [
    DeclareLaunchArgument(
        'namespace',
        default_value='segmentation',
        description='Namespace of the node; masks appear on <namespace>/mask.',
    ),
    DeclareLaunchArgument(
        'image_topic',
        default_value='image_raw',
        description='Topic of the camera; a relative name is in the namespace.',
    ),
    DeclareLaunchArgument(
        'camera_info_topic',
        default_value='',
        description='Topic of its calibration. Empty: camera_info beside the images.',
    ),
    DeclareLaunchArgument(
        'image_transport',
        default_value='',
        description='raw or compressed; compressed subscribes to <image_topic>/compressed. '
        'Empty: as params_file says.',
    ),
    DeclareLaunchArgument(
        'model_path',
        default_value='',
        description='Folder of the model. Empty: as params_file says.',
    ),
    DeclareLaunchArgument(
        'engine',
        default_value='',
        description='What computes the network, such as auto or openvino. '
        'Empty: as params_file says.',
    ),
    DeclareLaunchArgument(
        'precision',
        default_value='',
        description='Numbers that the engine computes with, such as auto or f32. '
        'Empty: as params_file says.',
    ),
    DeclareLaunchArgument(
        'params_file',
        default_value=str(SHARE / 'config' / 'segmentation.param.yaml'),
        description='Parameters of the node; the arguments above and below go before them.',
    ),
    DeclareLaunchArgument(
        'use_sim_time',
        default_value='',
        choices=['', *SWITCH],
        description='Take the time from /clock. Empty: as params_file says, or false.',
    ),
    DeclareLaunchArgument(
        'autostart',
        default_value='',
        choices=['', *SWITCH],
        description='Configure and activate at start-up; false leaves both to a lifecycle '
        'manager. Empty: as params_file says.',
    ),
    DeclareLaunchArgument(
        'respawn',
        default_value='false',
        choices=SWITCH,
        description='Start the node again when it ends.',
    ),
    DeclareLaunchArgument(
        'respawn_delay',
        default_value='0.5',
        description='Seconds between its end and the new start.',
    ),
    DeclareLaunchArgument(
        'log_level',
        default_value='info',
        choices=['debug', 'info', 'warn', 'error', 'fatal'],
        description='Least severe messages that the node logs.',
    ),
    DeclareLaunchArgument(
        'rviz',
        default_value='false',
        choices=SWITCH,
        description='Show image, overlay, confidence and diagnostics in RViz.',
    ),
    DeclareLaunchArgument(
        'rviz_config',
        default_value=str(SHARE / 'rviz' / 'segmentation.rviz'),
        description='What RViz shows; its topics are those of the namespace segmentation.',
    ),
]

RVIZ = IfCondition(LaunchConfiguration('rviz'))
NAMESPACE = LaunchConfiguration('namespace')
IMAGE_TOPIC = LaunchConfiguration('image_topic')


def generate_launch_description() -> LaunchDescription:
    """Give the arguments and what they start."""
    return LaunchDescription(
        [
            *ARGUMENTS,
            OpaqueFunction(function=_segmentation_node),
            Node(
                package='time2general_ros',
                executable='diagnostics_image',
                namespace=NAMESPACE,
                output='screen',
                condition=RVIZ,
            ),
            Node(
                package='rviz2',
                executable='rviz2',
                namespace=NAMESPACE,
                arguments=['-d', LaunchConfiguration('rviz_config')],
                remappings=[
                    ('/segmentation/image_raw', IMAGE_TOPIC),
                    ('/segmentation/overlay', 'overlay'),
                    ('/segmentation/confidence', 'confidence'),
                    ('/segmentation/mask', 'mask'),
                    ('/segmentation/diagnostics_image', 'diagnostics_image'),
                ],
                condition=RVIZ,
            ),
        ]
    )


def _segmentation_node(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Start the node; only now is it known which parameters are given as arguments."""
    return [
        Node(
            package='time2general_ros',
            executable='segmentation_node',
            name='time2general',
            namespace=NAMESPACE,
            parameters=[LaunchConfiguration('params_file'), *_given_parameters(context)],
            remappings=[('image_raw', IMAGE_TOPIC), *_camera_info_remapping(context)],
            ros_arguments=['--log-level', LaunchConfiguration('log_level')],
            additional_env=large_image_environment(SHARE, os.environ),
            respawn=LaunchConfiguration('respawn'),
            respawn_delay=_respawn_delay(context),
            # A build that is under way is waited for.
            sigterm_timeout='10',
            output='screen',
            emulate_tty=True,
        )
    ]


def _camera_info_remapping(context: LaunchContext) -> list[tuple[str, str]]:
    """Move what the node expects beside the images."""
    topic = LaunchConfiguration('camera_info_topic').perform(context)
    folder, slash, _ = IMAGE_TOPIC.perform(context).rpartition('/')
    return [(f'{folder}{slash}camera_info', topic)] if topic else []


def _respawn_delay(context: LaunchContext) -> float:
    return seconds('respawn_delay', LaunchConfiguration('respawn_delay').perform(context))


def _given_parameters(context: LaunchContext) -> list[dict[str, ParameterValue]]:
    return [
        {name: ParameterValue(LaunchConfiguration(name), value_type=value_type)}
        for name, value_type in PARAMETERS.items()
        if LaunchConfiguration(name).perform(context)
    ]
