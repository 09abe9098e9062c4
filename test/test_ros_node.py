"""The live node over real DDS: what comes out for good input, bad input and interruptions."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from rclpy.parameter import Parameter
from ros_harness import Gate, has_listener, image_message, live_node, peer, segmenter
from std_srvs.srv import Trigger

from time2general_ros.ros.statistics.stream_statistics import StreamStatistics

MS = 1_000_000
CHANNELS = {'rgb8': 3, 'bgr8': 3, 'rgba8': 4, 'bgra8': 4, 'mono8': 1}


def only(node):
    (snapshot,) = node.statistics.values()
    return snapshot


def memory_read(confidence):
    """Number of earlier frames that the stand-in engine read."""
    return confidence.data[0] // 102


def has_received(node, count):
    return lambda: only(node)['frames_in'] == count


def has_answered(node, count):
    return lambda: only(node)['frames_out'] == count


def padded(encoding, stamp_ns, value=40, height=24, width=30, padding=7):
    """Make an image of one value whose rows end in padding of another."""
    channels = CHANNELS[encoding]
    rows = np.full((height, width * channels + padding), 255, np.uint8)
    rows[:, : width * channels] = value
    message = image_message(stamp_ns)
    message.height, message.width, message.encoding = height, width, encoding
    message.step = rows.shape[1]
    message.data = array('B', rows.tobytes())
    return message


def test_every_encoding_is_answered_under_its_own_header_and_size():
    with live_node(segmenter()) as node, peer('mask', 'confidence') as camera:
        masks = {}
        for index, encoding in enumerate(CHANNELS):
            message = padded(encoding, (index + 1) * 33 * MS)
            mask = masks[encoding] = camera.ask(message)
            assert mask.header == message.header
            assert (mask.width, mask.height) == (30, 24)
            assert (mask.encoding, mask.step, mask.is_bigendian) == ('mono8', 30, 0)
            assert len(mask.data) == 30 * 24
        camera.wait(lambda: len(camera.received['confidence']) == len(CHANNELS))
        for mask, confidence in zip(masks.values(), camera.received['confidence'], strict=True):
            assert confidence.header == mask.header
            assert len(confidence.data) == len(mask.data)
        # All five show the same grey, and the padding is white.
        assert len({bytes(mask.data) for mask in masks.values()}) == 1
        camera.wait(has_answered(node, len(CHANNELS)))
        assert sum(only(node)['dropped'].values()) == 0


def test_the_mask_shows_the_pixels_of_the_image():
    pixels = np.zeros((24, 32, 3), np.uint8)
    pixels[:, 16:] = 200
    with live_node(segmenter()), peer('mask') as camera:
        mask = camera.ask(image_message(MS, pixels))
        ids = np.frombuffer(mask.data, np.uint8).reshape(24, 32)
        assert len(set(ids[:, :12].ravel())) == 1
        assert len(set(ids[:, 20:].ravel())) == 1
        assert ids[0, 0] != ids[0, 31]


def break_encoding(message):
    message.encoding = 'yuv9'


def break_size(message):
    message.height = message.width = 0


def break_data(message):
    message.data = message.data[:-1]


def break_step(message):
    message.step = message.width * 3 - 1


def break_stamp(message):
    message.header.stamp.sec = -5


@pytest.mark.parametrize(
    ('damage', 'reason', 'told'),
    [
        (break_encoding, 'encoding', ['yuv9', 'rgb8', 'image_proc']),
        (break_size, 'zero_size', ['0x0']),
        (break_data, 'short_data', ['24 rows of step 96']),
        (break_step, 'short_step', ['step is 95']),
        (break_stamp, 'stamp', ['sec=-5']),
    ],
)
def test_a_bad_image_is_counted_and_told_and_the_next_one_is_answered(damage, reason, told, capfd):
    with live_node(segmenter()) as node, peer('mask') as camera:
        camera.ask(image_message(33 * MS))
        bad = image_message(66 * MS)
        damage(bad)
        camera.send(bad)
        # Waited for, lest the next image supersedes it.
        camera.wait(lambda: only(node)['dropped']['bad_message'] == 1, 'the bad image is counted')
        answer = camera.ask(image_message(99 * MS))
        assert answer.header.stamp.nanosec == 99 * MS
        assert only(node)['bad_messages'] == {reason: 1}
        camera.wait(has_answered(node, 2))
        assert only(node)['frames_in'] == 3
    log = capfd.readouterr().err
    for text in ['/segmentation/image_raw', *told]:
        assert text in log


def deep(stamp_ns):
    """Make a grey picture in 10 of 16 bits, dark on the left and bright on the right."""
    grey = np.zeros((24, 32), '<u2')
    grey[:, 16:] = 800
    message = image_message(stamp_ns)
    message.encoding, message.step = 'mono16', 64
    message.data = array('B', grey.tobytes())
    return message


def test_samples_of_few_bits_are_nearly_black_which_is_told_until_the_bits_are_set(
    capfd, monkeypatch
):
    looks = []
    monkeypatch.setattr(StreamStatistics, 'looked', lambda _, is_dark: looks.append(is_dark))
    with live_node(segmenter()) as node, peer('mask') as camera:
        camera.ask(deep(33 * MS))
        camera.ask(deep(66 * MS))
        answer = node.set_parameters([Parameter('image_bits', value=10)])
        assert answer[0].successful
        mask = camera.ask(deep(99 * MS))
        assert len(set(mask.data)) > 1
    assert looks == [True, True, False]
    log = capfd.readouterr().err
    assert '[WARN]' in log
    assert '/segmentation/image_raw are nearly black' in log
    assert 'the parameter image_bits' in log


@pytest.mark.parametrize('bits', [7, 17])
def test_bits_that_no_sample_has_are_refused(bits):
    with live_node(segmenter()) as node:
        (answer,) = node.set_parameters([Parameter('image_bits', value=bits)])
        assert not answer.successful
        assert 'image_bits' in answer.reason


def test_a_backward_stamp_clears_the_memory_once():
    with live_node(segmenter()) as node, peer('confidence') as camera:
        stamps = (500 * MS, 533 * MS, 100 * MS, 133 * MS)
        depths = [memory_read(camera.ask(image_message(stamp), 'confidence')) for stamp in stamps]
        assert depths == [0, 1, 0, 1]
        camera.wait(has_answered(node, 4))
        assert only(node)['resets'] == {'backward_stamp': 1}


@pytest.mark.parametrize(('restart_ns', 'cause'), [(60_000 * MS, 'gap'), (MS, 'backward_stamp')])
def test_a_camera_that_stops_and_returns_is_answered_again(restart_ns, cause):
    with live_node(segmenter()) as node, peer('mask') as camera:
        camera.ask(image_message(500 * MS))
        camera.disconnect()
        camera.wait(lambda: node.count_publishers('image_raw') == 0, 'the camera is gone')
        camera.reconnect()
        answer = camera.ask(image_message(restart_ns))
        assert answer.header.stamp.sec == restart_ns // 10**9
        assert only(node)['resets'] == {cause: 1}


def test_the_newest_image_wins_and_every_other_is_counted():
    gate = Gate()
    with live_node(segmenter(gate)) as node, peer('mask') as camera:
        camera.send(image_message(1 * MS))
        camera.wait(gate.is_reached, 'the first image is being segmented')
        for index in range(2, 8):
            camera.send(image_message(index * MS))
            camera.wait(has_received(node, index), 'the image has arrived')
        gate.open()
        camera.wait(lambda: len(camera.received['mask']) == 2, 'the first and the newest')
        stamps = [mask.header.stamp.nanosec for mask in camera.received['mask']]
        assert stamps == [1 * MS, 7 * MS]
        camera.wait(has_answered(node, 2))
        assert only(node)['dropped']['superseded'] == 5
        assert only(node)['frames_in'] == 2 + sum(only(node)['dropped'].values())


def test_the_executor_answers_while_a_frame_is_in_hand():
    gate = Gate()
    with live_node(segmenter(gate)), peer('mask') as camera:
        camera.send(image_message(MS))
        camera.wait(gate.is_reached, 'the image is being segmented')
        assert camera.call(Trigger, 'time2general/reset_memory', Trigger.Request()).success
        gate.open()


def test_frames_left_at_shutdown_are_counted():
    gate = Gate()
    with live_node(segmenter(gate)) as node:
        with peer('mask') as camera:
            camera.send(image_message(1 * MS))
            camera.wait(gate.is_reached, 'the first image is being segmented')
            camera.send(image_message(2 * MS))
            camera.wait(has_received(node, 2), 'the second image waits')
        gate.open_when_closing(node)
    assert only(node)['dropped']['shutdown'] == 1
    assert only(node)['frames_in'] == only(node)['frames_out'] + 1


def test_an_engine_that_fails_loses_one_frame_only(capfd):
    gate = Gate(failures=1)
    gate.open()
    with live_node(segmenter(gate)) as node, peer('mask') as camera:
        camera.send(image_message(MS))
        camera.wait(lambda: only(node)['dropped']['failed'] == 1, 'the failure is counted')
        camera.ask(image_message(2 * MS))
        camera.wait(has_answered(node, 1))
    assert 'engine is out of order' in capfd.readouterr().err


def test_the_overlay_is_made_for_its_subscribers_only():
    with live_node(segmenter(), **{'overlay.alpha': 0.0}) as node, peer('mask') as camera:
        camera.ask(image_message(MS))
        camera.listen('overlay')
        message = image_message(2 * MS)
        camera.wait(lambda: has_listener(node, 'overlay'), 'the node knows the listener')
        overlay = camera.ask(message, 'overlay')
        assert overlay.header == message.header
        assert (overlay.encoding, overlay.step) == ('rgb8', 96)
        # At alpha 0 nothing of the colours is left.
        assert overlay.data == message.data
        assert len(camera.received['overlay']) == 1


def test_the_reset_service_clears_the_memory_before_the_next_frame():
    with live_node(segmenter()) as node, peer('confidence') as camera:
        camera.ask(image_message(33 * MS), 'confidence')
        assert camera.call(Trigger, 'time2general/reset_memory', Trigger.Request()).success
        assert memory_read(camera.ask(image_message(66 * MS), 'confidence')) == 0
        assert memory_read(camera.ask(image_message(99 * MS), 'confidence')) == 1
        assert only(node)['resets'] == {'request': 1}


def test_old_images_are_dropped_as_stale_when_asked_to():
    with live_node(segmenter(), stale_after_s=3600.0) as node, peer('mask') as camera:
        camera.send(image_message(MS))
        camera.wait(lambda: only(node)['dropped']['stale'] == 1, 'the old image is dropped')
        camera.ask(image_message(node.get_clock().now().nanoseconds))
        # How old it is nobody knows.
        camera.ask(image_message(0))
        camera.wait(has_answered(node, 2))
        assert only(node)['dropped']['stale'] == 1


def test_two_nodes_in_one_domain_keep_to_their_namespaces():
    with (
        live_node(segmenter(), namespace='front') as front,
        live_node(segmenter(), namespace='rear') as rear,
        peer('mask', namespace='front') as front_camera,
        peer('mask', namespace='rear') as rear_camera,
    ):
        front_camera.ask(image_message(MS, frame_id='front'))
        front_camera.ask(image_message(2 * MS, frame_id='front'))
        answer = rear_camera.ask(image_message(3 * MS, frame_id='rear'))
        assert answer.header.frame_id == 'rear'
        assert [m.header.frame_id for m in front_camera.received['mask']] == ['front'] * 2
        assert list(front.statistics) == ['/front/image_raw']
        front_camera.wait(has_answered(front, 2))
        rear_camera.wait(has_answered(rear, 1))
