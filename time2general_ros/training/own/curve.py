"""Whether more pictures would help: a learning curve of a linear head on frozen features."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
import torch

from time2general_ros.data.geometry import majority
from time2general_ros.data.labelled_video import labelled_frames
from time2general_ros.data.normalise import normalised
from time2general_ros.data.own.division import HELD_OUT, LEARNED
from time2general_ros.data.specs import open_data
from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.model.layout import to_map
from time2general_ros.training.start import load_original

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor

    from time2general_ros.data.labelled_video import LabelledVideos
    from time2general_ros.model.network import Time2General
    from time2general_ros.training.hardware import Hardware

SHARES = (25, 50, 100)
# Draws of the pictures of a part: which they are matters when they are few.
DRAWS = 3
STRIDE = 8
# Cells of all pictures together, and of one; pictures that are looked at, and scored, at most.
CELLS, PER_PICTURE, MOST, SCORED, FEWEST = 60_000, 400, 400, 60, 10
ITERATIONS = 40
DECAY = 1e-3
# Points of mIoU that twice the pictures brought last.
MUCH, LITTLE = 1.0, 0.3


class Point(NamedTuple):
    """What a share of the pictures, in percent, teaches: mean mIoU, in percent."""

    share: int
    pictures: int
    miou: float


def curve_from(
    start: Path,
    hardware: Hardware,
    spec: str,
    seed: int,
    limit_s: float,
    on_picture: Callable[[int, int], None] = lambda done, total: None,
) -> list[Point]:
    """Learn the curve of :func:`learning_curve` on what the model of a folder sees."""
    network = load_original(start, {})
    if hardware.accelerator != 'cpu' and torch.cuda.is_available():
        network = network.to('cuda')
    return learning_curve(network, spec, seed, limit_s, on_picture)


def learning_curve(
    network: Time2General,
    spec: str,
    seed: int,
    limit_s: float,
    on_picture: Callable[[int, int], None] = lambda done, total: None,
) -> list[Point]:
    """
    Learn a linear head on what a network sees at stride 8, from shares of the pictures.

    :param network: In evaluation mode; its classes do not matter.
    :param spec: Of the data, with both parts.
    :param limit_s: Pictures that there is no time for are left out.
    :returns: a point per share; none where there are fewer than four pictures.
    """
    learned, held_out = open_data(spec, LEARNED), open_data(spec, HELD_OUT)
    total = min(MOST, sum(len(labelled_frames(video)) for video in learned.videos))
    if total < len(SHARES) + 1:
        return []
    classes = len(learned.label_set)
    rng = np.random.default_rng(seed)
    each = max(20, min(PER_PICTURE, CELLS // total))
    pictures = []
    began = time.monotonic()
    for features, labels in _seen(network, learned, total, rng):
        chosen = rng.choice(len(labels), min(each, len(labels)), replace=False)
        pictures.append((features[chosen], labels[chosen]))
        on_picture(len(pictures), total)
        if time.monotonic() - began > limit_s and len(pictures) > len(SHARES):
            break
    tests = list(_seen(network, held_out, min(SCORED, max(FEWEST, len(pictures))), rng))
    points = []
    for share in SHARES:
        count = max(1, round(share / 100 * len(pictures)))
        draws = [rng.permutation(len(pictures))[:count] for _ in range(DRAWS)]
        scores = [
            _score([pictures[i] for i in draw], tests, learned.label_set.classes, classes)
            for draw in draws[: DRAWS if count < len(pictures) else 1]
        ]
        points.append(Point(share, count, float(np.mean(scores))))
    return points


def verdict(points: list[Point]) -> str:
    """Say whether more pictures would help."""
    gain = points[-1].miou - points[-2].miou
    shown = ', '.join(f'{p.pictures} pictures {p.miou:.1f}' for p in points)
    if gain > MUCH:
        told = 'more pictures would help'
    elif gain > LITTLE:
        told = 'more pictures would help a little'
    else:
        told = 'more pictures like these would hardly help'
    return (
        f'learning curve (mIoU of a linear head on frozen features): {shown}; twice the pictures '
        f'brought {gain:+.1f}: {told}'
    )


@torch.no_grad()
def _seen(
    network: Time2General, data: LabelledVideos, most: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the features, float [N, C], and classes, int64 [N], of the labelled cells."""
    places = [(video, i) for video in data.videos for i in labelled_frames(video)]
    size = (network.config.width_px, network.config.height)
    chosen = np.linspace(0, len(places) - 1, min(most, len(places))).astype(int)
    device = next(network.parameters()).device
    for video, index in (places[i] for i in rng.permutation(chosen)):
        frame = video.frame(index)
        image = normalised(np.asarray(cv2.resize(frame.image, size), np.uint8))
        batch = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None].to(device)
        found = network.encode(batch)
        H, W = found.stride8.shape[-2:]
        coarse = torch.nn.functional.interpolate(
            to_map(found.tokens, H // 2), size=(H, W), mode='bilinear'
        )
        seen = torch.cat([coarse, found.stride8], dim=1)[0].flatten(1).T.float().cpu()
        labels = cv2.resize(frame.labels, size, interpolation=cv2.INTER_NEAREST)
        ids = torch.from_numpy(majority(np.asarray(labels, np.uint8), STRIDE).ravel()).long()
        yield seen[ids != UNLABELLED], ids[ids != UNLABELLED]


def _score(
    pictures: list[tuple[Tensor, Tensor]],
    tests: list[tuple[Tensor, Tensor]],
    names: tuple[str, ...],
    classes: int,
) -> float:
    features, labels = (torch.cat(part) for part in zip(*pictures, strict=True))
    mean, spread = features.mean(dim=0), features.std(dim=0).clamp(min=1e-4)
    weight = torch.zeros(features.shape[1], classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    features = (features - mean) / spread
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=ITERATIONS, line_search_fn='strong_wolfe'
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        error = torch.nn.functional.cross_entropy(features @ weight + bias, labels)
        error = error + DECAY * weight.square().sum()
        error.backward()
        return error

    optimiser.step(loss)
    matrix = ConfusionMatrix(names)
    with torch.no_grad():
        for seen, truth in tests:
            ids = ((seen - mean) / spread @ weight + bias).argmax(dim=1)
            matrix.add(truth.numpy().astype(np.uint8), ids.numpy().astype(np.uint8))
    return 100 * (matrix.miou or 0.0)
