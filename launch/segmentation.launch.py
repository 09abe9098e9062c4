"""One camera: the segmentation node and, if wanted, RViz."""

from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import OpaqueFunction

from time2general_ros.ros.launching.arguments import SEGMENTATION
from time2general_ros.ros.launching.entities import (
    declarations,
    rviz,
    segmentation_node,
    values,
)
from time2general_ros.ros.launching.one_camera import remappings, rviz_remappings

SHARE = Path(__file__).resolve().parents[1]


def generate_launch_description() -> LaunchDescription:
    """Give the arguments and what they start."""
    return LaunchDescription([*declarations(SEGMENTATION, SHARE), OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Check all arguments, then start what they ask for."""
    given = values(SEGMENTATION, context)
    rules = remappings(given['namespace'], given['image_topic'], given['camera_info_topic'])
    return [
        segmentation_node(SHARE, given, rules),
        *rviz(given, rviz_remappings(given['image_topic'])),
    ]
