"""How pixel values are scaled for the network: the statistics of ImageNet, in grey values."""

from __future__ import annotations

MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)
