"""The Ray cluster that a fleet runs in, and its room for workers."""

from __future__ import annotations

from contextlib import contextmanager
import logging
import signal
import threading
from typing import TYPE_CHECKING, Any

from time2general_ros.replay.fleet.job import FleetError
from time2general_ros.replay.fleet.quiet_ray import RayError, ray

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from time2general_ros.replay.fleet.job import PoolOptions

# Ray takes no less than 75 MiB; what travels through it are paths and figures.
STORE_BYTES = 100 * 2**20


@contextmanager
def cluster(options: PoolOptions) -> Iterator[None]:
    """
    Join a Ray cluster, or start one on this machine, heard by this machine alone.

    :raises FleetError: if there is none, or it does not start.
    """
    quiet: dict[str, Any] = {'logging_level': logging.ERROR, 'log_to_driver': False}
    own: dict[str, Any]
    if options.address:
        own = {'address': options.address}
    else:
        own = {
            'address': 'local',
            'num_cpus': options.workers * options.threads,
            # Those that are there are found by Ray; others would be promised to workers.
            'num_gpus': None if options.gpus else 0,
            'object_store_memory': STORE_BYTES,
            'include_dashboard': False,
            '_node_ip_address': '127.0.0.1',
        }
    try:
        with _signals_kept():
            ray.init(**own, **quiet)
    except (RayError, OSError, ValueError, RuntimeError) as error:
        where = options.address or 'this machine'
        told = ' '.join(str(error).split())[:300]
        if options.address:
            told += '; is it up, and does it ask for a token (RAY_AUTH_MODE=token)'
        raise FleetError(f'no Ray on {where}: {told}; see docs/fleet.md') from error
    try:
        yield
    finally:
        ray.shutdown()


def check_room(options: PoolOptions, recordings: int) -> str | None:
    """
    Compare what workers reserve with what the cluster has.

    :param recordings: More workers than these are not started.
    :returns: What a user should know of, in one line; None if all workers fit.
    :raises FleetError: if none ever will.
    """
    if options.gpus > 1 and options.gpus % 1:
        raise FleetError(
            f'--gpus {options.gpus:g}: a worker reserves a share of one GPU, or whole ones; give '
            f'{int(options.gpus)}'
        )
    listed: list[dict[str, Any]] = ray.nodes()
    nodes = [node['Resources'] for node in listed if node['Alive']]
    fitting = sum(_fitting(options, node) for node in nodes)
    workers = min(options.workers, recordings)
    if fitting >= workers:
        return None
    cores, gpus = (sum(node.get(kind, 0.0) for node in nodes) for kind in ('CPU', 'GPU'))
    there = f'{cores:g} CPU cores and {gpus:g} GPUs on {len(nodes)} machines'
    asked = f'each reserves --threads {options.threads} CPU cores and --gpus {options.gpus:g}'
    if fitting:
        return f'{fitting} of {workers} workers run at a time: {asked}, there are {there}'
    if not options.address:
        raise FleetError(f'no worker fits on this machine: {asked}, there are {there}')
    return f'no worker fits into the cluster until it grows: {asked}, there are {there}'


def _fitting(options: PoolOptions, node: Mapping[str, float]) -> int:
    """Count the workers for which a machine has room."""
    by_cores = int(node.get('CPU', 0.0) // options.threads)
    gpus = node.get('GPU', 0.0)
    if not options.gpus:
        return by_cores
    by_gpus = gpus // options.gpus if options.gpus > 1 else gpus * (1 / options.gpus // 1)
    return min(by_cores, int(by_gpus))


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Leave SIGTERM to whoever has taken it; Ray would end the process by an exit of its own."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
