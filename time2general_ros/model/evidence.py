"""Class probabilities of one frame, composed of the masks of its queries."""

from __future__ import annotations

from torch import Tensor


def class_evidence(mask_logits: Tensor, presence_logits: Tensor, classes: int) -> Tensor:
    """
    Compose query masks to class probabilities, ``sum_k softmax(class) sigmoid(mask)``.

    With fixed matching a query's class softmax has two outcomes, its own class or no object.

    :param mask_logits: [B, H/4, W/4, classes * K]; presence_logits: [B, classes * K].
    :returns: float32 [B, H/4, W/4, classes], each above 0, their sum 1.
    """
    presence = presence_logits.float().sigmoid()[:, None, None]
    masks = mask_logits.float().sigmoid() * presence
    if masks.shape[3] > classes:
        masks = masks.unflatten(3, (classes, -1)).sum(dim=4)
    scores = masks + 1e-6
    shares: Tensor = scores / scores.sum(dim=3, keepdim=True)
    return shares
