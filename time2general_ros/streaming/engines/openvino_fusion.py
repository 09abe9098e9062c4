"""Whether OpenVINO can fuse the element-wise operators of a graph, tried where it may crash."""

from __future__ import annotations

from contextlib import suppress
import hashlib
import json
import os
from pathlib import Path
import subprocess
import sys
from typing import TYPE_CHECKING

from time2general_ros.checksum import sha256
from time2general_ros.streaming.engines.user_cache import user_cache, write_whole

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


class Fusion:
    """
    Tries a graph in a process of its own, once per graph, machine and version of OpenVINO.

    OpenVINO up to 2026.4 ends the process while it fuses some graphs ("snippets"), those that add
    the output of an attention to that of another fused group among them.

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

        :param tell: Is given a line if it does not.
        """
        facts = json.dumps([*self._facts, sha256(graph), precision])
        path = self._folder / f'{hashlib.sha256(facts.encode()).hexdigest()[:32]}.fusion.json'
        known = _known(path)
        if known is None:
            known = _try(graph, precision)
            _keep(path, works=known)
        if not known:
            tell(f'OpenVINO {self._facts[0]} cannot fuse kernels of {graph}; it runs without')
        return known


def _try(graph: Path, precision: str) -> bool:
    try:
        run = subprocess.run(
            [sys.executable, '-c', TRIAL, str(graph), precision],
            env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def _known(path: Path) -> bool | None:
    try:
        value = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, bool) else None


def _keep(path: Path, *, works: bool) -> None:
    with suppress(OSError):
        write_whole(path, [json.dumps(works).encode()])
