from __future__ import annotations

import os
from pathlib import Path
import signal
import subprocess
import sys

from bag_samples import IMAGE, noise, stamp, write_images
import pytest

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.image_messages import mono8_message
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter


@pytest.mark.parametrize('name', ['bag.mcap', 'bag.db3'])
def test_same_messages_make_the_same_file(tmp_path, name):
    first = write_images(tmp_path / 'a' / name).read_bytes()
    assert write_images(tmp_path / 'b' / name).read_bytes() == first


@pytest.mark.parametrize('name', ['bag.mcap', 'bag.db3', 'bag'])
def test_failure_leaves_nothing_behind(tmp_path, name):
    message = mono8_message(noise(0), stamp(0), 'front')
    writer = BagWriter(tmp_path / name)
    writer.write('/image', IMAGE, 1, message)
    with pytest.raises(KeyboardInterrupt), writer:
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_failure_leaves_the_earlier_bag_as_it_was(tmp_path):
    path = write_images(tmp_path / 'bag.mcap')
    before = path.read_bytes()
    with pytest.raises(ValueError, match='stop'), BagWriter(path, overwrite=True):
        raise ValueError('stop')
    assert path.read_bytes() == before
    write_images(path, 3)
    assert path.read_bytes() != before
    assert list(tmp_path.iterdir()) == [path]


def test_unusable_places_are_refused_at_once(tmp_path):
    file = tmp_path / 'file'
    file.write_text('in the way')
    folder = tmp_path / 'folder.mcap'
    folder.mkdir()
    places = {
        file / 'bag.mcap': 'cannot be written',
        Path('/proc/bag.mcap'): 'cannot be written',
        folder: 'exists already',
        file: 'exists already',
        tmp_path / 'bag.avi': r'name it NAME\.mcap',
    }
    for path, words in places.items():
        with pytest.raises(BagError, match=words):
            BagWriter(path)
    with pytest.raises(BagError, match=r'name it NAME\.mcap'):
        BagWriter(tmp_path / 'bag.db3', atomic=False)
    assert sorted(tmp_path.iterdir()) == [file, folder]


FULL_DISK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from bag_samples import write_images
from time2general_ros.bags.bag_error import BagError
write_images(Path(sys.argv[1]) / 'small.mcap', 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_images(Path(sys.argv[1]) / sys.argv[3], 2000)
except BagError as error:
    print(error)
"""


@pytest.mark.parametrize('name', ['bag.mcap', 'bag.db3'])
def test_full_disk_is_told_and_leaves_no_half_file(tmp_path, name):
    done = subprocess.run(
        [sys.executable, '-c', FULL_DISK, tmp_path, Path(__file__).parent, name],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f'{name} cannot be written' in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ['small.mcap']


def test_recording_in_place_outlives_a_killed_process(tmp_path):
    path = tmp_path / 'bag.mcap'
    child = os.fork()
    if child == 0:
        writer = BagWriter(path, atomic=False)
        for index in range(8):
            writer.write('/image', IMAGE, index, mono8_message(noise(index), index, ''))
            writer.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    with BagReader(path) as reader:
        assert len(list(reader.messages('/image'))) == 8
        assert 'cut off' in reader.damage


def test_recording_in_place_is_completed_after_an_error(tmp_path):
    path = tmp_path / 'bag.mcap'
    writer = BagWriter(path, atomic=False)
    writer.write('/image', IMAGE, 1, mono8_message(noise(0), 1, ''))
    with pytest.raises(ValueError, match='stop'), writer:
        raise ValueError('stop')
    with BagReader(path) as reader:
        assert len(list(reader.messages())) == 1
        assert reader.damage is None
