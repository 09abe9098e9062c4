"""Every image operation takes images of every size: libraries may end the process otherwise."""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

from image_operations import OPERATIONS
import pytest

PROGRAM = Path(__file__).with_name('image_operations.py')
ASPECTS = (1 / 20, 1 / 8, 9 / 32, 3 / 4, 1.0, 16 / 9, 16 / 5, 16 / 3, 8.0, 20.0)
# One and few pixels, odd sides, and both sides of the sizes at which libraries change their way.
SMALL = [
    *((1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (1, 500), (500, 1), (2, 333), (333, 2), (3, 500)),
    *((7, 11), (8, 47), (8, 160), (9, 320), (11, 40), (12, 12), (12, 81), (15, 48), (16, 80)),
    *((24, 100), (31, 33), (31, 161), (32, 160), (33, 31), (60, 320), (97, 301), (160, 8)),
]
WIDE = [(270, 1920), (720, 3840), (410, 8192), (8192, 410), (1, 8192), (8192, 1), (1080, 5760)]
LARGEST = [(4320, 7680), (1, 16384), (16384, 1), (819, 16384)]
# Those that cost too much for large images, or have bounds of their own.
SMALLEST_SIDE = {'drives': 32, 'video_file': 16}
MOST_PIXELS = {
    **dict.fromkeys(('preprocess', 'enlarge', 'live_flicker', 'overlay'), 4320 * 7680),
    **dict.fromkeys(('timed_images', 'contact_sheet', 'image_files'), 8192 * 410),
    **dict.fromkeys(('raw_messages', 'compressed_messages', 'training_views'), 600_000),
    **dict.fromkeys(('flow_meter', 'video_file'), 600_000),
    **dict.fromkeys(('corruptions', 'drives'), 30_000),
}


def sizes_for(name: str) -> list[tuple[int, int]]:
    grid = [
        (max(1, round((pixels / aspect) ** 0.5)), max(1, round((pixels * aspect) ** 0.5)))
        for pixels in (400, 20_000, 500_000)
        for aspect in ASPECTS
    ]
    least = SMALLEST_SIDE.get(name, 1)
    return [
        size
        for size in dict.fromkeys([*SMALL, *grid, *WIDE, *LARGEST])
        if min(size) >= least and max(size) <= 16384 and size[0] * size[1] <= MOST_PIXELS[name]
    ]


@pytest.mark.parametrize('name', OPERATIONS)
def test_no_size_of_an_image_ends_the_process(name: str) -> None:
    if name == 'video_file':
        pytest.importorskip('av')
    command = [sys.executable, str(PROGRAM), name, json.dumps(sizes_for(name))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = done.stdout.splitlines()[-1:]
    assert done.returncode == 0, f'{last}: exit code {done.returncode}\n{done.stderr[-2000:]}'
