"""Try the ``cv_bridge`` of this environment, in a process that may crash."""

from __future__ import annotations

import json
import sys
from typing import Any

import cv2
import numpy as np

from time2general_ros.messages.cv_bridge import BRIDGED, bridge_samples, import_bridge
from time2general_ros.messages.encodings import ENCODINGS
from time2general_ros.messages.packed import Packed

_HEIGHT, _WIDTH = 12, 16


def trusted_encodings() -> list[str]:
    """
    List the encodings for which ``cv_bridge`` gives the pixels of OpenCV, within 1.

    Leave the process if it was built for another OpenCV: what such a bridge converts may be right
    here and raise ``KeyError: 16`` in the user's next call.
    """
    cv_bridge = import_bridge()
    try:
        cv_bridge.cvtype_to_name[cv_bridge.encoding_to_cvtype2('bgr8')]
    except KeyError as error:
        sys.exit(f'it was built for another OpenCV than {cv2.__version__}, KeyError: {error}')
    return [name for name in BRIDGED if _agree(cv_bridge, name)]


def _agree(cv_bridge: Any, name: str) -> bool:
    encoding = ENCODINGS[name]
    if not isinstance(encoding, Packed):
        return False
    dtype = np.dtype(f'u{encoding.sample_bytes}')
    samples = np.random.default_rng(0).integers(
        0, np.iinfo(dtype).max, (_HEIGHT, _WIDTH, encoding.channels), dtype, endpoint=True
    )
    ours = encoding.convert(samples)
    try:
        theirs = bridge_samples(cv_bridge, BRIDGED[name], samples)
    except ImportError:
        raise
    # Whatever else it raises, it does not know this encoding.
    except Exception:
        return False
    difference = np.abs(ours.astype(int) - theirs) if ours.shape == theirs.shape else np.inf
    return bool(np.max(difference) <= 1)


if __name__ == '__main__':
    print(json.dumps(trusted_encodings()))
