"""What several launch files start in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
import os
from pathlib import Path
from typing import Any, List  # noqa: UP035 (what launch knows)

from time2general_ros.ros.launching.fast_dds import large_image_environment
from time2general_ros.ros.launching.launch_argument import LaunchArgument, read_arguments
from time2general_ros.ros.launching.programs import require_program
from time2general_ros.ros.launching.vehicle import NODE_NAME

# Of launch, which is not there without a ROS 2 installation.
LaunchContext = Any
LaunchDescriptionEntity = Any

PACKAGE = 'time2general_ros'
# Arguments that set the parameter of their name, if they are given.
PARAMETERS = (
    'image_transport',
    'model_path',
    'engine',
    'precision',
    'autostart',
    'use_sim_time',
)


def declarations(
    arguments: Sequence[LaunchArgument], share: Path
) -> list[LaunchDescriptionEntity]:
    """
    Declare arguments.

    :param share: Folder of the package's files.
    """
    actions: Any = import_module('launch.actions')

    return [
        actions.DeclareLaunchArgument(
            argument.name,
            default_value=argument.default_in(share),
            description=argument.description,
        )
        for argument in arguments
    ]


def values(arguments: Sequence[LaunchArgument], context: LaunchContext) -> dict[str, Any]:
    """
    Read arguments.

    :raises LaunchValueError: at the first one that cannot be used.
    """
    substitutions: Any = import_module('launch.substitutions')
    return read_arguments(
        arguments, lambda name: substitutions.LaunchConfiguration(name).perform(context)
    )


def segmentation_node(
    share: Path,
    given: Mapping[str, Any],
    remappings: Sequence[tuple[str, str]],
    parameters: Mapping[str, Any] | None = None,
) -> LaunchDescriptionEntity:
    """
    Start the node.

    :param given: The values of the arguments.
    :param parameters: They go before the file of parameters, and the arguments before them.
    :raises ProgramMissingError: if it is not installed.
    """
    require_program(PACKAGE, 'segmentation_node')
    set_here = {name: given[name] for name in PARAMETERS if given.get(name) is not None}
    return _node(
        package=PACKAGE,
        executable='segmentation_node',
        name=NODE_NAME,
        namespace=given['namespace'],
        parameters=[given['params_file'], *_typed({**(parameters or {}), **set_here})],
        remappings=list(remappings),
        ros_arguments=['--log-level', given['log_level']],
        additional_env=large_image_environment(share, os.environ),
        respawn=given['respawn'],
        respawn_delay=given['respawn_delay'],
        # A build that is under way is waited for.
        sigterm_timeout='10',
        output='screen',
        emulate_tty=True,
    )


def rviz(
    given: Mapping[str, Any],
    remappings: Sequence[tuple[str, str]],
    arguments: Sequence[str] = (),
) -> list[LaunchDescriptionEntity]:
    """
    Start RViz and what draws the diagnostics for it, if that is wanted.

    :param given: The values of the arguments.
    :param arguments: Further ones for RViz.
    :raises ProgramMissingError: if it is not installed.
    """
    if not given['rviz']:
        return []
    require_program('rviz2', 'rviz2')
    require_program(PACKAGE, 'diagnostics_image')
    return [
        _node(
            package=PACKAGE,
            executable='diagnostics_image',
            namespace=given['namespace'],
            output='screen',
        ),
        _node(
            package='rviz2',
            executable='rviz2',
            namespace=given['namespace'],
            arguments=['-d', given['rviz_config'], *arguments],
            remappings=list(remappings),
        ),
    ]


def _node(**options: Any) -> LaunchDescriptionEntity:
    return import_module('launch_ros.actions').Node(**options)


def _typed(parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Keep launch from reading texts as YAML, of which some are numbers or booleans."""
    descriptions: Any = import_module('launch_ros.parameter_descriptions')
    types: dict[type, Any] = {str: str, bool: bool, list: List[str]}  # noqa: UP006
    return [
        {name: descriptions.ParameterValue(value, value_type=types[type(value)])}
        for name, value in parameters.items()
    ]
