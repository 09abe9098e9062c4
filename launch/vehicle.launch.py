"""All cameras of a vehicle in one process and, if wanted, RViz."""

from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import OpaqueFunction

from time2general_ros.ros.launching.arguments import VEHICLE
from time2general_ros.ros.launching.entities import (
    declarations,
    rviz,
    segmentation_node,
    values,
)
from time2general_ros.ros.launching.vehicle import read_vehicle

SHARE = Path(__file__).resolve().parents[1]


def generate_launch_description() -> LaunchDescription:
    """Give the arguments and what they start."""
    return LaunchDescription([*declarations(VEHICLE, SHARE), OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Check all arguments and the vehicle file, then start what they ask for."""
    given = values(VEHICLE, context)
    vehicle = read_vehicle(Path(given['vehicle_file']), given['namespace'])
    return [
        segmentation_node(SHARE, given, vehicle.remappings, vehicle.parameters),
        *rviz(given, vehicle.rviz_remappings, ['-f', vehicle.frame]),
    ]
