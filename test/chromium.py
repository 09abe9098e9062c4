"""A real Chromium for the tests of pages; Debian's, which is never downloaded by a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
import shutil
from typing import Any

import pytest

PROGRAM = shutil.which('chromium') or shutil.which('chromium-browser')


@contextmanager
def opened(path: Path, width: int = 1280, scheme: str = 'light') -> Iterator[Any]:
    """Open a page from the file system without a network; it may neither fetch nor complain."""
    api = pytest.importorskip('playwright.sync_api')
    if PROGRAM is None:
        pytest.skip('there is no chromium: apt-get install chromium')
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=PROGRAM, args=['--no-sandbox', '--disable-gpu']
        )
        context = browser.new_context(
            viewport={'width': width, 'height': 900}, color_scheme=scheme, offline=True
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on('console', lambda message: complaints.append(message.text))
        page.on('pageerror', lambda error: complaints.append(str(error)))
        asked: list[str] = []
        page.on('request', lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        yield page
        browser.close()
    assert not complaints, complaints
    assert [url for url in asked if not url.startswith(('data:', path.as_uri()))] == []


def comes(page: Any, seen: Callable[[], bool]) -> bool:
    """Wait for what a page shows some time after a click has returned: a link, a decoded image."""
    for _ in range(200):
        if seen():
            return True
        page.wait_for_timeout(50)
    return False
