"""The networks that have a name: settings of each, beside the defaults of the configuration."""

from __future__ import annotations

from typing import Any

_VIT: dict[str, Any] = {
    'height': 512,
    'width_px': 1024,
    'width': 256,
    'heads': 8,
    'queries_per_class': 2,
    'query_layers': 2,
    'mask_width': 64,
    'encoder_widths': (32, 48, 96, 0),
    'encoder_depths': (1, 2, 0),
    'separable': False,
}

# Taps of the large backbone are those of the paper, 8/12/16/24; base has half as many layers and
# is tapped at equal distances, as is usual for it. Those of small were measured (decision 0066);
# around its backbone it is compact, whose weights it starts from.
PRESETS: dict[str, dict[str, Any]] = {
    'compact': {},
    'small': {'backbone': 'facebook/dinov2-small', 'taps': (9, 10, 11, 12)},
    'base': {**_VIT, 'backbone': 'facebook/dinov2-base', 'taps': (3, 6, 9, 12)},
    'large': {**_VIT, 'backbone': 'facebook/dinov2-large', 'taps': (8, 12, 16, 24)},
    'paper': {
        **_VIT,
        'backbone': 'facebook/dinov2-large',
        'taps': (8, 12, 16, 24),
        'adapters': 'every',
        'ahead': 2,
    },
}
