"""All cameras of a vehicle in one process and, if wanted, RViz."""

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
from time2general_ros.ros.launching.vehicle import Vehicle, read_vehicle

SHARE = Path(__file__).resolve().parents[1]
SWITCH = ['true', 'false']

# Arguments that set the parameter of their name.
PARAMETERS = {
    'model_path': str,
    'engine': str,
    'precision': str,
    'autostart': bool,
    'use_sim_time': bool,
}

ARGUMENTS = [
    DeclareLaunchArgument(
        'vehicle_file',
        default_value=str(SHARE / 'config' / 'vehicle.yaml'),
        description='YAML file that lists the cameras, their topics and their transport.',
    ),
    DeclareLaunchArgument(
        'namespace',
        default_value='',
        description='Namespace of the vehicle; masks appear on '
        '<namespace>/<camera>/segmentation/mask.',
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
        description='Parameters of the node; the vehicle file and the arguments go before them.',
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
        default_value='true',
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
        description='Show the overlays of all cameras and diagnostics in RViz.',
    ),
    DeclareLaunchArgument(
        'rviz_config',
        default_value=str(SHARE / 'rviz' / 'vehicle.rviz'),
        description='What RViz shows; made for cameras named front, left and right.',
    ),
]

NAMESPACE = LaunchConfiguration('namespace')
RVIZ = IfCondition(LaunchConfiguration('rviz'))


def generate_launch_description() -> LaunchDescription:
    """Give the arguments and what they start."""
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Start what the vehicle file asks for; it is not known before."""
    vehicle = read_vehicle(Path(LaunchConfiguration('vehicle_file').perform(context)))
    return [
        Node(
            package='time2general_ros',
            executable='segmentation_node',
            name='time2general',
            namespace=NAMESPACE,
            parameters=[
                LaunchConfiguration('params_file'),
                vehicle.parameters,
                *_given_parameters(context),
            ],
            remappings=vehicle.remappings,
            ros_arguments=['--log-level', LaunchConfiguration('log_level')],
            additional_env=large_image_environment(SHARE, os.environ),
            respawn=LaunchConfiguration('respawn'),
            respawn_delay=_respawn_delay(context),
            # A build that is under way is waited for.
            sigterm_timeout='10',
            output='screen',
            emulate_tty=True,
        ),
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
            arguments=['-d', LaunchConfiguration('rviz_config'), '-f', vehicle.frame],
            remappings=_rviz_remappings(vehicle),
            condition=RVIZ,
        ),
    ]


def _respawn_delay(context: LaunchContext) -> float:
    return seconds('respawn_delay', LaunchConfiguration('respawn_delay').perform(context))


def _given_parameters(context: LaunchContext) -> list[dict[str, ParameterValue]]:
    return [
        {name: ParameterValue(LaunchConfiguration(name), value_type=value_type)}
        for name, value_type in PARAMETERS.items()
        if LaunchConfiguration(name).perform(context)
    ]


def _rviz_remappings(vehicle: Vehicle) -> list[tuple[str, str]]:
    """Move the absolute topics of the configuration into the namespace of the vehicle."""
    shown = ['diagnostics_image']
    for camera in vehicle.cameras:
        shown += [f'{camera.name}/segmentation/{topic}' for topic in ('overlay', 'mask')]
    images = [(f'/{camera.name}/image_raw', camera.image_topic) for camera in vehicle.cameras]
    return [*images, *((f'/{topic}', topic) for topic in shown)]
