"""
Colour conversion by the ``cv_bridge`` of a ROS installation, where it works.

A ``cv_bridge`` that was built against NumPy 1 may crash the process that imports it beside
NumPy 2, and one that was built against OpenCV 4 numbers types otherwise than OpenCV 5. So a
process of its own tries it first and tells the encodings for which it gives the pixels of this
package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
import importlib
import importlib.util
import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from time2general_ros.messages.picture import RgbImage, Samples

# Encodings of one plane, and the name under which every version of cv_bridge knows them.
BRIDGED = {
    'rgb8': 'rgb8',
    'bgr8': 'bgr8',
    'rgba8': 'rgba8',
    'bgra8': 'bgra8',
    'mono8': 'mono8',
    'mono16': 'mono16',
    'bayer_rggb8': 'bayer_rggb8',
    'bayer_bggr8': 'bayer_bggr8',
    'bayer_gbrg8': 'bayer_gbrg8',
    'bayer_grbg8': 'bayer_grbg8',
    'uyvy': 'yuv422',
    'yuv422': 'yuv422',
    'yuyv': 'yuv422_yuy2',
    'yuv422_yuy2': 'yuv422_yuy2',
    '8UC1': 'mono8',
    '8UC3': 'bgr8',
    '8UC4': 'bgra8',
    '16UC1': 'mono16',
}
# What the cv_bridge of ROS 2 up to Kilted is built for: the package of pip, and the first major
# version that it does not go with.
_BUILT_BEFORE = (('numpy', np.__version__, 2), ('opencv-python-headless', cv2.__version__, 5))
_PROBE = 'time2general_ros.messages.cv_bridge_probe'
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Bridge:
    """
    What ``cv_bridge`` does for this process.

    :param note: One line for the user: whether it is used, and what it costs if not.
    :param converters: By encoding; it is empty without a ``cv_bridge`` that works.
    """

    note: str
    converters: Mapping[str, Callable[[Samples], RgbImage]] = field(default_factory=dict)


@cache
def find_bridge() -> Bridge:
    """Look for a ``cv_bridge`` once; trying it takes a second or so where there is one."""
    if importlib.util.find_spec('cv_bridge') is None:
        return Bridge('cv_bridge is not installed; OpenCV converts images, to the same pixels')
    try:
        encodings = _try_in_child()
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return _unusable(f'it fails when tried ({_words(error)})')
    if not encodings:
        return _unusable('it does not give the pixels that it should')
    cv_bridge = import_bridge()
    return Bridge(
        f'cv_bridge converts {", ".join(encodings)}; OpenCV all other encodings',
        {name: partial(bridge_samples, cv_bridge, BRIDGED[name]) for name in encodings},
    )


def import_bridge() -> Any:
    """Make a ``cv_bridge.CvBridge``; this may crash the process."""
    return importlib.import_module('cv_bridge').CvBridge()


def bridge_samples(cv_bridge: Any, encoding: str, samples: Samples) -> RgbImage:
    """
    Convert by ``cv_bridge``.

    :param encoding: A name that ``cv_bridge`` knows.
    :param samples: Native samples [H, W, channels]; padded rows are copied, since ``cv_bridge``
        takes a padding that is no multiple of a pixel for pixels.
    """
    tight = np.ascontiguousarray(samples)
    message = SimpleNamespace(
        height=tight.shape[0],
        width=tight.shape[1],
        encoding=encoding,
        is_bigendian=int(sys.byteorder == 'big'),
        step=tight.strides[0],
        data=tight,
    )
    return np.asarray(cv_bridge.imgmsg_to_cv2(message, 'rgb8'), np.uint8)


def _try_in_child() -> list[str]:
    """
    Have a process of its own convert one image of each encoding.

    :raises ValueError: if its answer is no list of encodings.
    """
    answer = subprocess.run(
        [sys.executable, '-m', _PROBE],
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_PATIENCE_S,
        check=True,
    )
    lines = answer.stdout.splitlines()
    encodings = json.loads(lines[-1]) if lines else None
    if not isinstance(encodings, list) or not set(encodings) <= BRIDGED.keys():
        raise ValueError('its answer is no list of encodings')
    return encodings


def _unusable(why: str) -> Bridge:
    versions = f'NumPy {np.__version__} and OpenCV {cv2.__version__}'
    newer = [
        f'"{package}<{bound}"'
        for package, version, bound in _BUILT_BEFORE
        if int(version.partition('.')[0]) >= bound
    ]
    remedy = f'A cv_bridge that was built for {versions} would be used'
    if newer:
        remedy += f'; for that of ROS 2 up to Kilted, pip install {" ".join(newer)}'
    return Bridge(
        f'cv_bridge is installed but {why}; OpenCV converts images, to the same pixels. {remedy}'
    )


def _words(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = error.stderr.decode(errors='replace').strip().splitlines()
        return ': '.join([f'exit code {error.returncode}', *lines[-1:]])
    if isinstance(error, subprocess.TimeoutExpired):
        return f'no answer in {error.timeout:.0f} s'
    return str(error)
