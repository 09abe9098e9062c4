"""The page of a live replay: what it needs, and the command that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
import sys
from typing import Any

from time2general_ros.imports import missing_for_pages, pip_install
from time2general_ros.ros.launching.replayed_bag import (
    ReplayedImages,
    ReplayError,
    name_in_bag,
)


def check_report(given: Mapping[str, Any]) -> None:
    """
    Refuse what no page can be made of, before the bag is played.

    :param given: The values of the arguments.
    :raises ReplayError: if there is such a thing.
    """
    report = given['report']
    if not report:
        return
    if not given['record']:
        raise ReplayError('report is made of what record names: set record to a new bag')
    if given['loop']:
        raise ReplayError('a report is made when the bag ends: leave out loop or report')
    if Path(report).exists():
        raise ReplayError(f'report {report!r} exists: remove it, or set another name')
    if missing := missing_for_pages():
        raise ReplayError(
            f'report needs {" and ".join(missing)}: {sys.executable} -m {pip_install(missing[0])}'
        )


def report_command(given: Mapping[str, Any], images: ReplayedImages) -> list[str]:
    """
    Give the command that measures the recorded masks and makes the page.

    :param given: The values of the arguments.
    :param images: What was played to the node.
    """
    options = {
        '--topic': name_in_bag(given, images.published),
        '--live': given['record'],
        '--out': given['report'],
        '--start': given['start_offset'] or None,
        '--model': given['model_path'],
        '--engine': given['engine'],
    }
    words = [str(word) for pair in options.items() if pair[1] for word in pair]
    return [sys.executable, '-m', 'time2general_ros.cli.main', 'replay', given['bag'], *words]
