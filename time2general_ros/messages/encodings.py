"""The table of raw image encodings, by their names in ``sensor_msgs/image_encodings.hpp``."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from time2general_ros.messages.packed import Packed, convert_colours
from time2general_ros.messages.picture import Encoding
from time2general_ros.messages.semi_planar import SemiPlanar, full_chroma, quarter_chroma


def _deep(channels: int, code: int) -> Packed:
    return Packed(channels, partial(convert_colours, code), sample_bytes=2)


def _bayer(code: int, sample_bytes: int) -> Packed:
    """Colours come from the eight neighbours, so an image thinner than three pixels has none."""
    return Packed(1, partial(convert_colours, code), sample_bytes, least_side=3)


# OpenCV names a mosaic by the second and third pixel of its second row, ROS by its first four.
_BAYER = {
    'rggb': cv2.COLOR_BayerBG2RGB,
    'bggr': cv2.COLOR_BayerRG2RGB,
    'gbrg': cv2.COLOR_BayerGR2RGB,
    'grbg': cv2.COLOR_BayerGB2RGB,
}

_MONO8 = Packed(1, partial(convert_colours, cv2.COLOR_GRAY2RGB))
_MONO16 = _deep(1, cv2.COLOR_GRAY2RGB)
_BGR8 = Packed(3, partial(convert_colours, cv2.COLOR_BGR2RGB))
_BGRA8 = Packed(4, partial(convert_colours, cv2.COLOR_BGRA2RGB))
_UYVY = Packed(2, partial(convert_colours, cv2.COLOR_YUV2RGB_UYVY), group=2)
_YUYV = Packed(2, partial(convert_colours, cv2.COLOR_YUV2RGB_YUYV), group=2)

ENCODINGS: dict[str, Encoding] = {
    'rgb8': Packed(3, np.asarray),
    'bgr8': _BGR8,
    'rgba8': Packed(4, partial(convert_colours, cv2.COLOR_RGBA2RGB)),
    'bgra8': _BGRA8,
    'mono8': _MONO8,
    'mono16': _MONO16,
    'rgb16': Packed(3, np.asarray, sample_bytes=2),
    'bgr16': _deep(3, cv2.COLOR_BGR2RGB),
    'rgba16': _deep(4, cv2.COLOR_RGBA2RGB),
    'bgra16': _deep(4, cv2.COLOR_BGRA2RGB),
    **{f'bayer_{mosaic}8': _bayer(code, 1) for mosaic, code in _BAYER.items()},
    **{f'bayer_{mosaic}16': _bayer(code, 2) for mosaic, code in _BAYER.items()},
    'uyvy': _UYVY,
    'yuyv': _YUYV,
    # Deprecated names.
    'yuv422': _UYVY,
    'yuv422_yuy2': _YUYV,
    'nv12': SemiPlanar(partial(quarter_chroma, cv2.COLOR_YUV2RGB_NV12), group=2, chroma_rows=1),
    'nv21': SemiPlanar(partial(quarter_chroma, cv2.COLOR_YUV2RGB_NV21), group=2, chroma_rows=1),
    'nv24': SemiPlanar(full_chroma, group=1, chroma_rows=2),
    # What OpenCV users publish without naming the colours: in the order of OpenCV.
    '8UC1': _MONO8,
    '8UC3': _BGR8,
    '8UC4': _BGRA8,
    '16UC1': _MONO16,
}
