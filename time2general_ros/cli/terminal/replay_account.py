"""What a replay tells of its results in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import sys
from typing import Any

from time2general_ros.messages.darkness import REMEDY
from time2general_ros.replay.outputs.to_bag import ReplaySummary


def tell(summaries: list[ReplaySummary], out: Path) -> None:
    """Print what became of the images of all topics, and warn of what a user should know."""
    for summary in summaries:
        _print(summary)
    print(f'written to {out}')
    for line in (line for summary in summaries for line in _warnings(summary)):
        print(f'warning: {line}', file=sys.stderr)


def summaries_of(results: dict[str, Any]) -> Iterator[ReplaySummary]:
    """Give what a user should read of the results of a folder."""
    seconds = results['timing']['seconds']
    for source in results['sources']:
        for topic in source['topics']:
            health = topic['health']
            yield ReplaySummary(
                topic['topic'],
                topic['frames_in'],
                topic['frames_out'],
                topic['bad'],
                topic['bad_examples'],
                topic['resets'],
                health['dark'],
                health['unstamped'],
                health['standing'],
                source['damage'],
                seconds,
            )


def _print(summary: ReplaySummary) -> None:
    rate = summary.frames_out / summary.seconds if summary.seconds else 0.0
    print(
        f'{summary.topic}: {summary.frames_in} frames in, {summary.frames_out} masks out, '
        f'{rate:.1f} frames/s'
    )
    for cause, count in sorted(summary.resets.items()):
        print(f'memory reset {count} times: {cause}')


def _warnings(summary: ReplaySummary) -> Iterator[str]:
    if summary.unstamped:
        yield (
            f'{summary.unstamped} of {summary.frames_in} images have a header stamp of zero or '
            'that of the image before; their log times served to use memory: have the camera '
            'driver stamp its images'
        )
    if summary.standing:
        yield (
            f'{summary.standing} of these have no later log time than the image before either, '
            'so that their masks read no memory of it'
        )
    if backward := summary.resets.get('backward_stamp'):
        yield (
            f'{backward} of {summary.frames_in} images have a header stamp before that of the '
            'image before, and memory was emptied: replay recordings that were joined one by one, '
            'or keep the clock of the camera from being set back'
        )
    if summary.dark:
        yield (
            f'{summary.dark} of {summary.frames_out} images are nearly black: '
            + REMEDY.format(option='--image-bits')
        )
    for reason, count in sorted(summary.bad.items()):
        yield f'{count} bad images ({reason}), the first: {summary.examples[reason]}'
    if summary.damage:
        yield summary.damage
