"""A bag played to the segmentation node on the bag's own time, until the bag ends."""

import os
from pathlib import Path
import shlex

from launch import Event, LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
    TimerAction,
)
from launch.event_handlers import OnProcessExit
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from time2general_ros.ros.launching.fast_dds import large_image_environment

SHARE = Path(__file__).resolve().parents[1]
SWITCH = ['true', 'false']
RECORDED = ('mask', 'confidence', 'camera_info', 'label_info')

# Recorder, player and node find each other.
CONNECT_S = 1.0
# The last image is answered, and its answer recorded.
FINISH_S = 2.0

ARGUMENTS = [
    DeclareLaunchArgument('bag', description='The rosbag2 bag: a folder, or one of its files.'),
    DeclareLaunchArgument('rate', default_value='1.0', description='Speed of the replay.'),
    DeclareLaunchArgument(
        'loop',
        default_value='false',
        choices=SWITCH,
        description='Begin again when the bag ends; memory is cleared each time.',
    ),
    DeclareLaunchArgument(
        'clock_hz', default_value='100.0', description='How often the time is sent on /clock.'
    ),
    DeclareLaunchArgument(
        'start_offset',
        default_value='0.0',
        description='Seconds of the bag to leave out at its beginning.',
    ),
    DeclareLaunchArgument(
        'qos_overrides_file',
        default_value='',
        description='YAML file for ros2 bag play --qos-profile-overrides-path, such as '
        'config/replay_qos.yaml. Empty: topics are offered as they were recorded.',
    ),
    DeclareLaunchArgument(
        'remap',
        default_value='',
        description='Other names for topics of the bag: OLD:=NEW, several with spaces between.',
    ),
    DeclareLaunchArgument(
        'play_arguments',
        default_value='',
        description='More arguments for ros2 bag play, as on a command line.',
    ),
    DeclareLaunchArgument(
        'record',
        default_value='',
        description='New bag for mask, confidence, camera_info and label_info of the namespace '
        'and for /diagnostics. Empty: none.',
    ),
]


def generate_launch_description() -> LaunchDescription:
    """Give the arguments and what they start; those of segmentation.launch.py are among them."""
    return LaunchDescription(
        [
            *ARGUMENTS,
            OpaqueFunction(function=_check),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(SHARE / 'launch' / 'segmentation.launch.py')),
                launch_arguments={'use_sim_time': 'true', 'autostart': 'true'}.items(),
            ),
            OpaqueFunction(function=_record_and_play),
        ]
    )


def _check(context: LaunchContext) -> None:
    """Refuse what cannot work before anything is started."""
    bag = Path(LaunchConfiguration('bag').perform(context))
    record = Path(LaunchConfiguration('record').perform(context))
    qos = Path(LaunchConfiguration('qos_overrides_file').perform(context))
    if not bag.exists():
        raise RuntimeError(f'bag {str(bag)!r} does not exist: set bag to a rosbag2 bag')
    if bag.is_dir() and not (bag / 'metadata.yaml').is_file():
        raise RuntimeError(
            f'bag {str(bag)!r} has no metadata.yaml: set bag to the folder that ros2 bag record '
            'wrote, or restore the file with ros2 bag reindex'
        )
    if _is_given('record', context) and record.exists():
        raise RuntimeError(f'record {str(record)!r} exists: remove it, or set another name')
    if _is_given('qos_overrides_file', context) and not qos.is_file():
        raise RuntimeError(f'qos_overrides_file {str(qos)!r} does not exist: correct its path')


def _record_and_play(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Start the recorder, and the player once the engine is ready."""
    player = ExecuteProcess(
        cmd=_play_command(context),
        name='player',
        additional_env=large_image_environment(SHARE, os.environ),
        output='screen',
        on_exit=_end_of_player,
    )

    def play(event: Event, context: LaunchContext) -> LaunchDescriptionEntity:
        _check_end(event, context, 'wait_until_ready')
        return TimerAction(period=CONNECT_S, actions=[player])

    waiter = Node(
        package='time2general_ros',
        executable='wait_until_ready',
        arguments=[f'{_prefix(context)}time2general'],
        output='screen',
        on_exit=play,
    )
    entities = [RegisterEventHandler(OnProcessExit(on_exit=_end_of_node)), waiter]
    if _is_given('record', context):
        entities.append(
            ExecuteProcess(
                cmd=_record_command(context),
                name='recorder',
                output='screen',
                on_exit=lambda event, context: _check_end(event, context, 'ros2 bag record', True),
            )
        )
    return entities


def _record_command(context: LaunchContext) -> list[str]:
    # Topics as arguments changed from Humble to Kilted; the expression did not.
    return [
        *('ros2', 'bag', 'record', '--use-sim-time'),
        *('--output', LaunchConfiguration('record').perform(context)),
        *('--regex', f'^({_prefix(context)}({"|".join(RECORDED)})|/diagnostics)$'),
    ]


def _prefix(context: LaunchContext) -> str:
    namespace = LaunchConfiguration('namespace').perform(context).strip('/')
    return f'/{namespace}/' if namespace else '/'


def _is_given(name: str, context: LaunchContext) -> bool:
    return bool(LaunchConfiguration(name).perform(context))


def _play_command(context: LaunchContext) -> list[str]:
    def value(name: str) -> str:
        return str(LaunchConfiguration(name).perform(context))

    command = ['ros2', 'bag', 'play', value('bag'), '--disable-keyboard-controls']
    command += ['--clock', value('clock_hz'), '--rate', value('rate')]
    command += ['--start-offset', value('start_offset')]
    if value('loop') == 'true':
        command.append('--loop')
    if path := value('qos_overrides_file'):
        command += ['--qos-profile-overrides-path', path]
    if names := value('remap').split():
        command += ['--remap', *names]
    return command + shlex.split(value('play_arguments'))


def _end_of_player(event: Event, context: LaunchContext) -> LaunchDescriptionEntity:
    _check_end(event, context, 'ros2 bag play')
    return TimerAction(period=FINISH_S, actions=[Shutdown(reason='the bag has ended')])


def _end_of_node(event: Event, context: LaunchContext) -> None:
    node = event.action
    is_ours = isinstance(node, Node) and node.node_executable == 'segmentation_node'
    if is_ours and LaunchConfiguration('respawn').perform(context) == 'false':
        _check_end(event, context, 'the segmentation node', is_early=True)


def _check_end(event: Event, context: LaunchContext, what: str, is_early: bool = False) -> None:
    """End the launch with an error if a process failed, or ended although it was needed."""
    if not context.is_shutdown and (is_early or event.returncode != 0):
        raise RuntimeError(
            f'{what} ended with exit code {event.returncode} before the replay was over: '
            'its lines above say why'
        )
