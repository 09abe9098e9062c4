"""What is wrong with a camera or the engine, with which value, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.messages.darkness import REMEDY
from time2general_ros.ros.parameters.declared import IMAGE_BITS
from time2general_ros.ros.statistics.sliding_window import WINDOW_S
from time2general_ros.ros.statistics.stream_statistics import Drop, StreamState

if TYPE_CHECKING:
    from time2general_ros.ros.engine.engine_state import EngineState
    from time2general_ros.ros.parameters.thresholds import Thresholds
    from time2general_ros.ros.statistics.stream_statistics import Snapshot


class Level(IntEnum):
    """How bad it is, numbered as in ``diagnostic_msgs/DiagnosticStatus``."""

    OK = 0
    WARN = 1
    ERROR = 2


class Finding(NamedTuple):
    """One thing to tell."""

    level: Level
    text: str


Rule = Callable[['Snapshot', 'Thresholds'], 'Finding | None']

# A larger share of images that are nearly black is told.
MOSTLY = 0.5
_IDLE = {
    StreamState.NO_SUBSCRIBER.value: 'idle: nobody subscribes to an answer',
    StreamState.DISABLED.value: 'disabled: call the service ~/enable to start',
    StreamState.INACTIVE.value: 'idle: the node is not active',
}
_ENGINE = {
    'unloaded': Finding(Level.OK, 'configure the node: no model is loaded'),
    'finalized': Finding(Level.OK, 'start the process again: the node was shut down'),
    'building': Finding(Level.WARN, 'no masks yet: the engine is being built'),
    'ready': Finding(Level.OK, 'ready'),
    'failed': Finding(Level.ERROR, 'see the status of the engine: it failed, so no masks'),
}
_FASTER = 'use a faster engine or a smaller model, or serve fewer cameras'
_DROP_REMEDIES = {
    'superseded': _FASTER,
    'stale': 'raise stale_after_s, or look for a clock that is off',
    'bad_message': 'look in the log for what is wrong with the images',
    'failed': 'look in the log for the error',
}


def judge_camera(snapshot: Snapshot, thresholds: Thresholds, engine: EngineState) -> Finding:
    """
    Judge a camera by all rules; the worst findings are told first.

    Each text begins with what to do: ``ros2 topic echo`` cuts off what is after 128 characters.
    """
    if idle := _IDLE.get(snapshot['state']):
        return Finding(Level.OK, idle)
    if engine.state != 'ready':
        return _ENGINE[engine.state]
    found = [finding for rule in RULES if (finding := rule(snapshot, thresholds))]
    if found:
        return _worst_first(found)
    if not snapshot['frames_in']:
        return Finding(Level.OK, 'waiting for the first image')
    rates = f'{snapshot["rate_in_hz"]:.1f} Hz in, {snapshot["rate_out_hz"]:.1f} Hz out'
    return Finding(Level.OK, rates)


def judge_engine(engine: EngineState) -> Finding:
    """Judge the engine by its state."""
    level, text = _ENGINE[engine.state]
    if engine.state == 'failed':
        # In the errors of this package the remedy comes after a semicolon.
        reason, _, remedy = engine.detail.partition('; ')
        return Finding(level, f'{remedy}: {reason}' if remedy else reason or 'see the log')
    return Finding(level, f'{text}: {engine.detail}' if engine.detail else text)


def _worst_first(found: Sequence[Finding]) -> Finding:
    ordered = sorted(found, key=lambda finding: -finding.level)
    return Finding(ordered[0].level, '; '.join(finding.text for finding in ordered))


def _silence(snapshot: Snapshot, thresholds: Thresholds) -> Finding | None:
    limit_s, silent_s = thresholds.error_silent_s, snapshot['silent_s']
    if not 0.0 < limit_s < silent_s:
        return None
    return Finding(
        Level.ERROR,
        f'check the camera, the name of its topic and its QoS: no image for {silent_s:.1f} s '
        f'(diagnostics.error_silent_s is {limit_s:g})',
    )


def _rate(snapshot: Snapshot, thresholds: Thresholds) -> Finding | None:
    limit_hz, rate_hz = thresholds.warn_rate_hz, snapshot['rate_out_hz']
    # A rate takes two images, and some time without them.
    is_known = snapshot['frames_in'] >= 2 or snapshot['silent_s'] >= WINDOW_S
    if not is_known or rate_hz >= limit_hz:
        return None
    rate_in_hz = snapshot['rate_in_hz']
    remedy = (
        'check the camera and the network'
        if rate_in_hz < limit_hz
        else 'see why images are dropped'
    )
    return Finding(
        Level.WARN,
        f'{remedy}: masks leave at {rate_hz:.1f} Hz, images arrive at {rate_in_hz:.1f} Hz '
        f'(diagnostics.warn_rate_hz is {limit_hz:g})',
    )


def _latency(snapshot: Snapshot, thresholds: Thresholds) -> Finding | None:
    by_stamp = snapshot['recent_stamp_latency_ms']
    latency = by_stamp or snapshot['recent_latency_ms']
    if latency is None:
        return None
    origin = 'the header stamp' if by_stamp else 'receive'
    bounds = (
        (Level.ERROR, 'error_latency_ms', thresholds.error_latency_ms),
        (Level.WARN, 'warn_latency_ms', thresholds.warn_latency_ms),
    )
    for level, name, limit_ms in bounds:
        if 0.0 < limit_ms < latency['p95']:
            remedy, part = _latency_remedy(snapshot, limit_ms)
            return Finding(
                level,
                f'{remedy}: 5 % of the masks leave {latency["p95"]:.0f} ms or more after {origin}'
                f'{part} (diagnostics.{name} is {limit_ms:g})',
            )
    return None


def _latency_remedy(snapshot: Snapshot, limit_ms: float) -> tuple[str, str]:
    """Say what to do, and what part of the latency shows it."""
    inside = snapshot['recent_latency_ms']
    if inside and inside['p95'] <= limit_ms:
        remedy = 'check the driver, the network and the clocks (a bag needs use_sim_time)'
        return remedy, f', {inside["p95"]:.0f} ms of it since receive'
    return _FASTER, ''


def _lost(snapshot: Snapshot, thresholds: Thresholds) -> Finding | None:
    limit, share = thresholds.warn_drop_share, snapshot['missing_share']
    if not 0.0 < limit < share:
        return None
    rate_hz = snapshot['rate_in_hz']
    sent_hz = rate_hz / max(1.0 - share, 1e-3)
    return Finding(
        Level.WARN,
        'set net.core.rmem_max and config/cyclonedds.xml, or send compressed images: '
        f'{share:.0%} are lost on their way, {rate_hz:.1f} of {sent_hz:.1f} Hz '
        f'arrive (diagnostics.warn_drop_share is {limit:g})',
    )


def _drops(snapshot: Snapshot, thresholds: Thresholds) -> Finding | None:
    limit, share = thresholds.warn_drop_share, snapshot['drop_share']
    if not 0.0 < limit < share:
        return None
    drops = snapshot['recent_drops']
    cause = max(drops, key=lambda name: drops[name])
    if cause == Drop.SUPERSEDED.value and _lost(snapshot, thresholds):
        # What is left of a stream comes in bursts; no engine would keep up with those.
        return None
    reasons = ', '.join(snapshot['bad_messages']) if cause == Drop.BAD_MESSAGE.value else ''
    return Finding(
        Level.WARN,
        f'{_DROP_REMEDIES[cause]}: {share:.0%} of the images get no mask, most of them '
        f'{cause}{f" ({reasons})" if reasons else ""} '
        f'(diagnostics.warn_drop_share is {limit:g})',
    )


def _flicker(snapshot: Snapshot, thresholds: Thresholds) -> Finding | None:
    limit, flicker = thresholds.warn_flicker, snapshot['flicker']
    if flicker is None or not 0.0 < limit < flicker:
        return None
    return Finding(
        Level.WARN,
        'see whether images are dropped, memory is reset or the scene is a new kind: '
        f'{flicker:.1%} of the steady pixels change class from mask to mask '
        f'(diagnostics.warn_flicker is {limit:g})',
    )


def _darkness(snapshot: Snapshot, thresholds: Thresholds) -> Finding | None:
    del thresholds
    share = snapshot['dark_share']
    if share <= MOSTLY:
        return None
    return Finding(
        Level.WARN,
        f'{share:.0%} of the images are nearly black: '
        + REMEDY.format(option=f'the parameter {IMAGE_BITS.name}'),
    )


RULES: tuple[Rule, ...] = (_silence, _lost, _rate, _latency, _drops, _darkness, _flicker)
