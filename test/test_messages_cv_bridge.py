from __future__ import annotations

import importlib.util
from pathlib import Path
import sys

import cv2
from golden_encodings import GOLDEN, golden_rgb, stored
import numpy as np
import pytest

from time2general_ros.messages import cv_bridge
from time2general_ros.messages.cv_bridge import BRIDGED, Bridge, find_bridge
from time2general_ros.messages.encodings import ENCODINGS
from time2general_ros.messages.packed import Packed
from time2general_ros.messages.picture import Picture

# What a cv_bridge has to offer for the tests: `convert` takes (array, source encoding).
STAND_IN = """
import cv2
import numpy as np
{head}
CODES = {{'bgr8': cv2.COLOR_BGR2RGB, 'mono8': cv2.COLOR_GRAY2RGB, 'rgb8': None}}

class CvBridge:
    cvtype_to_name = {{0: '8UC1', {type_8uc3}: '8UC3'}}

    def encoding_to_cvtype2(self, encoding):
        return {{'mono8': 0, 'bgr8': 16}}[encoding]

    def imgmsg_to_cv2(self, message, desired_encoding):
        assert desired_encoding == 'rgb8' and message.is_bigendian == 0
        if message.encoding not in CODES:
            raise TypeError('Unrecognized image encoding')
        channels = message.step // message.width
        shape = message.height, message.width, channels
        samples = np.ndarray(shape, np.uint8, buffer=message.data)
        code = CODES[message.encoding]
        {mark}
        return samples if code is None else cv2.cvtColor(samples, code)
"""


def stand_in(head: str, mark: str = '', type_8uc3: int = 16) -> str:
    return STAND_IN.format(head=head, mark=mark, type_8uc3=type_8uc3)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give a function that puts a stand-in of cv_bridge before any other."""

    def put(text: str) -> Bridge:
        (tmp_path / 'cv_bridge.py').write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, 'cv_bridge', raising=False)
        find_bridge.cache_clear()
        return find_bridge()

    yield put
    sys.modules.pop('cv_bridge', None)
    find_bridge.cache_clear()


def decode(name: str, buffer: np.ndarray, height: int, width: int) -> np.ndarray:
    return ENCODINGS[name].to_rgb(Picture(name, height, width, False, buffer))


def test_without_cv_bridge_opencv_converts(monkeypatch):
    find_bridge.cache_clear()
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    bridge = find_bridge()
    find_bridge.cache_clear()
    assert not bridge.converters
    assert bridge.note == 'cv_bridge is not installed; OpenCV converts images, to the same pixels'


@pytest.mark.skipif(sys.byteorder == 'big', reason='the stand-in is little-endian')
def test_working_cv_bridge_converts_what_it_knows(install):
    bridge = install(stand_in(head='used = []', mark='used.append(message.encoding)'))
    assert set(bridge.converters) == {'rgb8', 'bgr8', 'mono8', '8UC1', '8UC3'}
    assert bridge.note.startswith('cv_bridge converts rgb8, bgr8')
    for name in ('bgr8', '8UC3', 'uyvy'):
        buffer = stored(name, 4, 6, padding=5)
        expected = golden_rgb(name, buffer, False, 4, 6)
        assert np.abs(decode(name, buffer, 4, 6).astype(int) - expected).max() <= 1
    assert sys.modules['cv_bridge'].used == ['bgr8', 'bgr8']


@pytest.mark.parametrize(
    ('head', 'mark', 'words'),
    [
        ('raise ImportError("numpy.core.multiarray failed to import")', '', 'numpy.core.multiarr'),
        ('import os, signal; os.kill(os.getpid(), signal.SIGSEGV)', '', 'exit code -11'),
        ('print("[1")', 'import os; os._exit(0)', 'Expecting'),
        ('', 'import os; os._exit(0)', 'no list'),
        ('', 'code = None; samples = samples + 9', 'not give the pixels'),
        ('', 'raise AttributeError("newbyteorder")', 'not give the pixels'),
    ],
)
def test_cv_bridge_that_does_not_work_is_left_out(install, head, mark, words):
    bridge = install(stand_in(head=head, mark=mark))
    assert words in bridge.note
    assert 'OpenCV converts images, to the same pixels' in bridge.note
    assert not bridge.converters
    buffer = stored('bgr8', 4, 6)
    np.testing.assert_array_equal(
        decode('bgr8', buffer, 4, 6), golden_rgb('bgr8', buffer, False, 4, 6)
    )


def test_cv_bridge_of_another_opencv_is_left_out_and_the_remedy_named(install, monkeypatch):
    monkeypatch.setattr(
        cv_bridge, '_BUILT_BEFORE', (('numpy', '1.26.4', 2), ('opencv-python-headless', '5.0', 5))
    )
    bridge = install(stand_in('', type_8uc3=64))
    assert f'built for another OpenCV than {cv2.__version__}, KeyError: 16)' in bridge.note
    assert bridge.note.endswith('up to Kilted, pip install "opencv-python-headless<5"')
    assert not bridge.converters


def test_without_newer_versions_no_older_ones_are_offered(install, monkeypatch):
    monkeypatch.setattr(cv_bridge, '_BUILT_BEFORE', (('numpy', '1.26.4', 2),))
    assert install(stand_in('raise ImportError')).note.endswith('would be used')


def test_slow_cv_bridge_is_not_waited_for(install, monkeypatch):
    monkeypatch.setattr(cv_bridge, '_PATIENCE_S', 0.01)
    bridge = install('')
    assert 'no answer in' in bridge.note
    assert not bridge.converters


def test_cv_bridge_is_only_given_encodings_of_one_plane():
    assert all(isinstance(ENCODINGS[name], Packed) for name in BRIDGED)


@pytest.mark.parametrize('name', BRIDGED)
@pytest.mark.parametrize('padding', [0, 3])
def test_cv_bridge_of_this_machine_gives_the_same_pixels(name, padding):
    bridge = find_bridge()
    if name not in bridge.converters:
        pytest.skip(bridge.note)
    buffer = stored(name, 9, 11, padding)
    image = decode(name, buffer, 9, 11)
    difference = np.abs(image.astype(int) - golden_rgb(name, buffer, False, 9, 11))
    assert difference.max() <= max(1, GOLDEN[name].slack)
