"""What a run of the tests makes of the plugins of a ROS 2 installation, and of nothing to run."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILE = 'test/test_share.py'

pytestmark = pytest.mark.skipif(
    not (ROOT / 'pyproject.toml').is_file(), reason='the tests do not run from their checkout'
)


def run_pytest(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run pytest as in a shell, without the report and the coverage that colcon asks of ours."""
    environment = {name: value for name, value in os.environ.items() if name != 'PYTEST_ADDOPTS'}
    environment['PYTHONPATH'] = os.pathsep.join(filter(None, [str(path or ''), *sys.path]))
    return subprocess.run(
        [sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_plugins_that_import_test_files_are_not_loaded(tmp_path: Path) -> None:
    for name in ('launch_testing', 'launch_ros'):
        facts = tmp_path / f'{name}_stand_in-1.dist-info'
        facts.mkdir()
        (facts / 'METADATA').write_text(f'Metadata-Version: 2.1\nName: {name}-stand-in\n')
        (facts / 'entry_points.txt').write_text(f'[pytest11]\n{name} = {name}_stand_in\n')
        (tmp_path / f'{name}_stand_in.py').write_text("raise RuntimeError('loaded')\n")
    run = run_pytest('--collect-only', '--quiet', FILE, path=tmp_path)
    assert (run.returncode, run.stderr) == (0, '')
    assert FILE in run.stdout


def test_a_run_without_tests_fails() -> None:
    run = run_pytest(FILE, '-k', 'no_test_has_this_name')
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert 'deselected' in run.stdout
