"""
Run one image operation on images of many sizes; as a program, so that a crash ends only that.

Its arguments are the name of an operation and sizes as JSON; it says each size before it tries it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
import faulthandler
import json
from math import prod
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
RNG = np.random.default_rng(0)
INPUT_SIZE = (384, 640)


def noise(size: tuple[int, int], *channels: int) -> Image:
    # Large ones repeat, which is faster.
    some = RNG.integers(0, 256, min(1 << 20, prod((*size, *channels))), dtype=np.uint8)
    return np.resize(some, (*size, *channels))


def halves(size: tuple[int, int]) -> Image:
    ids = np.zeros(size, np.uint8)
    ids[:, size[1] // 2 :] = 1
    return ids


def preprocess(size: tuple[int, int]) -> None:
    from time2general_ros.streaming.preprocess import Preprocessor

    assert np.isfinite(Preprocessor(INPUT_SIZE)(noise(size, 3))).all()


def enlarge(size: tuple[int, int]) -> None:
    from time2general_ros.streaming.preprocess import enlarge

    assert enlarge(noise((96, 160)), size).shape == size


def live_flicker(size: tuple[int, int]) -> None:
    from time2general_ros.streaming.frame import Frame, Segmentation
    from time2general_ros.streaming.live_flicker import LiveFlicker

    flicker, mask, steady = LiveFlicker(), halves(size), noise(size, 3)
    for stamp_ns, image in enumerate([steady, noise(size, 3), steady // 2, steady // 2]):
        share = flicker.update(Segmentation(mask, mask), Frame(image, stamp_ns))
    assert share in (None, 0.0)


def flow_meter(size: tuple[int, int]) -> None:
    from time2general_ros.evaluation.correspondence import ImageFlow
    from time2general_ros.evaluation.flow import FlowMeter

    first, second = noise(size, 3), noise(size, 3)
    flow = ImageFlow()(first, second)
    assert flow.shape == (*size, 2)
    assert np.isfinite(flow).all()
    meter = FlowMeter(['a', 'b'])
    for image in (first, second, second):
        meter.add(image, halves(size))


def overlay(size: tuple[int, int]) -> None:
    from time2general_ros.labels.files import load_label_set
    from time2general_ros.streaming.overlay import blend_overlay

    colours = load_label_set('cityscapes19').colours
    assert blend_overlay(noise(size, 3), noise(size), colours, 0.5).shape == (*size, 3)


def raw_messages(size: tuple[int, int]) -> None:
    from time2general_ros.messages.bad_image import BadImageError
    from time2general_ros.messages.decode import decode_image
    from time2general_ros.messages.encodings import ENCODINGS

    height, width = size
    for encoding, layout in ENCODINGS.items():
        step = layout.row_bytes(width)
        data = noise((layout.stored_rows(height), step))
        fields = {'step': step, 'data': data.tobytes(), 'is_bigendian': 0}
        message = SimpleNamespace(height=height, width=width, encoding=encoding, **fields)
        if min(size) < layout.least_side:
            with suppress(BadImageError):
                decode_image(message)
            continue
        assert decode_image(message).shape == (*size, 3)


def compressed_messages(size: tuple[int, int]) -> None:
    from time2general_ros.messages.decode import decode

    grey, colour = noise(size), noise(size, 3)
    deep = grey.astype(np.uint16) * 257
    for extension, image in (('jpg', grey), ('jpg', colour), ('png', colour), ('png', deep)):
        data = cv2.imencode(f'.{extension}', image)[1].tobytes()
        message = SimpleNamespace(format=extension, data=data)
        assert decode(message).shape == (*size, 3)


def image_files(size: tuple[int, int]) -> None:
    from time2general_ros.data.label_maps import read_ids, read_image

    with TemporaryDirectory() as folder:
        image, labels = Path(folder, 'image.jpg'), Path(folder, 'labels.png')
        cv2.imwrite(str(image), noise(size, 3))
        cv2.imwrite(str(labels), halves(size))
        assert read_image(image).shape == (*size, 3)
        assert read_ids(labels, size, 2, 255).shape == size


def corruptions(size: tuple[int, int]) -> None:
    from time2general_ros.data.corruptions.corruption import CORRUPTIONS, SEVERITIES, Corruption

    image = noise(size, 3)
    for name in CORRUPTIONS:
        for severity in SEVERITIES:
            video = Corruption(name, severity).start_video('drive')
            assert video.apply(image, 9).shape == image.shape


def training_views(size: tuple[int, int]) -> None:
    from time2general_ros.data.geometry import draw_view
    from time2general_ros.data.photometric import draw_style

    crop = (96, 128)
    image, labels = noise(size, 3), halves(size)
    for seed in range(8):
        rng = np.random.default_rng(seed)
        times_s = np.arange(2) / 10
        view = draw_view(rng, size, INPUT_SIZE, crop, times_s, moving=bool(seed % 2))
        assert view.image(1, image).shape == (*crop, 3)
        assert view.labels(1, labels).shape == view.weights(1, labels).shape == (24, 32)
        assert draw_style(rng, 1.0).apply(image, rng).shape == image.shape


def contact_sheet(size: tuple[int, int]) -> None:
    from time2general_ros.demo.contact_sheet import SheetRow, write_contact_sheet
    from time2general_ros.labels.files import load_label_set

    flicker = halves(size) > 0
    row = SheetRow(0.0, noise(size, 3), halves(size), halves(size), flicker, ~flicker)
    with TemporaryDirectory() as folder:
        path = Path(folder, 'sheet.png')
        write_contact_sheet(path, [row], load_label_set('cityscapes19').colours)
        assert path.stat().st_size


def video_file(size: tuple[int, int]) -> None:
    from time2general_ros.demo import overlay_video

    even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
    with TemporaryDirectory() as folder:
        path = Path(folder, 'film.mp4')
        with overlay_video.video_file(path, 30.0, even) as write:
            for _ in range(2):
                write(noise(even, 3))
        assert path.stat().st_size


def drives(size: tuple[int, int]) -> None:
    from time2general_ros.synthetic.drive import Drive
    from time2general_ros.synthetic.weather import WEATHERS

    # Each takes a while to lay out its street: the weathers take turns.
    frame = Drive(1, size, WEATHERS[sum(size) % len(WEATHERS)]).render(0.5)
    assert frame.image.shape == (*frame.labels.shape, 3) == (*size, 3)


def timed_images(size: tuple[int, int]) -> None:
    from time2general_ros.timing.camera import camera_messages

    assert {(m.height, m.width) for m in camera_messages(size)} == {size}


OPERATIONS: dict[str, Callable[[tuple[int, int]], None]] = {
    operation.__name__: operation
    for operation in (
        *(preprocess, enlarge, live_flicker, flow_meter, overlay, raw_messages),
        *(compressed_messages, image_files, corruptions, training_views, contact_sheet),
        *(video_file, drives, timed_images),
    )
}


def main() -> None:
    """Run an operation."""
    faulthandler.enable()
    name, sizes = sys.argv[1:]
    for height, width in json.loads(sizes):
        print(f'{name} of an image of {height} rows and {width} columns', flush=True)
        OPERATIONS[name]((height, width))


if __name__ == '__main__':
    main()
