"""The recipe by which a trained model learns the classes of one's own pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import short_form
from time2general_ros.labels.relations import counterparts
from time2general_ros.model.config import ModelConfig
from time2general_ros.training.inheritance import kept_classes

if TYPE_CHECKING:
    from time2general_ros.data.survey.survey import Survey
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.training.own.question import Question

# Of the time to learn in.
SHARES = {'heads': 0.15, 'all': 0.6, 'memory': 0.25}
# What depends on the classes, and what reads it.
HEADS = ['queries', 'decoder.query_position', 'decoder.mask_bias', 'decoder.to_mask',
         'decoder.to_presence', 'decoder.believe.patience']  # fmt: skip
MEMORY = ['decoder.describe', 'decoder.matching', 'decoder.refine', 'decoder.believe',
          'decoder.hysteresis']  # fmt: skip
# Of the image that the network sees, in multiples of 64: 256x384 of 384x512.
CROP = (2 / 3, 3 / 4)
STRIDES = [1, 2, 3, 4, 6, 9, 10, 12, 15]
LOSSES = {'cross_entropy': 1.0, 'mask': 5.0, 'dice': 3.0, 'presence': 0.5, 'overlap': 3.0}
MEMORY_LOSSES = {
    'cross_entropy': 1.0, 'mask': 0.0, 'dice': 0.0, 'presence': 0.0, 'overlap': 3.0,
    'temporal': 1.4, 'mtc': 0.5, 'motion': 1.0, 'appearance': 0.5,
}  # fmt: skip
# Share of the clips that are drawn from drives of this package, to keep classes that the pictures
# do not show; drives that are rendered for that; share of unlabelled video.
REHEARSED, DRIVES, FILMED = 0.2, 24, 0.2
# Void of less than this share of the pixels is not worth asking another network about.
SOME_VOID = 0.02
# A class of half the usual pixels counts 1.4 times, none more than three times.
MOST_WEIGHT = 3.0
# Longer than anyone waits: stages end by their minutes or by the held-out drives.
TRIAL_STEPS = 100_000


def plan(
    question: Question,
    config: dict[str, Any],
    learned: Survey,
    classes: LabelSet,
    minutes: float,
    steps: dict[str, int] | None = None,
) -> dict[str, Any]:
    """
    Write the recipe, as :func:`~.recipes.recipe_file.load_recipe` reads it.

    Heads learn first, then everything, then memory alone. Classes that stay but do not occur in
    the pictures are rehearsed on rendered drives; where there is no label, the answers of the
    model it starts from count for the classes that stay.

    :param config: Of the network of the model that it starts from, as its card has it.
    :param learned: What the pictures hold.
    :param classes: Of the model that it starts from.
    :param minutes: To learn in.
    :param steps: Of each stage; as many as there is time for if not given.
    """
    labels = learned.label_set
    kept = {mine for mine, _ in kept_classes(labels, classes)}
    shown = {mine for several in counterparts(street_labels(), labels) for mine in several}
    unseen = {mine for mine, count in enumerate(learned.pixels) if not count}
    rehearsed = bool(unseen & kept & shown)
    void = learned.void > SOME_VOID * learned.labelled_pixels
    asked = bool(kept) and bool(void or question.videos or rehearsed)
    own = 1.0 - FILMED * bool(question.videos) - REHEARSED * rehearsed
    sources: dict[str, Any] = {'data': {'own': round(own, 2)}}
    sources |= {'synthetic': REHEARSED} if rehearsed else {}
    sources |= {'footage': FILMED} if question.videos else {}
    losses = LOSSES | ({'kept': 1.0} if asked else {})
    network = ModelConfig.from_dict(
        {**config, 'label_set': short_form(labels), 'classes': len(labels)}
    )
    crop = [
        max(64, round(share * side / 64) * 64)
        for share, side in zip(CROP, (network.height, network.width_px), strict=True)
    ]
    common = {
        'sources': sources,
        'class_weights': class_weights(labels, learned),
        'rare': 0.3,
        'weight_decay': 0.01,
        'drive_size': [384, 512],
    }
    images = {'frames': 1, 'crop': crop, 'losses': losses, 'watched': True, **common,
              'scales': [0.6, 2.0], 'aspects': [0.6, 1.6], 'style': 1.2}  # fmt: skip
    stages = [
        {'name': 'heads', 'batch': 8, 'learning_rate': 3e-3, 'warm_up': 20, 'only': HEADS,
         'freeze_norm': True, **images},
        {'name': 'all', 'batch': 8, 'learning_rate': 1e-3, 'warm_up': 50, **images},
        {'name': 'memory', 'batch': 3, 'frames': 4, 'crop': crop, 'learning_rate': 1e-3,
         'warm_up': 30, 'only': MEMORY, 'freeze_norm': True, 'evidence_noise': 0.4,
         'strides': STRIDES, 'losses': MEMORY_LOSSES, **common,
         **({'teacher': True} if question.videos else {})},
    ]  # fmt: skip
    for stage in stages:
        stage['steps'] = (steps or {}).get(str(stage['name']), TRIAL_STEPS)
        stage['minutes'] = round(SHARES[str(stage['name'])] * minutes, 2)
    return {
        'name': question.name,
        'seed': question.seed,
        'about': {
            'data': f'{question.data} (train), starting from {question.start}',
            'terms': f'those of {question.data}, and of what it started from: {question.terms}',
        },
        'model': {**settings_of(config), 'label_set': short_form(labels)},
        'start': str(question.start),
        **({'imitate': {'weights': str(question.start)}} if asked else {}),
        'data': {
            'own': {'spec': question.data, 'split': 'train'},
            'held_out': {'spec': question.data, 'split': 'val'},
        },
        **({'footage': [str(path) for path in question.videos]} if question.videos else {}),
        **({'drives': DRIVES} if rehearsed else {}),
        'held_out': {'data': 'held_out'},
        'stages': stages,
    }


def settings_of(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a network that are not its preset's, and no classes."""
    usual = ModelConfig.from_dict({'preset': config.get('preset', 'compact')}).to_dict()
    given = {key: list(v) if isinstance(v, tuple) else v for key, v in config.items()}
    usual = {key: list(v) if isinstance(v, tuple) else v for key, v in usual.items()}
    return {
        key: value
        for key, value in given.items()
        if key not in ('label_set', 'classes') and (key == 'preset' or value != usual.get(key))
    }


def class_weights(labels: LabelSet, learned: Survey) -> dict[str, float]:
    """Weigh rare classes up, by the root of how much rarer they are than the middle one."""
    pixels = learned.pixels.astype(float)
    middle = float(np.median(pixels[pixels > 0])) if pixels.any() else 1.0
    return {
        name: round(min(MOST_WEIGHT, (middle / count) ** 0.5), 2)
        for name, count in zip(labels.classes, pixels.tolist(), strict=True)
        if 0 < count < middle
    }
