"""What a trained network says of single images, and how far it agrees with itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
import torch

from time2general_ros.data.normalise import normalised
from time2general_ros.evaluation.correspondence import ImageFlow, follow
from time2general_ros.training.hardware import has_bf16

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from time2general_ros.model.network import Time2General

    Pixels = npt.NDArray[np.uint8]
    Scores = npt.NDArray[np.float32]


class View(NamedTuple):
    """
    One way to look at an image.

    :param scale: Of the size that the network is built for; mirrored: left and right exchanged.
    """

    scale: float
    mirrored: bool


VIEWS = (View(1.0, mirrored=False), View(1.0, mirrored=True), View(0.75, mirrored=False))
SIDE = 64
# Of two views that differ at most one is right: trust falls with the square of those that agree.
SHARPNESS = 2


class Answer(NamedTuple):
    """
    Classes of an image and how far they are to be trusted, both uint8 [H, W].

    :param trust: Mean probability of the class, times the squared share of the views that name it,
        in 255ths.
    """

    ids: Pixels
    trust: Pixels


class Teacher:
    """
    Labels images in several views, without memory.

    :param network: In evaluation mode.
    """

    def __init__(self, network: Time2General) -> None:
        self._network = network
        self.classes = network.config.classes

    def answer(
        self, image: Pixels, following: Pixels | None = None, others: Sequence[Scores] = ()
    ) -> Answer:
        """
        Label an image.

        :param image: RGB, uint8 [H, W, 3]; following: the next one of its video, which is looked
            at along the optical flow.
        :param others: What other networks say of the image, probabilities [H, W, classes].
        """
        size = (image.shape[0], image.shape[1])
        looks = [self.look(image, view) for view in VIEWS]
        known = [np.ones(size, np.bool_)] * (len(looks) + len(others))
        looks += others
        if following is not None:
            moved, visible = along_flow(image, following, self.look(following, VIEWS[0]))
            looks.append(moved)
            known.append(visible)
        return agree(looks, known)

    @torch.no_grad()
    def look(self, image: Pixels, view: View) -> Scores:
        """
        Look at an image once.

        :returns: class probabilities, float32 [H, W, classes].
        """
        config = self._network.config
        height, width = (
            max(1, round(view.scale * side / SIDE)) * SIDE
            for side in (config.height, config.width_px)
        )
        shrinks = image.shape[1] > width
        seen = cv2.resize(
            image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        pixels = normalised(np.asarray(seen, np.uint8))
        if view.mirrored:
            pixels = pixels[:, ::-1]
        batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
        memory = self._network.empty_memory(1, (height, width), 1)
        none = torch.zeros(1, 1)
        with torch.autocast('cpu', torch.bfloat16, enabled=has_bf16('cpu')):
            features = self._network.encode(batch)
            decoded = self._network.decode(features, memory, none, none)
        scores = decoded.scores[0].float().numpy()
        if view.mirrored:
            scores = scores[:, ::-1]
        return enlarged(scores / scores.sum(axis=2, keepdims=True), image.shape[:2])


def enlarged(scores: Scores, size: Sequence[int]) -> Scores:
    """Enlarge scores [h, w, classes] bilinearly to a size (height, width)."""
    planes = [
        cv2.resize(
            np.ascontiguousarray(scores[..., c]),
            (size[1], size[0]),
            interpolation=cv2.INTER_LINEAR,
        )
        for c in range(scores.shape[2])
    ]
    return np.asarray(np.stack(planes, axis=2), np.float32)


def along_flow(
    image: Pixels, following: Pixels, scores: Scores
) -> tuple[Scores, npt.NDArray[np.bool_]]:
    """
    Bring the scores of the next frame to the pixels of this one.

    :returns: scores [H, W, classes], and where both frames show the same: bool [H, W].
    """
    targets, visible = follow(image, following, ImageFlow())
    return targets.read(scores), visible


def agree(looks: Sequence[Scores], known: Sequence[npt.NDArray[np.bool_]]) -> Answer:
    """
    Join several looks at an image.

    :param looks: Probabilities [H, W, classes] each; known: where each of them counts, [H, W].
    """
    counted = np.stack(known).astype(np.float32)
    total = counted.sum(axis=0)
    mean = np.einsum('lhw,lhwc->hwc', counted, np.stack(looks)) / total[..., None]
    ids = mean.argmax(axis=2)
    same = np.stack([look.argmax(axis=2) == ids for look in looks])
    share = (same * counted).sum(axis=0) / total
    sure = np.take_along_axis(mean, ids[..., None], axis=2)[..., 0]
    trust = np.rint(255 * sure * share**SHARPNESS)
    return Answer(ids.astype(np.uint8), trust.astype(np.uint8))


def as_scores(ids: Pixels, trust: Pixels, classes: int) -> Scores:
    """
    Read a vote as probabilities: the class has its mean probability, the others share the rest.

    :param ids: Class ids, 255 = none, uint8 [H, W]; trust: in 255ths, uint8 [H, W].
    """
    known = (ids < classes) & (trust > 0)
    sure = np.where(known, trust.astype(np.float32) / 255, 1 / classes)[..., None]
    chosen = np.arange(classes) == np.where(known, ids, 0)[..., None]
    return np.where(chosen, sure, (1 - sure) / (classes - 1)).astype(np.float32)
