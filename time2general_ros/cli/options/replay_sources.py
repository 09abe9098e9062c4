"""From the options of a replay to its sources, and to what its results tell of them."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from time2general_ros.labels.files import load_label_set, short_form
from time2general_ros.replay.outputs.diagnostics import TOPIC as DIAGNOSTICS
from time2general_ros.replay.segmenting import FrameSegmenter
from time2general_ros.replay.sources.bag_source import BagOptions, BagSource
from time2general_ros.replay.sources.file_names import check_file_names
from time2general_ros.replay.sources.open_source import (
    SourceOptions,
    labels_checksum,
    open_source,
)
from time2general_ros.replay.sources.window import Window
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.unique import unique

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from time2general_ros.replay.sources.source import Source


def check_places(args: argparse.Namespace) -> None:
    """
    Refuse places for results, models and labels whose names are not UTF-8.

    Sources are looked at when they are opened: a fleet goes on without one.

    :raises ReplayError: if one is not.
    """
    check_file_names(*(value for value in vars(args).values() if isinstance(value, (str, Path))))


def open_sources(
    args: argparse.Namespace, opened: ExitStack, say: Callable[[str], None], *, to_bag: bool
) -> list[Source]:
    """
    Open the sources that the arguments name, each with a name of its own.

    Labels have the classes of the model, unless the arguments name others.

    :param opened: Closes them.
    :param say: Tells what of the arguments does not hold for a source.
    :param to_bag: Whether they go into a bag alone.
    :raises Time2GeneralError: if one is unusable, or there is no such model.
    """
    labels = load_model_folder(args.model).labels
    options = replace(
        reading_options(args, to_bag=to_bag),
        label_set=load_label_set(args.label_set) if args.label_set else labels,
    )
    sources = open_all(args.sources, options, opened)
    asked = ' and '.join(f'--{name}' for name in ('topic', 'copy') if getattr(args, name))
    for source in sources:
        if not isinstance(source, BagSource):
            if asked:
                say(f'{source.path} is no bag, so it has no topics: {asked} left unused')
            continue
        for topic, others in source.unchosen.items():
            say(
                f'{source.path}: {", ".join(others)} left out, as masks would have the name of '
                f'those of {topic}; choose with --topic'
            )
        if source.left_out:
            left_out = ', '.join(source.left_out)
            say(f'{source.path}: not copied, as the replay writes them itself: {left_out}')
    return sources


def reading_options(args: argparse.Namespace, *, to_bag: bool) -> SourceOptions:
    """Collect the arguments that say how sources are read; labels have no classes yet."""
    return SourceOptions(
        Window(args.start, args.end, args.every),
        BagOptions(
            tuple(args.topic),
            one_camera=to_bag,
            copies=tuple(args.copy),
            reserved=() if to_bag else (DIAGNOSTICS,),
            with_calibration=not to_bag,
            image_bits=args.image_bits,
        ),
        split=args.split,
        rate_hz=args.rate,
        labels=args.labels,
        void_id=args.void_id,
    )


def open_all(texts: Sequence[str], options: SourceOptions, opened: ExitStack) -> list[Source]:
    """
    Open sources, each with a name of its own.

    :param opened: Closes them.
    :raises Time2GeneralError: if one is unusable.
    """
    sources: list[Source] = []
    for text in texts:
        sources.append(open_source(text, options))
        opened.callback(sources[-1].close)
    for source, name in zip(sources, unique([s.name for s in sources]), strict=True):
        source.name = name
    return sources


def settings_of(
    args: argparse.Namespace,
    segmenters: dict[str, FrameSegmenter],
    checksums: Mapping[str, str],
) -> dict[str, Any]:
    """
    Collect the options that change results, as ``settings`` in docs/replay.md.

    :param checksums: As :func:`checksums_of` gives them.
    """
    names = 'start end every image_bits max_gap labels split label_set void_id flow masks copy'
    settings = {name: getattr(args, name) for name in names.split()}
    settings['max_gap_s'] = settings.pop('max_gap')
    if args.label_set:
        settings['label_set'] = short_form(load_label_set(args.label_set))
    return {
        'memory': [*segmenters],
        'rate_hz': args.rate,
        **settings,
        **checksums,
    }


def checksums_of(args: argparse.Namespace) -> dict[str, str]:
    """
    Tell what the files of the labels hold, that runs with others of the same name are others.

    :returns: As ``labels_checksum`` in docs/replay.md; empty where labels are no files.
    :raises Time2GeneralError: if the labels are unusable.
    """
    checksum = labels_checksum(args.labels, args.split)
    return {} if checksum is None else {'labels_checksum': checksum}
