"""A bag played to the segmentation node on the bag's own time, until the bag ends."""

import os
from pathlib import Path
from signal import SIGINT
from typing import Any

from launch import Event, LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    EmitEvent,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
    TimerAction,
)
from launch.event_handlers import OnProcessExit
from launch.events import matches_action
from launch.events.process import SignalProcess
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_ros.actions import Node

from time2general_ros.ros.launching.arguments import REPLAY
from time2general_ros.ros.launching.entities import declarations, values
from time2general_ros.ros.launching.fast_dds import large_image_environment
from time2general_ros.ros.launching.programs import require_bag_commands, require_program
from time2general_ros.ros.launching.replayed_bag import (
    ReplayedImages,
    check_files,
    images_to_replay,
)
from time2general_ros.ros.launching.report import check_report, report_command

SHARE = Path(__file__).resolve().parents[1]
RECORDED = ('mask', 'confidence', 'camera_info', 'label_info')
# Topics of the node whose first message is to be recorded.
AWAITED = ('mask', 'confidence')

# The last image is answered, and its answer recorded.
FINISH_S = 2.0
# Exit code of a replay that is whole but for images that were lost.
INCOMPLETE = 3


def generate_launch_description() -> LaunchDescription:
    """Give the arguments and what they start; those of segmentation.launch.py are among them."""
    return LaunchDescription([*declarations(REPLAY, SHARE), OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Refuse what cannot work before anything is started, then start node and recorder."""
    given = values(REPLAY, context)
    check_files(given['bag'], given['record'], given['qos_overrides_file'])
    check_report(given)
    images = images_to_replay(given)
    for program in ('wait_until_ready', 'begin_replay'):
        require_program('time2general_ros', program)
    require_bag_commands()
    node = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(SHARE / 'launch' / 'segmentation.launch.py')),
        launch_arguments={
            'image_topic': images.topic,
            'image_transport': images.transport,
            'use_sim_time': 'true',
            'autostart': 'true',
        }.items(),
    )
    return [node, *_record_and_play(given, images)]


def _record_and_play(
    given: dict[str, Any], images: ReplayedImages
) -> list[LaunchDescriptionEntity]:
    """Start the recorder, and the player once the engine is ready."""
    prefix = _prefix(given)
    player = ExecuteProcess(
        cmd=_play_command(given),
        name='player',
        additional_env=large_image_environment(SHARE, os.environ),
        output='screen',
        on_exit=lambda event, context: _end_of_player(
            event, context, recorder if given['report'] else None
        ),
    )
    recorder = _recorder(given, images, prefix, player)
    recorded = [prefix + topic for topic in AWAITED] if given['record'] else []
    # The recorder subscribes when time runs, which the paused player sees to.
    beginner = Node(
        package='time2general_ros',
        executable='begin_replay',
        arguments=[images.published, *recorded],
        output='screen',
        on_exit=lambda event, context: _check_end(event, context, 'begin_replay'),
    )
    # Who pauses the player resumes it.
    is_paused_by_user = bool({'-p', '--start-paused'}.intersection(given['play_arguments']))

    def play(event: Event, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        _check_end(event, context, 'wait_until_ready')
        return [player] if is_paused_by_user else [player, beginner]

    waiter = Node(
        package='time2general_ros',
        executable='wait_until_ready',
        arguments=[f'{prefix}time2general'],
        output='screen',
        on_exit=play,
    )

    def end_of_node(event: Event, context: LaunchContext) -> None:
        is_ours = getattr(event.action, 'node_executable', '') == 'segmentation_node'
        if is_ours and not given['respawn']:
            _check_end(event, context, 'the segmentation node', is_early=True)

    entities = [RegisterEventHandler(OnProcessExit(on_exit=end_of_node)), waiter]
    return [*entities, recorder] if recorder else entities


def _recorder(
    given: dict[str, Any], images: ReplayedImages, prefix: str, player: ExecuteProcess
) -> ExecuteProcess | None:
    """Record what was asked for; once that is over, the report can be made of it."""
    if not given['record']:
        return None
    reporter = ExecuteProcess(
        cmd=report_command(given, images), name='reporter', output='screen', on_exit=_end_of_report
    )

    def end(event: Event, context: LaunchContext) -> ExecuteProcess | None:
        is_told = bool(given['report']) and player.return_code == 0
        if not is_told:
            _check_end(event, context, 'ros2 bag record', is_early=True)
        return reporter if is_told and not context.is_shutdown else None

    return ExecuteProcess(
        cmd=_record_command(given['record'], prefix), name='recorder', output='screen', on_exit=end
    )


def _record_command(path: str, prefix: str) -> list[str]:
    # Topics as arguments changed from Humble to Kilted; the expression did not.
    return [
        *('ros2', 'bag', 'record', '--use-sim-time', '--output', path),
        *('--regex', f'^({prefix}({"|".join(RECORDED)})|/diagnostics)$'),
    ]


def _prefix(given: dict[str, Any]) -> str:
    namespace = given['namespace'].strip('/')
    return f'/{namespace}/' if namespace else '/'


def _play_command(given: dict[str, Any]) -> list[str]:
    command = ['ros2', 'bag', 'play', given['bag'], '--disable-keyboard-controls']
    command += ['--start-paused', '--clock', str(given['clock_hz']), '--rate', str(given['rate'])]
    command += ['--start-offset', str(given['start_offset'])]
    if given['loop']:
        command.append('--loop')
    if path := given['qos_overrides_file']:
        command += ['--qos-profile-overrides-path', path]
    if given['remap']:
        command += ['--remap', *(f'{old}:={new}' for old, new in given['remap'].items())]
    return [*command, *given['play_arguments']]


def _end_of_player(
    event: Event, context: LaunchContext, recorder: ExecuteProcess | None
) -> LaunchDescriptionEntity:
    """
    End everything, once the last answer has been recorded.

    :param recorder: What has to end first, if a report is to be made of what it recorded.
    """
    _check_end(event, context, 'ros2 bag play')
    end: LaunchDescriptionEntity = Shutdown(reason='the bag has ended')
    if recorder:
        stop = SignalProcess(signal_number=SIGINT, process_matcher=matches_action(recorder))
        end = EmitEvent(event=stop)
    return TimerAction(period=FINISH_S, actions=[end])


def _end_of_report(event: Event, context: LaunchContext) -> LaunchDescriptionEntity:
    """End with the report; one of a run that lost images is one too."""
    if event.returncode != INCOMPLETE:
        _check_end(event, context, 'the report')
    return Shutdown(reason='the report is made')


def _check_end(event: Event, context: LaunchContext, what: str, is_early: bool = False) -> None:
    """End the launch with an error if a process failed, or ended although it was needed."""
    if not context.is_shutdown and (is_early or event.returncode != 0):
        raise RuntimeError(
            f'{what} ended with exit code {event.returncode} before the replay was over: '
            'its lines above say why'
        )
