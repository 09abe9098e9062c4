"""Tiny runs: material, recipes and batches that a network of test size learns from in moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

import cv2
import numpy as np
import pytest
from tiny_model import TINY

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.data.takes import Take  # noqa: E402
from time2general_ros.training.batch import Batch  # noqa: E402
from time2general_ros.training.recipes.recipe import Recipe, Sources, Stage  # noqa: E402

CROP = (64, 128)
CLASSES = (0, 2, 8, 10)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread: tiny work on many threads mostly waits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def scene(frames: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Paint coarse blocks in one colour per class: images [T, H, W, 3], labels [T, H, W]."""
    blocks = np.random.default_rng(seed).choice(CLASSES, (frames, 3, 5)).astype(np.uint8)
    labels = blocks.repeat(32, axis=1).repeat(32, axis=2)
    return np.stack([labels * 25, 255 - labels * 25, labels % 4 * 80], axis=3), labels


def take_of(frames: int, seed: int = 0) -> Take:
    images, labels = scene(frames, seed)
    return Take(images, labels, np.full(labels.shape, 255, np.uint8), 30.0)


def image_stage(**changes: Any) -> Stage:
    stage = Stage('image', 4, 2, 1, Sources(camvid=1.0), CROP, warm_up=2, learning_rate=2e-3)
    return replace(stage, **changes)


def video_stage(**changes: Any) -> Stage:
    return image_stage(name='video', frames=3, freeze_norm=True, **changes)


def recipe_of(*stages: Stage) -> Recipe:
    return Recipe('tiny', stages, seed=5, model=TINY.to_dict(), camvid=Path('camvid'))


def batch_of(clips: int, frames: int, seed: int = 0) -> Batch:
    """Make clips of blocks that keep their class, seen in changing light."""
    generator = torch.Generator().manual_seed(seed)
    _, labels = scene(clips, seed)
    small = torch.from_numpy(labels[:, 2 : CROP[0] : 4, 2 : CROP[1] : 4].astype(np.int64))
    small = small[:, None].repeat(1, frames, 1, 1)
    colours = torch.randn(256, 3, generator=generator)
    full = small.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
    light = torch.randn(clips, frames, 3, 1, 1, generator=generator) * 0.3
    images = colours[full].permute(0, 1, 4, 2, 3) + light
    stamps = torch.arange(frames).float().expand(clips, -1) / 15
    views = torch.eye(3).repeat(clips, frames, 1, 1)
    return Batch(images.contiguous(), small, torch.ones(small.shape), stamps.contiguous(), views)


def two_processes(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of Python twice, as torchrun does."""
    return subprocess.run(
        [
            *(sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node=2'),
            *('--master-port=0', '--rdzv-backend=c10d', '--rdzv-endpoint=localhost:0'),
            *arguments,
        ],
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def write_camvid(root: Path, stills: int = 2) -> Path:
    """Write a training split of stills whose votes repeat the human labels."""
    coarse = {0: 3, 2: 1, 8: 5, 10: 0}
    table = np.zeros(256, np.uint8)
    table[list(coarse)] = list(coarse.values())
    split = root / 'train'
    for folder in ('images', 'labels', 'cityscapes19'):
        (split / folder).mkdir(parents=True, exist_ok=True)
    images, labels = scene(stills, 1)
    for i in range(stills):
        cv2.imwrite(str(split / 'images' / f'a_{i}.jpg'), images[i, ..., ::-1])
        cv2.imwrite(str(split / 'labels' / f'a_{i}.png'), table[labels[i]])
        cv2.imwrite(str(split / 'cityscapes19' / f'a_{i}.png'), labels[i])
        conf = np.full(labels[i].shape, 200, np.uint8)
        cv2.imwrite(str(split / 'cityscapes19' / f'a_{i}_conf.png'), conf)
    return root
