"""What the pages tell to type: the command line takes it, and the files that it runs are there."""

from __future__ import annotations

from pathlib import Path
import re
import shlex

import pytest

from time2general_ros.cli import main as command_line

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = re.compile(r'(?:\.venv/bin/|ros2 run time2general_ros )?time2general ')
SCRIPT = re.compile(r'\bscripts/\w+\.(?:py|sh)\b')

pytestmark = pytest.mark.skipif(
    not (ROOT / 'docs').is_dir(), reason='the package is not tested from its source checkout'
)


def texts() -> dict[str, str]:
    folders = ('docs', 'models')
    below = (page for folder in folders for page in (ROOT / folder).rglob('*.md'))
    pages = [ROOT / 'README.md', *below]
    return {page.relative_to(ROOT).as_posix(): page.read_text('utf-8') for page in pages}


def commands(text: str) -> list[str]:
    """List the lines of a page's blocks of code that start this package's command line."""
    blocks = re.findall(r'^```\w*\n(.*?)^```', text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.replace('\\\n', ' ').splitlines()]
    return [line for line in lines if PROGRAM.match(line)]


COMMANDS = [(page, line) for page, text in texts().items() for line in commands(text)]


@pytest.mark.parametrize(('page', 'line'), COMMANDS)
def test_the_command_line_takes_what_a_page_tells_to_type(page, line, monkeypatch):
    class ParsedError(Exception):
        """The arguments were taken."""

    def stop(*_):
        raise ParsedError

    monkeypatch.setattr(command_line, 'signals_unwind', stop)
    _, *arguments = shlex.split(PROGRAM.sub('time2general ', line), comments=True)
    with pytest.raises(ParsedError):
        command_line.main(arguments)


def test_pages_tell_what_to_type():
    assert {page for page, _ in COMMANDS} >= {'README.md', 'docs/recordings.md', 'docs/ros2.md'}


@pytest.mark.parametrize('page', texts())
def test_scripts_that_a_page_names_are_there(page):
    named = set(SCRIPT.findall(texts()[page]))
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
