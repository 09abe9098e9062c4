"""What a replay takes as its source, and how little of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from replay_samples import (
    COMPRESSED,
    IMAGE,
    MASK,
    TOPIC,
    call,
    picture,
    png,
    results,
    rgb_message,
    rows,
    stamp,
    truth,
    write_drive,
    write_folder,
)
from rosbags.typesys.stores.ros2_jazzy import sensor_msgs__msg__CameraInfo as CameraInfo
from rosbags.typesys.stores.ros2_jazzy import (
    sensor_msgs__msg__RegionOfInterest as RegionOfInterest,
)
from rosbags.typesys.stores.ros2_jazzy import std_msgs__msg__String as String

from time2general_ros.bags.image_messages import compressed_message, header, mono8_message
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.typestore import load_typestore
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli.main import main
from time2general_ros.replay.sources.open_source import SourceOptions, open_source
from time2general_ros.replay.sources.source import Picture
from time2general_ros.replay.sources.window import Window

VIDEO = 'foxglove_msgs/msg/CompressedVideo'
FFMPEG = 'ffmpeg_image_transport_msgs/msg/FFMPEGPacket'
H264 = '/camera/front/image_raw/h264'


def encoded(codec: str, count: int = 20, group: int = 8) -> list[bytes]:
    """Encode a drive in Annex B, one packet each."""
    context = av.CodecContext.create(codec, 'w')
    context.width, context.height, context.pix_fmt = 80, 48, 'yuv420p'
    context.time_base, context.gop_size, context.max_b_frames = Fraction(1, 10), group, 0
    quiet = {'x265-params': 'log-level=none:repeat-headers=1:bframes=0'}
    context.options = {'tune': 'zerolatency', **(quiet if codec == 'libx265' else {})}
    packets: list[bytes] = []
    for index in range(count):
        frame = av.VideoFrame.from_ndarray(picture(index), 'rgb24')
        frame.pts = index
        packets += map(bytes, context.encode(frame))
    return [*packets, *map(bytes, context.encode(None))]


def video_message(kind: str, index: int, data: bytes, codec: str) -> object:
    types = load_typestore().types
    stamped = header(stamp(index), 'front')
    payload = np.frombuffer(data, np.uint8)
    if kind == VIDEO:
        return types[VIDEO](timestamp=stamped.stamp, frame_id='front', data=payload, format=codec)
    return types[FFMPEG](
        header=stamped,
        width=80,
        height=48,
        encoding=codec,
        pts=index,
        flags=0,
        is_bigendian=False,
        data=payload,
    )


def write_video(path: Path, packets: list[bytes], kind: str = VIDEO, codec: str = 'h264') -> Path:
    with BagWriter(path) as writer:
        for index, data in enumerate(packets):
            writer.write(H264, kind, stamp(index), video_message(kind, index, data, codec))
    return path


@pytest.mark.parametrize(
    ('kind', 'codec', 'encoder'),
    [
        (VIDEO, 'h264', 'libx264'),
        (VIDEO, 'h265', 'libx265'),
        (FFMPEG, 'libx264', 'libx264'),
        (FFMPEG, 'hevc_nvenc;yuv420p;bgr8;bgr8', 'libx265'),
    ],
)
def test_packets_of_video_are_segmented_with_their_stamps(tmp_path, kind, codec, encoder):
    bag = write_video(tmp_path / 'drive.mcap', encoded(encoder), kind, codec)
    assert call(bag, '--out', tmp_path / 'out') == 0
    listed = rows(tmp_path / 'out')
    assert [row['stamp_ns'] for row in listed] == [stamp(index) for index in range(20)]
    assert [row['message'] for row in listed] == list(range(20))
    assert {row['refused'] for row in listed} == {None}


def test_a_stream_that_begins_inside_a_group_tells_what_cannot_be_decoded(tmp_path, capsys):
    bag = write_video(tmp_path / 'drive.mcap', encoded('libx264')[3:])
    assert call(bag, '--out', tmp_path / 'out') == 3
    read = results(tmp_path / 'out')
    (topic,) = read['sources'][0]['topics']
    assert (topic['frames_in'], topic['frames_out'], topic['bad']) == (17, 12, {'no_keyframe': 5})
    assert not read['complete']
    assert 'begins inside a group of pictures' in capsys.readouterr().err
    assert call(bag, '--out', tmp_path / 'late', '--start', '1.0', '--every', 2) == 0
    assert [row['message'] for row in rows(tmp_path / 'late')] == [10, 12, 14, 16]


def test_a_damaged_packet_costs_its_group(tmp_path):
    packets = encoded('libx264')
    packets[10] = packets[10][:5] + b'\xff' * (len(packets[10]) - 5)
    bag = write_video(tmp_path / 'drive.mcap', packets)
    assert call(bag, '--out', tmp_path / 'out') in (0, 3)
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    assert topic['frames_in'] == 20 == topic['frames_out'] + sum(topic['bad'].values())


def test_a_codec_that_is_not_read_is_told(tmp_path, capsys):
    bag = write_video(tmp_path / 'drive.mcap', [b'\0\0\1x'] * 3, codec='av1')
    assert call(bag, '--out', tmp_path / 'out') == 1
    error = capsys.readouterr().err
    assert "the codec 'av1' is not read; read are H.264 and H.265" in error
    assert not (tmp_path / 'out').exists()


def test_a_video_file_and_a_folder_of_images_are_sources(tmp_path):
    video = tmp_path / 'my drive.mp4'
    with av.open(str(video), 'w') as container:
        stream = container.add_stream('libx264', rate=10)
        stream.width, stream.height, stream.pix_fmt = 80, 48, 'yuv420p'
        for index in range(12):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index), 'rgb24')))
        container.mux(stream.encode())
    images, maps = tmp_path / 'images', tmp_path / 'maps'
    images.mkdir()
    maps.mkdir()
    for index in range(12):
        (images / f'frame_{index:04}.png').write_bytes(png(picture(index)[..., ::-1]))
        (maps / f'frame_{index:04}.png').write_bytes(png(truth(index)))
    out = tmp_path / 'out'
    assert call(video, images, '--out', out, '--rate', 10, '--labels', maps) == 0
    first, second = results(out)['sources']
    assert (first['kind'], second['kind']) == ('video', 'images')
    assert first['topics'][0]['mask_topic'] == '/my_drive/segmentation/mask'
    assert second['topics'][0]['mask_topic'] == '/images/segmentation/mask'
    assert {row['stamp_ns'] for row in rows(out)} == {index * 10**8 for index in range(12)}
    assert all(row['labelled'] for row in rows(out))
    assert {row['reset'] for row in rows(out)} == {None}


def test_several_topics_have_memories_of_their_own(tmp_path):
    topics = ['/left/image', '/right/image']
    both = write_drive(tmp_path / 'both.mcap', 12, topics)
    assert call(both, '--out', tmp_path / 'both') == 0
    for topic in topics:
        assert call(both, '--out', tmp_path / 'one.mcap', '--topic', topic, '--overwrite') == 0
        name = f'{topic.rpartition("/")[0]}/segmentation/mask'
        with (
            BagReader(tmp_path / 'both' / 'masks.mcap') as a,
            BagReader(tmp_path / 'one.mcap') as b,
        ):
            assert [raw.data for raw in a.raw_messages(name)] == [
                raw.data for raw in b.raw_messages(name)
            ]
    assert [row['topic'] for row in rows(tmp_path / 'both')] == topics * 12


def test_a_part_of_a_recording_is_chosen_by_time_and_number(tmp_path):
    bag = write_drive(tmp_path / 'drive.mcap')
    for options, messages in (
        (['--start', 1, '--end', 2], range(10, 20)),
        (['--start', stamp(15) / 1e9, '--every', 4], range(15, 24, 4)),
        (['--every', 10], range(0, 24, 10)),
    ):
        assert call(bag, '--out', tmp_path / 'out', *options) == 0
        assert [row['message'] for row in rows(tmp_path / 'out')] == list(messages)


def test_label_maps_are_found_by_rounded_times(tmp_path):
    maps = tmp_path / 'maps'
    maps.mkdir()
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(4):
            taken = stamp(index) + 123_456_789
            message = compressed_message(png(picture(index)), 'png', taken, 'front')
            writer.write(TOPIC, COMPRESSED, taken, message)
            # Microseconds, and none of the third image.
            if index != 2:
                (maps / f'{taken // 1000}.png').write_bytes(png(truth(index)))
    items = open_source(str(bag), SourceOptions(labels=str(maps))).items()
    found = [one.labels for one in items if isinstance(one, Picture)]
    assert [labels is None for labels in found] == [False, False, True, False]
    for index in (0, 1, 3):
        np.testing.assert_array_equal(found[index], truth(index))


def test_every_nth_image_counts_inside_of_the_window(tmp_path):
    for name in 'ab':
        for index in range(12):
            file = tmp_path / 'images' / f'{name}_{index:04}.png'
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(png(picture(index)))

    def messages(source: object, start: float, end: float, every: int) -> list[int]:
        options = SourceOptions(window=Window(start, end, every), rate_hz=10)
        items = open_source(str(source), options).items()
        return [one.message for one in items if isinstance(one, Picture)]

    images = tmp_path / 'images'
    assert messages(images, 0.3, 1.0, 5) == [3, 8]
    assert messages(images, 0.1, 0.3, 5) == [1]
    # Each sequence has a first image of its own.
    assert messages(images, 0.9, 9.0, 5) == [9, 12, 17, 22]
    data = write_folder(tmp_path / 'data', range(12))
    for index in (*range(5), *range(6, 12)):
        (data / 'val' / 'labels' / f'drive_{stamp(index)}.png').unlink()
    # The labelled frame is among them.
    assert messages(f'folder:{data}', 0.1, 1.0, 3) == [2, 5, 8]
    assert messages(f'folder:{data}', 0.6, 1.0, 3) == [6, 9]


def test_sources_of_equal_topics_are_told_apart_in_the_bag(tmp_path):
    for name in 'ab':
        write_drive(tmp_path / f'{name}.mcap', 6)
    assert call(tmp_path / 'a.mcap', tmp_path / 'b.mcap', '--out', tmp_path / 'out') == 0
    read = results(tmp_path / 'out')
    names = [source['topics'][0]['mask_topic'] for source in read['sources']]
    assert names == [f'/a_mcap{MASK}', f'/b_mcap{MASK}']
    assert read['totals']['frames_in'] == 12
    with BagReader(tmp_path / 'out' / 'masks.mcap') as reader:
        assert [reader.topics[name].count for name in names] == [6, 6]


def write_with(path: Path, topic: str, name: str, msgtype: str, make) -> Path:
    with BagWriter(path) as writer:
        for index in range(4):
            writer.write(topic, COMPRESSED, stamp(index), rgb_message(index))
            writer.write(name, msgtype, stamp(index), make(index))
    return path


def text(index: int) -> String:
    return String(data=f'{index}')


def label(index: int) -> object:
    return mono8_message(truth(index), stamp(index), 'front')


def types_of(bag: Path) -> dict[str, str]:
    with BagReader(bag) as reader:
        return {name: info.msgtype for name, info in reader.topics.items()}


@pytest.mark.parametrize('out', ['out', 'out.mcap'])
def test_what_the_replay_writes_itself_is_no_copy(tmp_path, capsys, out):
    bag = write_with(tmp_path / 'drive.mcap', TOPIC, MASK, IMAGE, label)
    common = [bag, '--topic', TOPIC, '--out', tmp_path / out]
    assert call(*common, '--copy', MASK) == 1
    assert f'{MASK}: the replay writes this topic itself; leave it out' in capsys.readouterr().err
    assert not (tmp_path / out).exists()
    assert call(*common, '--copy', 'all') == 0
    assert f'note: {bag}: not copied, as the replay writes' in capsys.readouterr().err


def test_diagnostics_are_copied_to_a_bag_alone(tmp_path, capsys):
    bag = write_with(tmp_path / 'a.mcap', TOPIC, '/diagnostics', 'std_msgs/msg/String', text)
    assert call(bag, '--out', tmp_path / 'out', '--copy', '/diagnostics') == 1
    assert '/diagnostics: the replay writes this topic itself' in capsys.readouterr().err
    assert call(bag, '--out', tmp_path / 'out', '--copy', 'all') == 0
    masks = types_of(tmp_path / 'out' / 'masks.mcap')
    assert masks['/diagnostics'] == 'diagnostic_msgs/msg/DiagnosticArray'
    assert call(bag, '--out', tmp_path / 'out.mcap', '--copy', 'all') == 0
    assert types_of(tmp_path / 'out.mcap')['/diagnostics'] == 'std_msgs/msg/String'


@pytest.mark.parametrize(
    'options',
    [['--copy', '/x', '--copy', '/x'], ['--copy', '/x', '/x', TOPIC], ['--copy', '/x', 'all']],
)
def test_a_topic_that_is_named_twice_is_copied_once(tmp_path, options):
    bag = write_with(tmp_path / 'drive.mcap', TOPIC, '/x', 'std_msgs/msg/String', text)
    twice = ['--topic', TOPIC, '--topic', TOPIC]
    assert call(bag, *options, *twice, '--out', tmp_path / 'out.mcap') == 0
    with BagReader(tmp_path / 'out.mcap') as reader:
        assert {'/x', MASK} < reader.topics.keys()
        assert {info.count for info in reader.topics.values()} <= {1, 4}
        assert (TOPIC in reader.topics) == (options[-1] != '/x')


def test_copies_of_two_sources_do_not_meet(tmp_path):
    left, right = '/left/image', '/right/image'
    a = write_with(tmp_path / 'a.mcap', left, '/x', 'std_msgs/msg/String', text)
    b = write_with(tmp_path / 'b.mcap', right, '/x', IMAGE, label)
    c = write_with(tmp_path / 'c.mcap', right, '/left/segmentation/mask', IMAGE, label)
    assert call(a, b, '--out', tmp_path / 'apart') == 0
    assert '/left/segmentation/mask' in types_of(tmp_path / 'apart' / 'masks.mcap')
    assert call(a, b, '--out', tmp_path / 'ab', '--copy', '/x') == 0
    masks = types_of(tmp_path / 'ab' / 'masks.mcap')
    assert (masks['/a_mcap/x'], masks['/b_mcap/x']) == ('std_msgs/msg/String', IMAGE)
    assert '/b_mcap/right/segmentation/mask' in masks
    assert call(a, c, '--out', tmp_path / 'ac', '--copy', 'all') == 0
    masks = types_of(tmp_path / 'ac' / 'masks.mcap')
    assert {'/a_mcap/left/segmentation/mask', '/c_mcap/left/segmentation/mask'} < masks.keys()


def test_results_name_the_topic_in_which_the_masks_lie(tmp_path):
    bag = write_drive(tmp_path / 'drive.mcap', 6)
    for masks, end in (('raw', ''), ('png', '/compressed')):
        out = tmp_path / masks
        assert call(bag, '--out', out, '--masks', masks, '--memory', 'both') == 0
        (topic,) = results(out)['sources'][0]['topics']
        assert topic['mask_topic'] == MASK + end
        assert types_of(out / 'masks.mcap').keys() >= {MASK + end, f'{MASK}_memory_off{end}'}
    # They are found by that name in both memory modes.
    page = tmp_path / 'page.html'
    assert main(['compare', f'{tmp_path}/png:off', f'{tmp_path}/png', '--page', str(page)]) == 0
    assert page.exists()


@pytest.mark.parametrize('out', ['out', 'out.mcap'])
def test_masks_of_two_topics_are_not_mixed(tmp_path, capsys, out):
    topics = ['/camera/image_raw', '/camera/image_raw/compressed']
    bag = write_drive(tmp_path / 'drive.mcap', 4, topics)
    chosen = [argument for topic in topics for argument in ('--topic', topic)]
    assert call(bag, *chosen, '--out', tmp_path / out) == 1
    assert 'would both go to /camera/segmentation/mask' in capsys.readouterr().err
    assert not (tmp_path / out).exists()


def test_topics_are_copied_as_they_are(tmp_path):
    plumb = CameraInfo(
        header=header(stamp(0), 'front'),
        height=48,
        width=80,
        distortion_model='plumb_bob',
        d=np.zeros(5),
        k=np.zeros(9),
        r=np.zeros(9),
        p=np.zeros(12),
        binning_x=0,
        binning_y=0,
        roi=RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(8):
            writer.write('/chatter', 'std_msgs/msg/String', stamp(index), String(data=f'{index}'))
            writer.write(TOPIC, COMPRESSED, stamp(index), rgb_message(index))
            info = '/camera/front/camera_info'
            writer.write(info, 'sensor_msgs/msg/CameraInfo', stamp(index), plumb)
            live = mono8_message(truth(index), stamp(index), 'front')
            writer.write(MASK, IMAGE, stamp(index), live)
    assert call(bag, '--topic', TOPIC, '--out', tmp_path / 'out', '--copy', 'all') == 0
    with BagReader(bag) as source, BagReader(tmp_path / 'out' / 'masks.mcap') as reader:
        for name in ('/chatter', TOPIC, '/camera/front/camera_info'):
            assert list(source.raw_messages(name)) == list(reader.raw_messages(name))
        beside = '/camera/front/segmentation/camera_info'
        assert reader.topics[beside].count == 8
        assert reader.topics[MASK].count == 8
