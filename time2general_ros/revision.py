"""Which code runs: the commit of a checkout, or the version of an installation."""

from __future__ import annotations

from pathlib import Path
import subprocess

from time2general_ros import __version__

PLACE = Path(__file__).resolve().parent.parent
PATIENCE_S = 30.0


def revision(root: Path = PLACE) -> str:
    """
    Return the commit of this package's checkout, with ``-dirty`` where files were changed since.

    Where it is no checkout, or there is no git, the version of the package.

    :param root: Folder in which the package lies.
    """
    # An environment of Python may lie in the checkout of something else.
    if (root / '.git').exists():
        command = ['git', '-C', str(root), 'describe', '--always', '--dirty', '--exclude=*']
        try:
            told = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
            )
        except (OSError, subprocess.TimeoutExpired):
            return f'version {__version__}'
        if commit := told.stdout.strip():
            return commit
    return f'version {__version__}'
