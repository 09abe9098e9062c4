"""Whether OpenVINO can fuse the element-wise operators of a graph, tried where it may crash."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from time2general_ros.checksum import sha256
from time2general_ros.streaming.engines.user_cache import keep, user_cache

if TYPE_CHECKING:
    from collections.abc import Callable

TRIAL = """
import sys
from pathlib import Path
from time2general_ros.streaming.engines.openvino_graph import compile_graph
graph, precision = sys.argv[1:]
compile_graph(Path(graph), precision, {})
"""
LONGEST_S = 300.0
WORKS = 'works'
# How a process ends that crashes by itself. Whatever else ends one says nothing of the graph.
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGBUS)


class Fusion:
    """
    Tries a graph in a process of its own, once per graph, machine and version of OpenVINO.

    OpenVINO up to 2026.4 ends the process while it fuses some graphs ("snippets"), those that add
    the output of an attention to that of another fused group among them.

    Only what a trial found out is remembered: that it went well, or crashed. One that was killed,
    interrupted or too slow is made again at the next start.

    :param version: Of OpenVINO; device: the CPU's name.
    :param folder: Keeps what was found out; None means ``time2general/openvino`` in the user's
        cache. Where it cannot be written every start tries anew.
    """

    def __init__(self, version: str, device: str, folder: Path | None = None) -> None:
        self._facts = (version, device, sys.executable)
        self._folder = folder or user_cache('openvino')

    def works(self, graph: Path, precision: str, tell: Callable[[str], None]) -> bool:
        """
        Say whether fusing works.

        :param tell: Is given a line if it does not, if nobody knows, or if it cannot be kept.
        """
        facts = json.dumps([*self._facts, sha256(graph), precision])
        name = f'{hashlib.sha256(facts.encode()).hexdigest()[:32]}.fusion.json'
        known = _known(self._folder / name) if self._folder else None
        if known is None:
            try:
                known = _try(graph, precision)
            except NoVerdictError as error:
                tell(
                    f'whether OpenVINO can fuse kernels of {graph} was not found out: the trial '
                    f'{error}; it runs without until the next start'
                )
                return False
            self._keep(name, works=known, tell=tell)
        if not known:
            tell(f'OpenVINO {self._facts[0]} cannot fuse kernels of {graph}; it runs without')
        return known

    def _keep(self, name: str, *, works: bool, tell: Callable[[str], None]) -> None:
        try:
            keep(self._folder, name, [json.dumps({WORKS: works}).encode()])
        except OSError as error:
            tell(
                f'what OpenVINO can fuse cannot be kept in {self._folder or "a cache"}: '
                f'{error.strerror}; every start tries it anew, which takes seconds'
            )


class NoVerdictError(Exception):
    """A trial ended for a reason of its own."""


def _try(graph: Path, precision: str) -> bool:
    """
    Say whether the trial went well or crashed.

    :raises NoVerdictError: if it ended in another way.
    """
    try:
        run = subprocess.run(
            [sys.executable, '-c', TRIAL, str(graph), precision],
            env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoVerdictError(f'took more than {LONGEST_S:g} s') from error
    except (OSError, ValueError) as error:
        raise NoVerdictError(f'did not start: {error}') from error
    if run.returncode == 0:
        return True
    if -run.returncode in CRASHES:
        return False
    if run.returncode < 0:
        raise NoVerdictError(f'was ended by signal {-run.returncode}')
    reason = run.stderr.decode(errors='replace').strip().splitlines()[-1:] or ['no reason given']
    raise NoVerdictError(f'failed: {reason[0]}')


def _known(path: Path) -> bool | None:
    try:
        value = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return None
    works = value.get(WORKS) if isinstance(value, dict) else None
    return works if isinstance(works, bool) else None
