"""A ROS 2 graph to be alone in, whatever else runs on this machine."""

from __future__ import annotations

from errno import EADDRINUSE
import random
import socket

from time2general_ros.share import share_folder

# Up to here the ports of a domain lie below those that Linux gives to anybody.
LAST = 100
# The DDS standard's: discovery of all, then discovery and data of the first participants.
_FIRST_PORT, _PORTS_OF_A_DOMAIN = 7400, 250
_PORTS_OF_PARTICIPANTS = (0, *range(10, 20))


def own_graph() -> dict[str, str]:
    """Give the variables of processes that are to see each other alone, whole images included."""
    return {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'ROS_DOMAIN_ID': str(free_domain()),
        'FASTDDS_DEFAULT_PROFILES_FILE': str(share_folder() / 'config' / 'fastdds.xml'),
    }


def free_domain() -> int:
    """Pick one of 1 to 100 in which nobody takes part on this machine, if there is one."""
    domains = random.SystemRandom().sample(range(1, LAST + 1), LAST)
    return next(filter(is_free, domains), domains[0])


def is_free(domain: int) -> bool:
    """Whether no participant of this machine has taken a port of a domain."""
    first = _FIRST_PORT + _PORTS_OF_A_DOMAIN * domain
    return not any(_is_taken(first + port) for port in _PORTS_OF_PARTICIPANTS)


def _is_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        try:
            end.bind(('', port))
        except OSError as error:
            return error.errno == EADDRINUSE
    return False
