"""Images that are lost before the node: counted, told, and not blamed on the engine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
import pytest
from rclpy.event_handler import SubscriptionEventCallbacks, UnsupportedEventTypeError
from ros_harness import image_message, live_node, peer, segmenter

MS = 1_000_000
S = 1_000 * MS
QUICK = {
    'diagnostics.period_s': 0.1,
    'diagnostics.warn_latency_ms': 0.0,
    'diagnostics.error_latency_ms': 0.0,
}


def only(node: Any) -> Any:
    (snapshot,) = node.statistics.values()
    return snapshot


def loss_handler(node: Any) -> Any:
    """Give what waits for losses of the images."""
    (subscription,) = (s for s in node.subscriptions if s.topic_name.endswith('/image_raw'))
    # Those of QoS and of types that do not match are there besides.
    kinds = {str(handler.event_type): handler for handler in subscription.event_handlers}
    return next(handler for kind, handler in kinds.items() if 'MESSAGE_LOST' in kind)


def test_what_the_middleware_knows_to_be_lost_is_counted() -> None:
    with live_node(segmenter()) as node, peer('mask') as camera:
        camera.ask(image_message(MS))
        handler = loss_handler(node)
        handler.callback(SimpleNamespace(total_count=3, total_count_change=3))
        handler.callback(SimpleNamespace(total_count=7, total_count_change=4))
        # As Fast DDS says where a publisher comes back.
        most = 2**31 - 1
        handler.callback(SimpleNamespace(total_count=most, total_count_change=most))
        counters = only(node)
        assert counters['lost_in_transport'] == 7
        # It was sent and did not arrive, so that it is none of the images that came in.
        assert counters['frames_in'] == 1
        assert counters['missing_share'] == pytest.approx(7 / 8)


def test_a_middleware_that_tells_of_no_losses_does(monkeypatch: pytest.MonkeyPatch) -> None:
    make = SubscriptionEventCallbacks.create_event_handlers

    def without_losses(self: Any, *arguments: Any, **options: Any) -> Any:
        if self.message_lost:
            raise UnsupportedEventTypeError('no such event')
        return make(self, *arguments, **options)

    monkeypatch.setattr(SubscriptionEventCallbacks, 'create_event_handlers', without_losses)
    with live_node(segmenter()) as node, peer('mask') as camera:
        camera.ask(image_message(MS))
        assert only(node)['lost_in_transport'] == 0


def test_gaps_in_the_stamps_are_told_in_the_diagnostics() -> None:
    """Of a camera of 30 Hz hardly any image arrives."""
    with live_node(segmenter(), **QUICK) as node, peer('mask') as camera:
        camera.listen('/diagnostics', DiagnosticArray, latched=False)
        for number in (0, 3, 4, 9, 11, 18, 19, 26, 29, 35, 36, 44):
            camera.ask(image_message(S + number * S // 30))
        assert only(node)['missing_share'] == pytest.approx(1 - 11 / 44, abs=0.001)

        def is_told() -> bool:
            messages = camera.received['/diagnostics']
            texts = [status.message for m in messages for status in m.status]
            return any('75% are lost on their way' in text for text in texts)

        camera.wait(is_told, 'the diagnostics')
