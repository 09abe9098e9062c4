from __future__ import annotations

import json

import cv2
import numpy as np
from replay_samples import COMPRESSED, TOPIC, picture, png_message, rgb_message, stamp, truth

from time2general_ros.bags.image_messages import compressed_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli.main import main
from time2general_ros.data.specs import open_data

REAR = '/camera/rear/image_raw/compressed'


def pictures(*arguments) -> int:
    return main(['data', 'pictures', *map(str, arguments)])


def write_bag(path, *topics, images=6, broken=()):
    with BagWriter(path) as writer:
        for index in range(images):
            for topic in topics:
                message = rgb_message(index)
                if index in broken:
                    message = compressed_message(b'no image', 'png', stamp(index), 'front')
                writer.write(topic, COMPRESSED, stamp(index), message)
    return path


def test_a_recording_becomes_pictures_that_can_be_labelled_and_learned_from(tmp_path, capsys):
    bag = write_bag(tmp_path / 'drive.mcap', TOPIC, images=7)
    root = tmp_path / 'field'
    assert pictures(bag, '--out', root / 'train', '--every', 2) == 0
    assert 'drive: 4' in capsys.readouterr().out
    folder = root / 'train' / 'images' / 'drive'
    assert [path.stem for path in sorted(folder.iterdir())] == [
        f'{stamp(index):019d}' for index in (0, 2, 4, 6)
    ]
    (root / 'train' / 'labels' / 'drive').mkdir(parents=True)
    for index in (0, 4):
        cv2.imwrite(
            str(root / 'train' / 'labels' / 'drive' / f'{stamp(index):019d}.png'), truth(index)
        )
    said = {'rate_hz': 1e9, 'classes': [f'class {number}' for number in range(19)]}
    (root / 'dataset.json').write_text(json.dumps(said))
    (video,) = open_data(f'folder:{root}', 'train').videos
    frame = video.frame(2)
    assert np.array_equal(frame.image, picture(4))
    assert np.array_equal(frame.labels, truth(4))
    assert frame.stamp_ns - video.frame(0).stamp_ns == stamp(4) - stamp(0)


def test_cameras_and_namesakes_are_drives_of_their_own_and_bad_images_are_told(tmp_path, capsys):
    one = write_bag(tmp_path / 'a' / 'drive.mcap', TOPIC, REAR, broken=(1,))
    other = write_bag(tmp_path / 'b' / 'drive.mcap', TOPIC)
    assert pictures(one, other, '--out', tmp_path / 'train') == 0
    assert sorted(path.name for path in (tmp_path / 'train' / 'images').iterdir()) == [
        'drive_2',
        'drive_camera_front',
        'drive_camera_rear',
    ]
    assert 'refused: decode: 2' in capsys.readouterr().out
    assert pictures(other, '--out', tmp_path / 'train', '--start', 0.25) == 0
    assert pictures(other, '--out', tmp_path / 'train') == 1
    assert 'is there already; remove it, or name another folder' in capsys.readouterr().err


def test_a_recording_without_a_picture_says_so(tmp_path, capsys):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        broken = compressed_message(b'no image', 'png', stamp(0), 'front')
        writer.write(TOPIC, COMPRESSED, stamp(0), broken)
        writer.write(TOPIC, COMPRESSED, stamp(1), png_message(1, picture(1)[..., ::-1]))
    assert pictures(bag, '--out', tmp_path / 'train', '--end', 0.05) == 1
    assert 'no picture was written' in capsys.readouterr().out


def test_of_images_with_one_stamp_the_first_is_written_and_the_others_are_told(tmp_path, capsys):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(3):
            message = png_message(0, picture(index)[..., ::-1])
            writer.write(TOPIC, COMPRESSED, stamp(index), message)
    assert pictures(bag, '--out', tmp_path / 'train') == 0
    out = capsys.readouterr().out
    assert 'drive: 1' in out
    assert 'refused: stamp of another image: 2' in out
    (written,) = (tmp_path / 'train' / 'images' / 'drive').iterdir()
    assert np.array_equal(cv2.imread(str(written))[..., ::-1], picture(0))
