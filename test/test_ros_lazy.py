"""Nothing is computed for nobody, and nothing is made that nobody takes."""

from __future__ import annotations

from ros_harness import ANSWERS, StandInPlan, has_listener, image_message, live_node, peer
from sensor_msgs.msg import CameraInfo

MS = 1_000_000
VOLATILE = {
    f'qos_overrides./segmentation/{topic}.publisher.durability': 'volatile' for topic in ANSWERS
}


def only(node):
    (snapshot,) = node.statistics.values()
    return snapshot


def listen(end, node, topic):
    """Subscribe as most do: to what is published from now on."""
    end.listen(topic, latched=False)
    end.wait(lambda: has_listener(node, topic), 'the node knows the listener')


def memory_read(confidence):
    return confidence.data[0] // 102


def test_without_a_subscriber_nothing_is_computed_and_every_image_is_counted():
    plan = StandInPlan()
    with live_node(plan, **VOLATILE) as node, peer() as camera:
        for index in range(1, 4):
            camera.send(image_message(index * MS))
        camera.wait(lambda: only(node)['dropped']['no_subscriber'] == 3, 'the images are counted')
        assert only(node)['state'] == 'no_subscriber'
        assert plan.engines[0].batches == []
        listen(camera, node, 'confidence')
        assert memory_read(camera.ask(image_message(4 * MS), 'confidence')) == 0
        camera.wait(lambda: only(node)['frames_out'] == 1)
        assert only(node)['frames_in'] == 4
        assert plan.engines[0].batches == [1]


def test_a_memory_that_is_kept_warm_helps_the_first_mask_of_a_subscriber():
    plan = StandInPlan()
    with live_node(plan, keep_memory_warm=True, **VOLATILE) as node, peer() as camera:
        for index in (1, 2):
            camera.send(image_message(index * MS))
            camera.wait(lambda n=index: only(node)['dropped']['no_subscriber'] == n)
        assert plan.engines[0].batches == [1, 1]
        assert only(node)['frames_out'] == 0
        listen(camera, node, 'confidence')
        assert memory_read(camera.ask(image_message(3 * MS), 'confidence')) == 2


def test_only_what_is_subscribed_to_is_published():
    with live_node(StandInPlan(), **VOLATILE) as node, peer() as camera:
        listen(camera, node, 'overlay')
        sent = dict.fromkeys(ANSWERS, 0)
        for publisher in node.publishers:
            topic = publisher.topic_name.rpartition('/')[2]
            if topic in sent:
                publish = publisher.publish

                def count(message, topic=topic, publish=publish):
                    sent[topic] += 1
                    publish(message)

                publisher.publish = count
        camera.ask(image_message(MS), 'overlay')
        assert sent == {'mask': 0, 'confidence': 0, 'overlay': 1}


def test_who_subscribes_to_the_calibration_alone_gets_it():
    remapping = ('--ros-args', '-r', 'image_raw:=/cam/image_raw')
    settings = {**VOLATILE, 'qos_overrides./cam/image_raw.subscription.reliability': 'reliable'}
    with (
        live_node(StandInPlan(), arguments=remapping, **settings) as node,
        peer(namespace='cam') as camera,
    ):
        driver = camera.node.create_publisher(CameraInfo, 'camera_info', 10)
        camera.wait(lambda: driver.get_subscription_count() > 0, 'the node subscribes')
        camera.listen('/segmentation/camera_info', CameraInfo, latched=False)
        camera.wait(lambda: has_listener(node, 'camera_info'), 'the node knows the listener')
        stamps = iter(range(MS, 10**12, MS))

        def is_answered():
            driver.publish(CameraInfo(width=32, height=24))
            camera.send(image_message(next(stamps)))
            return bool(camera.received['/segmentation/camera_info'])

        camera.wait(is_answered, 'the calibration')
        assert camera.received['/segmentation/camera_info'][0].width == 32
        assert only(node)['dropped']['no_subscriber'] == 0
