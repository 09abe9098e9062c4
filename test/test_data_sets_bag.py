from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.image_messages import compressed_message, image_message, mono8_message
from time2general_ros.bags.label_info import MSGTYPE, recorded_label_info
from time2general_ros.bags.synthesize import IMAGE_TOPIC, TRUTH_TOPIC, DriveOptions, synthesize
from time2general_ros.bags.typestore import load_typestore
from time2general_ros.bags.writer import BagWriter
from time2general_ros.data.labelled_video import DataError, labelled_frames
from time2general_ros.data.specs import open_data
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.description import read_label_set
from time2general_ros.messages.encode import mono8_fields
from time2general_ros.synthetic.drive import Drive

IMAGE, MASK = '/cam/image_raw', '/cam/segmentation/mask'
RAW, PNG = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
SIZE = (8, 10)
STEP = 100_000_000
START = 1_790_000_000_000_000_000


def ids(i: int) -> np.ndarray:
    pixels = np.zeros(SIZE, np.uint8)
    pixels[:, : i + 1] = 1
    pixels[0] = 255
    return pixels


def png(pixels: np.ndarray, kind: str = '.png') -> bytes:
    return cv2.imencode(kind, pixels)[1].tobytes()


def bag(path: Path, frames=range(4), *, labels=None, mask=None, classes=None, stamps=None) -> Path:
    """Write grey images, and masks of some of them."""
    with BagWriter(path) as writer:
        for i in frames:
            log_ns = START + i * STEP
            stamp = log_ns if stamps is None else stamps(i)
            image = np.full((*SIZE, 3), 50 * i % 250, np.uint8)
            message = compressed_message(png(image), 'png', stamp, 'cam')
            writer.write(IMAGE, PNG, log_ns, message)
            if labels is None or i in labels:
                message = mono8_message(ids(i), stamp, 'cam') if mask is None else mask(i, stamp)
                kind = RAW if hasattr(message, 'encoding') else PNG
                writer.write(MASK, kind, log_ns, message)
        if classes:
            named = read_label_set(classes, 'here')
            info = recorded_label_info(load_typestore(), named, START)
            writer.write('/cam/segmentation/label_info', MSGTYPE, START, info, latched=True)
    return path


def spec(path: Path, extra: str = f'?image={IMAGE}&labels={MASK}') -> str:
    return f'bag:{path}{extra}'


def test_a_synthetic_drive_is_read_as_it_was_rendered(tmp_path):
    path = tmp_path / 'drive.mcap'
    options = DriveOptions(seconds=0.3, rate_hz=10, size=(48, 64), seed=3)
    synthesize(options, path)
    data = open_data(f'bag:{path}?image={IMAGE_TOPIC}&labels={TRUTH_TOPIC}', 'val')
    assert data.label_set == street_labels()
    (video,) = data.videos
    assert (len(video), labelled_frames(video)) == (3, [0, 1, 2])
    drive = Drive(3, (48, 64), rate_hz=10)
    for i in (2, 0, 1):
        true = drive.render(i / 10)
        frame = video.frame(i)
        assert np.array_equal(frame.labels, true.labels)
        assert frame.stamp_ns == video.stamp_ns(i) == true.stamp_ns
        assert np.abs(frame.image.astype(int) - true.image).mean() < 12


def test_masks_of_another_bag_teach_and_name_their_classes(tmp_path):
    images = bag(tmp_path / 'drive.mcap', labels=())
    masks = bag(tmp_path / 'masks', labels=(1, 3), classes=['soil', 'crop'])
    data = open_data(spec(images, f'?labels={MASK}&labels_bag={masks}'), 'any')
    assert data.label_set.classes == ('soil', 'crop')
    (video,) = data.videos
    assert (len(video), labelled_frames(video)) == (4, [1, 3])
    assert np.array_equal(video.frame(3).labels, ids(3))
    assert (video.frame(2).labels == 255).all()
    assert data.notes == {}


def test_the_only_other_topic_holds_the_images(tmp_path):
    path = bag(tmp_path / 'a.mcap')
    assert len(open_data(spec(path, f'?labels={MASK}'), 'val').videos[0]) == 4
    with pytest.raises(BagError, match='several image topics'):
        open_data(spec(path, ''), 'val')
    images = bag(tmp_path / 'b.mcap', labels=())
    assert labelled_frames(open_data(spec(images, ''), 'val').videos[0]) == []


def test_classes_can_be_said(tmp_path):
    path = bag(tmp_path / 'a.mcap', classes=['soil', 'crop'])
    (tmp_path / 'own.txt').write_text('ground\nplant\nsky\n', 'utf-8')
    data = open_data(spec(path, f'?labels={MASK}&classes={tmp_path / "own.txt"}'), 'val')
    assert data.label_set.classes == ('ground', 'plant', 'sky')


def wide(i, stamp):
    fields = mono8_fields(ids(i)) | {
        'encoding': 'mono16',
        'step': 2 * SIZE[1],
        'data': ids(i).astype('<u2').tobytes(),
    }
    return image_message(fields, stamp, 'cam')


def as_png(i, stamp):
    return compressed_message(png(ids(i)), 'png', stamp, 'cam')


def as_wide_png(i, stamp):
    return compressed_message(png(ids(i).astype(np.uint16)), '16UC1; png compressed', stamp, 'c')


@pytest.mark.parametrize('mask', [wide, as_png, as_wide_png])
def test_labels_of_other_encodings(tmp_path, mask):
    data = open_data(spec(bag(tmp_path / 'a.mcap', mask=mask)), 'val')
    assert np.array_equal(data.videos[0].frame(2).labels, ids(2))


def test_frames_without_stamps_go_by_their_log_times(tmp_path):
    data = open_data(spec(bag(tmp_path / 'a.db3', stamps=lambda i: 0)), 'val')
    (video,) = data.videos
    assert [video.stamp_ns(i) for i in range(4)] == [START + i * STEP for i in range(4)]
    assert np.array_equal(video.frame(3).labels, ids(3))
    assert data.notes == {'images without a stamp of their own; the log time served': 4}


def test_a_pause_separates_videos_of_one_drive(tmp_path):
    data = open_data(spec(bag(tmp_path / 'a.mcap', [0, 1, 2, 30, 31])), 'val')
    assert [(len(v), v.drive) for v in data.videos] == [(3, 'a'), (2, 'a')]


def test_labels_without_an_image_are_counted(tmp_path):
    masks = bag(tmp_path / 'masks.mcap', range(6))
    images = bag(tmp_path / 'images.mcap', labels=())
    data = open_data(spec(images, f'?labels={MASK}&labels_bag={masks}'), 'val')
    assert data.notes == Counter({'label images without an image of their stamp': 2})


@pytest.mark.parametrize(
    ('mask', 'words'),
    [
        (
            lambda i, stamp: compressed_message(png(ids(i), '.jpg'), 'jpeg', stamp, 'cam'),
            'a JPEG changes class ids',
        ),
        (
            lambda i, stamp: compressed_message(png(ids(i))[:60], 'png', stamp, 'cam'),
            'not a complete JPEG or PNG',
        ),
        (
            lambda i, stamp: compressed_message(
                png(np.zeros((*SIZE, 3), np.uint8)), 'png', stamp, 'cam'
            ),
            'labels of 3 channels hold no class ids',
        ),
        (lambda i, stamp: mono8_message(ids(i)[:4], stamp, 'cam'), 'are 10x4 but its image'),
        (
            lambda i, stamp: mono8_message(ids(i) + np.uint8(40), stamp, 'cam'),
            'unknown label ids: 39, 40, 41; known are 0 to 18 and 255 for void; pixels of each',
        ),
        (
            lambda i, stamp: image_message(
                mono8_fields(ids(i)) | {'encoding': 'rgb8'}, stamp, 'cam'
            ),
            "images of 'rgb8' hold no class ids",
        ),
    ],
)
def test_bad_labels_are_named_with_their_frame(tmp_path, mask, words):
    video = open_data(spec(bag(tmp_path / 'a.mcap', mask=mask)), 'val').videos[0]
    with pytest.raises(DataError, match=rf'a_{START + 3 * STEP}.*{words}'):
        video.frame(3)


def test_labels_that_belong_to_no_image_are_refused(tmp_path):
    masks = bag(tmp_path / 'masks.mcap', range(20, 24))
    images = bag(tmp_path / 'images.mcap', labels=())
    with pytest.raises(DataError, match=r'none of the 4 messages of .* has the stamp'):
        open_data(spec(images, f'?labels={MASK}&labels_bag={masks}'), 'val')


@pytest.mark.parametrize('extra', ['?img=/a', '?image=', '?labels=/a&labels=/b', '?classes', '?'])
def test_a_wrong_specification_is_refused_with_the_form(tmp_path, extra):
    if extra == '?':
        extra = '?=3'
    with pytest.raises(DataError, match=r'is not of the form bag:PATH\[\?image=TOPIC'):
        open_data(spec(tmp_path / 'a.mcap', extra), 'val')


@pytest.mark.parametrize(
    'extra', ['?labels=/none', '?image=/none', f'?labels={MASK}&labels_bag=x']
)
def test_a_topic_or_a_bag_that_is_not_there_is_named(tmp_path, extra):
    with pytest.raises(BagError, match=r'has no topic /none|there is no file or folder'):
        open_data(spec(bag(tmp_path / 'a.mcap'), extra), 'val')
