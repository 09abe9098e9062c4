"""Ray, told before its import what this package wants of it."""

from __future__ import annotations

import os

# Read when Ray is imported, here and by its daemons: it would send statistics, hide GPUs from
# workers that reserve none, and have workers give way to everything else on the machine.
os.environ['RAY_USAGE_STATS_ENABLED'] = '0'
os.environ.setdefault('RAY_worker_niceness', '0')
os.environ.setdefault('RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO', '0')

import ray
from ray.exceptions import RayError

__all__ = ['RayError', 'ray']
