"""Synthetic training takes: rendered once, kept in a cache folder."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.takes import Take
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.synthetic import WEATHERS, Drive
from time2general_ros.whole import whole
from time2general_ros.workers import worker_pool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

RATE_HZ = 10.0
FRAMES = 12
# Half of the takes in clear weather, the rest spread over all others.
CLEAR_SHARE = 0.5
# To be raised when drives look otherwise than before. Takes without a number are of the first.
RENDERING = 1


def render_take(seed: int, folder: Path, size: tuple[int, int]) -> Path:
    """
    Render a dozen frames of drive ``seed`` into ``folder/SEED.npz`` unless they are there.

    Start and weather follow from the seed, so a cache can be thrown away and made again. A file
    that is damaged, or that another version rendered otherwise, is made anew.

    :param size: Height and width in pixels.
    """
    file = folder / f'{seed:06}.npz'
    with suppress(DataError):
        load_take(file)
        return file
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    clear = rng.random() < CLEAR_SHARE
    weather = 'clear' if clear else str(rng.choice([w for w in WEATHERS if w != 'clear']))
    drive = Drive(seed, size, weather)
    start = rng.uniform(0, 60)
    frames = [drive.render(start + i / RATE_HZ) for i in range(FRAMES)]
    jpegs = [
        cv2.imencode('.jpg', frame.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        for frame in frames
    ]
    with whole(file) as place, place.open('wb') as out:
        np.savez_compressed(
            out,
            labels=np.stack([frame.labels for frame in frames]),
            ends=np.cumsum([len(jpeg) for jpeg in jpegs]),
            jpegs=np.concatenate([jpeg.ravel() for jpeg in jpegs]),
            rendering=RENDERING,
        )
    return file


def load_take(file: Path) -> Take:
    """
    Read what :func:`render_take` wrote.

    :raises DataError: if there is no such file, it is damaged, or was rendered otherwise.
    """
    try:
        with np.load(file, allow_pickle=False) as stored:
            rendering = int(stored['rendering']) if 'rendering' in stored else 1
            labels = stored['labels']
            jpegs = np.split(stored['jpegs'], stored['ends'][:-1])
    # Whatever a damaged archive makes zipfile, zlib and numpy raise.
    except Exception as error:
        raise DataError(f'{file} holds no rendered take: {error}; delete it') from error
    if rendering != RENDERING:
        raise DataError(f'{file} is of rendering {rendering}, not {RENDERING}; delete it')
    images = [_decode(jpeg) for jpeg in jpegs]
    weights = np.where(labels == UNLABELLED, 0, 255).astype(np.uint8)
    return Take(np.stack(images), labels, weights, RATE_HZ)


def _decode(jpeg: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    pixels = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    if pixels is None:
        raise DataError('a rendered take holds a damaged image; delete the cache folder')
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def rendered_takes(
    first_seed: int, count: int, cache: Path, size: tuple[int, int], jobs: int = 1
) -> Iterator[Take]:
    """
    Render and read ``count`` drives from ``first_seed`` on.

    :param cache: Gets a folder for each size, such as ``480x640``.
    """
    folder = cache / f'{size[0]}x{size[1]}'
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(first_seed, first_seed + count)
    with worker_pool(jobs) as pool:
        for file in pool.map(render_take, seeds, [folder] * count, [size] * count):
            yield load_take(file)
