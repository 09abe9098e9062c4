"""What the numbers of a recipe may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.data.geometry import LABEL_STRIDE
from time2general_ros.data.voted import VotedFolder
from time2general_ros.field_values import COUNTS, Range
from time2general_ros.model.choice import MASK_STRIDE
from time2general_ros.training.objective.losses import LossWeights
from time2general_ros.training.recipes.recipe import HeldOut, Recipe, Sources, Stage, TeacherSource

if TYPE_CHECKING:
    from collections.abc import Mapping

SIDE = 64
LABEL_STRIDES = (MASK_STRIDE, LABEL_STRIDE)
# The seed of a step, which grows from it, has to fit into 64 bits.
SEEDS = 1 << 32

_COUNT = Range(lambda value: value >= 1, '1 or more')
_AMOUNT = Range(lambda value: value >= 0, '0 or more')
_RATE = Range(lambda value: value > 0, 'more than 0')
_SHARE = Range(lambda value: 0 <= value <= 1, 'from 0 to 1')
_SEED = Range(lambda value: 0 <= value < SEEDS, f'from 0 to {SEEDS - 1}')
_AMOUNTS = Range(
    lambda table: all(value >= 0 for value in table.values()), 'a table of numbers of 0 or more'
)
_SPAN = Range(lambda pair: 0 < pair[0] <= pair[1], 'two positive numbers, the smaller one first')
_ID = Range(lambda value: 0 <= value <= 255, 'from 0 to 255')


def _sides(multiple: int, words: str) -> Range:
    return Range(lambda sides: all(side > 0 and side % multiple == 0 for side in sides), words)


RANGES: Mapping[type, Mapping[str, Range]] = {
    Stage: {
        'steps': _COUNT,
        'batch': _COUNT,
        'frames': _COUNT,
        'crop': _sides(SIDE, f'two positive multiples of {SIDE}, height and width'),
        'drive_size': _sides(1, 'two positive numbers, height and width'),
        'learning_rate': _RATE,
        'backbone_rate': _RATE,
        'weight_decay': _AMOUNT,
        'warm_up': _AMOUNT,
        'class_weights': _AMOUNTS,
        'rare': _SHARE,
        'evidence_noise': _AMOUNT,
        'scales': _SPAN,
        'aspects': _SPAN,
        'style': _AMOUNT,
        'strides': COUNTS,
        'label_stride': Range(lambda side: side in LABEL_STRIDES, f'one of {LABEL_STRIDES}'),
        'minutes': _AMOUNT,
    },
    Sources: {
        **dict.fromkeys(('camvid', 'videos', 'synthetic', 'footage'), _AMOUNT),
        **dict.fromkeys(('data', 'voted'), _AMOUNTS),
    },
    LossWeights: dict.fromkeys(LossWeights.__dataclass_fields__, _AMOUNT),
    HeldOut: dict.fromkeys(('frames', 'checks', 'patience'), _COUNT),
    VotedFolder: {'void': _ID},
    TeacherSource: {'every': _COUNT},
    Recipe: {
        'seed': _SEED,
        'drives': _AMOUNT,
        'drive_seed': _SEED,
        'ema_decay': Range(lambda value: 0 <= value < 1, 'from 0 to less than 1'),
        'clip_norm': _RATE,
    },
}
