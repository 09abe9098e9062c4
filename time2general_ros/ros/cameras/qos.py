"""Quality of service of the node's topics, and what to set when it does not match."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from rclpy.qos import (
    QoSPolicyKind,
    QoSProfile,
    ReliabilityPolicy,
    qos_policy_name_from_kind,
    qos_profile_sensor_data,
)
from rclpy.qos_overriding_options import QoSOverridingOptions

try:
    from rclpy.event_handler import (
        PublisherEventCallbacks,
        SubscriptionEventCallbacks,
        UnsupportedEventTypeError,
    )
except ImportError:  # Humble has them under this name
    from rclpy.qos_event import (
        PublisherEventCallbacks,
        SubscriptionEventCallbacks,
        UnsupportedEventTypeError,
    )

if TYPE_CHECKING:
    from collections.abc import Callable

    from rclpy.impl.rcutils_logger import RcutilsLogger

# What Fast DDS tells where a publisher comes back and counts anew: no number of losses.
_UNCOUNTED = 2**31 - 1
# The values that match every counterpart: the least to ask for, the most to offer.
_REMEDIES = {
    'subscription': {'reliability': 'best_effort', 'durability': 'volatile'},
    'publisher': {'reliability': 'reliable', 'durability': 'transient_local'},
}


def input_qos() -> QoSProfile:
    """Make the profile of one subscription to images; ``rclpy`` writes its overrides into it."""
    return copy(qos_profile_sensor_data)


def output_qos() -> QoSProfile:
    """Make the profile of one publisher of answers; ``rclpy`` writes its overrides into it."""
    return QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)


def overridable() -> QoSOverridingOptions:
    """Let users set history, depth, reliability and durability as ``qos_overrides`` parameters."""
    return QoSOverridingOptions(
        policy_kinds=(
            QoSPolicyKind.HISTORY,
            QoSPolicyKind.DEPTH,
            QoSPolicyKind.RELIABILITY,
            QoSPolicyKind.DURABILITY,
        )
    )


def subscription_events(
    topic: str, logger: RcutilsLogger, on_lost: Callable[[int], None] | None = None
) -> SubscriptionEventCallbacks:
    """
    Warn when a publisher of a topic offers less than is asked for.

    :param on_lost: Told how many more messages the middleware knows to be lost.
    """

    def on_incompatible(event: Any) -> None:
        logger.warning(_advice(topic, 'subscription', event))

    def on_message_lost(event: Any) -> None:
        if on_lost and 0 < event.total_count_change < _UNCOUNTED:
            on_lost(event.total_count_change)

    return _Events(
        incompatible_qos=on_incompatible, message_lost=on_message_lost if on_lost else None
    )


def publisher_events(topic: str, logger: RcutilsLogger) -> PublisherEventCallbacks:
    """Warn when a subscriber of a topic asks for more than is offered."""

    def on_incompatible(event: Any) -> None:
        logger.warning(_advice(topic, 'publisher', event))

    return PublisherEventCallbacks(incompatible_qos=on_incompatible)


class _Events(SubscriptionEventCallbacks):
    """The events that the middleware has: not every one tells of losses."""

    def create_event_handlers(self, *arguments: Any, **options: Any) -> Any:
        """Make what waits for the events."""
        try:
            return super().create_event_handlers(*arguments, **options)
        except UnsupportedEventTypeError:
            self.message_lost = None
            return super().create_event_handlers(*arguments, **options)


def _advice(topic: str, side: str, event: Any) -> str:
    kind = qos_policy_name_from_kind(event.last_policy_kind).lower()
    policy = kind.removesuffix('_qos_policy')
    other, verb = {
        'subscription': ('publisher', 'offers less than this node asks for'),
        'publisher': ('subscriber', 'asks for more than this node offers'),
    }[side]
    value = _REMEDIES[side].get(policy)
    remedy = (
        f'start the node with qos_overrides.{topic}.{side}.{policy} set to {value}'
        if value
        else f'change the {policy} of the {other}'
    )
    return f'a {other} on {topic} {verb} in {policy}, so no message passes between them: {remedy}'
