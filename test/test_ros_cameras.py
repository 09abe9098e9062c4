"""Several cameras in one process: each as if alone, and none held up by another."""

from __future__ import annotations

from contextlib import ExitStack
import threading

import numpy as np
import pytest
from ros_harness import (
    Gate,
    StandInPlan,
    has_listener,
    image_message,
    live_node,
    peer,
    ros_context,
    segmenter,
)
from sensor_msgs.msg import CameraInfo
from std_srvs.srv import SetBool, Trigger

MS = 1_000_000
S = 1_000 * MS
SPACE = 'segmentation'


def camera_peer(name, *topics):
    return peer(*(f'segmentation/{topic}' for topic in topics), namespace=f'{SPACE}/{name}')


def counters(node, name):
    return node.statistics[f'/{SPACE}/{name}/image_raw']


def memory_read(confidence):
    return confidence.data[0] // 102


def accounted(snapshot):
    return (
        snapshot['frames_out'] + sum(snapshot['dropped'].values()) + snapshot['in_flight']
        == snapshot['frames_in']
    )


def drive(size, rate_hz, start_ns, frames, seed):
    """Make the images of a camera that has a size, a rate, a clock and a view of its own."""
    noise = np.random.default_rng(seed)
    height, width = size
    return [
        image_message(
            start_ns + round(index * S / rate_hz),
            noise.integers(0, 256, (height, width, 3), np.uint8),
        )
        for index in range(frames)
    ]


CAMERAS = {
    'front': drive((24, 32), 30.0, 10**18, 6, 1),
    # A clock that started with the driver.
    'left': drive((48, 64), 10.0, 5 * MS, 4, 2),
    'right': drive((31, 45), 15.0, 10**18 + 7 * MS, 5, 3),
    # Too slow for the memory to be kept.
    'rear/top': drive((40, 24), 0.5, 10**17, 3, 4),
}


def answers_of(message_sets, batch):
    """Send the images of each camera, in turns, and give the masks and what memory they read."""
    names = list(message_sets)
    with (
        live_node(StandInPlan(batch=batch), cameras=names) as node,
        ExitStack() as ends,
    ):
        cameras = {
            name: ends.enter_context(camera_peer(name, 'mask', 'confidence')) for name in names
        }
        for turn in range(max(map(len, message_sets.values()))):
            sent = [name for name in names if turn < len(message_sets[name])]
            for name in sent:
                cameras[name].send(message_sets[name][turn])
            for name in sent:
                received = cameras[name].received['segmentation/confidence']
                cameras[name].wait(
                    lambda r=received, n=turn: len(r) == n + 1, f'an answer to {name}'
                )
        for name in names:
            masks = cameras[name].received['segmentation/mask']
            cameras[name].wait(lambda n=name, m=masks: len(m) == len(message_sets[n]))
            assert accounted(counters(node, name))
        return {
            name: [
                (mask.header, mask.width, mask.height, bytes(mask.data), memory_read(confidence))
                for mask, confidence in zip(
                    cameras[name].received['segmentation/mask'],
                    cameras[name].received['segmentation/confidence'],
                    strict=True,
                )
            ]
            for name in names
        }


def test_cameras_of_different_rates_and_sizes_get_the_masks_that_they_get_alone():
    alone = {name: answers_of({name: images}, 1)[name] for name, images in CAMERAS.items()}
    assert answers_of(CAMERAS, 1) == alone
    assert answers_of(CAMERAS, 4) == alone
    depths = {name: [answer[4] for answer in answers] for name, answers in alone.items()}
    assert depths['front'] == [0, 1, 2, 2, 2, 2]
    assert depths['rear/top'] == [0, 0, 0]


def test_cameras_that_wait_together_are_answered_in_one_step():
    gate = Gate()
    plan = StandInPlan(gate, batch=2)
    names = ['front', 'left', 'right']
    with live_node(plan, cameras=names) as node, ExitStack() as ends:
        cameras = {name: ends.enter_context(camera_peer(name, 'mask')) for name in names}
        cameras['front'].send(image_message(MS))
        cameras['front'].wait(gate.is_reached, 'the first image is being segmented')
        for name in ('right', 'left', 'front'):
            cameras[name].send(image_message(2 * MS))
            count = 2 if name == 'front' else 1
            cameras[name].wait(lambda n=name, c=count: counters(node, n)['frames_in'] == c)
        gate.open()
        for name, count in (('front', 2), ('left', 1), ('right', 1)):
            masks = cameras[name].received['segmentation/mask']
            cameras[name].wait(lambda m=masks, c=count: len(m) == c, f'the masks of {name}')
        assert plan.engines[0].batches == [1, 2, 1]


@pytest.mark.parametrize('batch', [1, 2])
def test_a_bad_message_of_one_camera_loses_no_frame_of_another(batch):
    gate = Gate()
    with (
        live_node(StandInPlan(gate, batch), cameras=['front', 'left']) as node,
        camera_peer('front', 'mask') as front,
        camera_peer('left', 'mask') as left,
    ):
        front.send(image_message(MS))
        front.wait(gate.is_reached, 'the first image is being segmented')
        bad = image_message(2 * MS)
        bad.encoding = 'yuv9'
        front.send(bad)
        front.wait(lambda: counters(node, 'front')['frames_in'] == 2)
        left.send(image_message(2 * MS))
        left.wait(lambda: counters(node, 'left')['frames_in'] == 1)
        gate.open()
        left.wait(lambda: bool(left.received['segmentation/mask']), 'the mask of the other')
        front.wait(lambda: counters(node, 'front')['bad_messages'] == {'encoding': 1})


def test_an_engine_that_fails_in_a_batch_answers_the_cameras_one_by_one():
    failures = [RuntimeError('too many at once')]
    entered, leave = threading.Event(), threading.Event()

    def gate():
        entered.set()
        assert leave.wait(60.0)
        if plan.engines[0].batches[-1] == 2 and failures:
            raise failures.pop()

    plan = StandInPlan(gate, batch=2)
    with (
        live_node(plan, cameras=['front', 'left']) as node,
        camera_peer('front', 'mask') as front,
        camera_peer('left', 'mask') as left,
    ):
        front.send(image_message(MS))
        front.wait(entered.is_set, 'the first image is being segmented')
        front.send(image_message(2 * MS))
        left.send(image_message(2 * MS))
        front.wait(lambda: counters(node, 'front')['frames_in'] == 2)
        left.wait(lambda: counters(node, 'left')['frames_in'] == 1)
        leave.set()
        front.wait(lambda: len(front.received['segmentation/mask']) == 2)
        left.wait(lambda: len(left.received['segmentation/mask']) == 1)
        assert plan.engines[0].batches == [1, 2, 1, 1]
        assert not failures


def test_a_camera_that_dies_holds_up_no_other_and_is_told(capfd):
    with (
        live_node(segmenter(), cameras=['front', 'left'], no_image_warning_s=0.3) as node,
        camera_peer('front', 'mask') as front,
        camera_peer('left', 'confidence') as left,
    ):
        front.ask(image_message(MS), 'segmentation/mask')
        left.ask(image_message(MS), 'segmentation/confidence')
        front.disconnect()
        front.wait(lambda: node.count_publishers('front/image_raw') == 0, 'the camera is gone')
        depths = [
            memory_read(left.ask(image_message(n * MS), 'segmentation/confidence'))
            for n in range(2, 40)
        ]
        assert depths == [1, *[2] * 37]
        dead = '/segmentation/front/image_raw, publishers: 0'
        said = []

        def is_told():
            said.append(capfd.readouterr().err)
            left.ask(image_message((40 + len(said)) * MS), 'segmentation/confidence')
            return dead in ''.join(said)

        left.wait(is_told, 'the warning')
        front.reconnect()
        assert front.ask(image_message(9 * S), 'segmentation/mask').header.stamp.sec == 9
        assert counters(node, 'front')['resets'] == {'gap': 1}
        assert counters(node, 'left')['resets'] == {}


def enable(end, name, value):
    return end.call(SetBool, name, SetBool.Request(data=value))


def test_each_camera_can_be_switched_off_and_all_at_once():
    node_name = f'/{SPACE}/time2general'
    with (
        live_node(segmenter(), cameras=['front', 'left']) as node,
        camera_peer('front', 'mask') as front,
        camera_peer('left', 'mask') as left,
    ):
        answer = enable(front, f'{node_name}/front/enable', value=False)
        assert answer.success
        assert answer.message.endswith(': 1')
        front.send(image_message(MS))
        front.wait(lambda: counters(node, 'front')['dropped']['disabled'] == 1)
        left.ask(image_message(MS), 'segmentation/mask')
        assert enable(front, f'{node_name}/enable', value=False).message.endswith(': 2')
        left.send(image_message(2 * MS))
        left.wait(lambda: counters(node, 'left')['dropped']['disabled'] == 1)
        assert enable(front, f'{node_name}/enable', value=True).success
        front.ask(image_message(3 * MS), 'segmentation/mask')
        left.ask(image_message(3 * MS), 'segmentation/mask')
        assert counters(node, 'front')['state'] == 'active'


def test_the_memory_of_one_camera_is_cleared_alone():
    with (
        live_node(segmenter(), cameras=['front', 'left']) as node,
        camera_peer('front', 'confidence') as front,
        camera_peer('left', 'confidence') as left,
    ):
        for end in (front, left):
            end.ask(image_message(MS), 'segmentation/confidence')
        name = f'/{SPACE}/time2general/front/reset_memory'
        assert front.call(Trigger, name, Trigger.Request()).success
        depths = [
            memory_read(end.ask(image_message(2 * MS), 'segmentation/confidence'))
            for end in (front, left)
        ]
        assert depths == [0, 1]
        assert counters(node, 'front')['resets'] == {'request': 1}
        assert counters(node, 'left')['resets'] == {}


def test_services_before_the_configuration_say_what_to_do():
    with live_node(segmenter(), autostart=False), peer(connect=False) as end:
        answer = end.call(Trigger, 'time2general/reset_memory', Trigger.Request())
        assert not answer.success
        assert 'configure' in answer.message


def test_the_calibration_is_published_beside_the_mask_with_its_stamp():
    reliable = 'qos_overrides./segmentation/front/{}.{}'
    settings = {
        reliable.format('camera_info', 'subscription.reliability'): 'reliable',
        reliable.format('segmentation/camera_info', 'publisher.durability'): 'transient_local',
    }
    with (
        live_node(segmenter(), cameras=['front'], **settings) as node,
        camera_peer('front', 'mask') as front,
    ):
        driver = front.node.create_publisher(CameraInfo, 'camera_info', 10)
        front.wait(lambda: driver.get_subscription_count() > 0, 'the node subscribes')
        front.listen('segmentation/camera_info', CameraInfo)
        front.wait(lambda: has_listener(node, 'front/segmentation/camera_info'), 'the listener')
        # Without calibration there are masks all the same.
        front.ask(image_message(MS), 'segmentation/mask')
        info = CameraInfo(width=32, height=24, k=[float(value) for value in range(9)])
        info.header.stamp.sec = 1
        driver.publish(info)

        def is_answered():
            stamp = MS * (2 + len(front.received['segmentation/mask']))
            front.ask(image_message(stamp), 'segmentation/mask')
            return bool(front.received['segmentation/camera_info'])

        front.wait(is_answered, 'the calibration')
        mask = front.received['segmentation/mask'][-1]
        front.wait(
            lambda: front.received['segmentation/camera_info'][-1].header == mask.header,
            'the calibration of the newest mask',
        )
        answer = front.received['segmentation/camera_info'][-1]
        assert (answer.width, answer.height, list(answer.k)) == (32, 24, list(info.k))


def test_a_driver_whose_calibration_lies_beside_the_mask_is_left_alone():
    with live_node(segmenter()) as node, ros_context():
        assert node.count_publishers('camera_info') == 0
        assert node.count_subscribers('camera_info') == 0
