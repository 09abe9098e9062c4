"""``time2general replay``: segment every frame of recordings."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
import sys

from time2general_ros.bags.writer import check_output
from time2general_ros.cli.options.model import (
    add_model_options,
    add_overwrite_option,
    open_segmenter,
)
from time2general_ros.cli.options.replay import (
    add_label_options,
    add_output_options,
    add_reading_options,
)
from time2general_ros.cli.options.replay_modes import most_cameras, segmenters_of, size_of_batch
from time2general_ros.cli.options.replay_sources import (
    check_places,
    checksums_of,
    open_sources,
)
from time2general_ros.cli.replay_folder import OpenModel, one_thread_a_stage, replay_into_folder
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.cli.terminal.replay_account import summaries_of, tell
from time2general_ros.data.specs import DATA_SETS
from time2general_ros.replay.errors import WHERE_IMAGES_ARE, ReplayError
from time2general_ros.replay.outputs.camera_outputs import OutputOptions
from time2general_ros.replay.outputs.to_bag import replay_to_bag
from time2general_ros.user_path import user_path

INCOMPLETE = 3
# Of a bag; any other name is that of a folder.
_BAGS = ('.mcap', '.db3', '.bag')
_EPILOG = f"""
Exit status: 0 if every frame was segmented; 1 if nothing could be done (no such source, topic or
model, no frame at all, or an output that cannot be written): no output is left then, but that a
full disk leaves a folder that the same command goes on with; {INCOMPLETE} if a bag is cut off or
damaged, images cannot be decoded, or a topic of several has none or no labels: the output has all
the frames that are readable.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'replay',
        help='segment every frame of a bag',
        description='Segment every frame of recordings, dropping none, and write the class masks '
        'and confidences beside the image topics, in segmentation/mask and '
        'segmentation/confidence, with the headers and log times of the images, and the names of '
        'the classes in segmentation/label_info. A folder gets figures of stability too.',
        epilog=_EPILOG,
    )
    parser.add_argument(
        'sources',
        nargs='+',
        metavar='SOURCE',
        help='rosbag2 directory, .mcap or .db3 file, or ROS 1 .bag, also as .zstd; video file; '
        f'folder of images; or data set: {", ".join(usage for usage, _ in DATA_SETS.values())}',
    )
    parser.add_argument(
        '--out',
        type=user_path,
        required=True,
        metavar='OUT',
        help='folder for masks, figures and the page, where a run that was cut off goes on; or a '
        'bag alone: NAME.mcap or NAME.db3',
    )
    add_reading_options(parser)
    add_label_options(parser)
    add_output_options(parser)
    parser.add_argument(
        '--rerun',
        type=user_path,
        metavar='FILE.rrd',
        help='write images, masks and curves as a recording of Rerun too (extra rerun)',
    )
    parser.add_argument(
        '--live',
        type=user_path,
        metavar='BAG',
        help='take the masks that a live node published, recorded in BAG, in place of those of '
        'the model, which names their classes; figures and page are those of the live run',
    )
    add_overwrite_option(parser)
    add_model_options(parser, with_both=True)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace, open_model: OpenModel = open_segmenter) -> int:
    """
    Run the command.

    :param open_model: Makes the segmenter, for so many cameras at once.
    :returns: The exit status.
    """
    check_places(args)
    if args.out.suffix in _BAGS:
        return _run_to_bag(args, open_model)
    return _run_to_folder(args, open_model)


def _run_to_bag(args: argparse.Namespace, open_model: OpenModel) -> int:
    asked = {
        '--live': args.live,
        '--rerun': args.rerun,
        '--labels': args.labels,
        '--no-flow': not args.flow,
    }
    for option, is_given in asked.items():
        if is_given:
            raise ReplayError(
                f'{option} goes with a folder, not with {args.out}: name it with --out'
            )
    check_output(args.out, overwrite=args.overwrite)
    one_thread_a_stage()
    with ExitStack() as opened:
        sources = open_sources(args, opened, _note, to_bag=True)
        segmenters = segmenters_of(args, open_model(args, most_cameras(sources)))
        with FrameProgress('frames') as progress:
            summaries = replay_to_bag(
                sources,
                args.out,
                segmenters,
                progress.show,
                outputs=OutputOptions(args.masks),
                batch=size_of_batch(segmenters),
                overwrite=args.overwrite,
            )
    tell(summaries, args.out)
    for summary in summaries:
        if not summary.frames_in:
            print(
                f'warning: there is no image of {summary.topic} to look at: {WHERE_IMAGES_ARE}',
                file=sys.stderr,
            )
    return 0 if all(summary.complete for summary in summaries) else INCOMPLETE


def _run_to_folder(args: argparse.Namespace, open_model: OpenModel) -> int:
    # Only a folder needs pyarrow.
    from time2general_ros.replay.runs.to_folder import check_folder

    check_folder(args.out)
    with FrameProgress('frames') as progress:
        results = replay_into_folder(args, open_model, _note, progress.show, checksums_of(args))
    tell([*summaries_of(results)], args.out)
    damage = [source['damage'] for source in results['sources']]
    for reason in results['partial']:
        if reason not in damage:
            print(f'warning: partial: {reason}', file=sys.stderr)
    return 0 if results['complete'] else INCOMPLETE


def _note(line: str) -> None:
    print(f'note: {line}', file=sys.stderr)
