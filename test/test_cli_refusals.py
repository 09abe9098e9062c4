"""What the system refuses is a line with what may help."""

from __future__ import annotations

import errno
import os
from pathlib import Path
import re

import pytest

from time2general_ros.cli.main import main
from time2general_ros.cli.terminal.refusals import refusal


@pytest.mark.parametrize(
    ('error', 'told'),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), 'a.png'),
            'a.png: No space left .*; make',
        ),
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), 'Permission denied; name a path that'),
        (OSError('no home folder'), 'no home folder'),
    ],
)
def test_a_refusal_names_file_reason_and_remedy(error: OSError, told: str) -> None:
    assert re.search(told, refusal(error))


def test_a_file_in_the_place_of_a_folder_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'file').write_text('')
    out = tmp_path / 'file' / 'drive.mcap'
    assert main(['synthesize', '--out', str(out), '--seconds', '1']) == 1
    told = capsys.readouterr().err
    assert 'Errno' not in told
    assert told.count(chr(10)) == 1
