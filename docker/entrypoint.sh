#!/usr/bin/env bash
# Run a command with ROS 2 and the package on the paths.
set -e
source /opt/ros/jazzy/setup.bash
source /opt/time2general/ws/install/setup.bash
exec "$@"
