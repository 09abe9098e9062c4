"""The page of a replay, put together."""

from __future__ import annotations

from collections import Counter
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from time2general_ros.report.page import Table, figure, write_page
from time2general_ros.report.replay.camera_page import PICTURE_BYTES
from time2general_ros.report.replay.figures import interval_of
from time2general_ros.report.replay.health import refused
from time2general_ros.report.replay.live import latency_curve, live_facts
from time2general_ros.report.replay.playing import RERUN_TIMELINE, rerun_command
from time2general_ros.report.replay.times import stage_plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from time2general_ros.report.replay.camera_page import CameraPage
    from time2general_ros.report.replay.rows import Details


def write_replay_page(
    path: Path,
    out: Path,
    results: Mapping[str, Any],
    cameras: Sequence[tuple[CameraPage, Details]],
    rerun: Path | None,
) -> None:
    """
    Write the page of a run.

    :param out: Where the results lie.
    :param results: What ``results.json`` holds.
    :param cameras: Each with what is known of the frames that it shows.
    :param rerun: A recording of Rerun of the same run, if there is one.
    :raises ReportError: if it cannot be written.
    """
    timing = results['timing']
    write_page(
        path,
        'replay.html',
        title=('Live run on ' if 'live' in results['settings'] else 'Replay of ')
        + ', '.join(source['name'] for source in results['sources']),
        results=results,
        folder=_way(path, out),
        account=account(results),
        partial=results['partial'],
        first=_first(results),
        live=_live(results),
        what_ran=_what_ran(results),
        on_what=_on_what(results),
        settings=_settings(results['settings']),
        cameras=[page.view(details, timing['machine']) for page, details in cameras],
        stages=stage_plot(timing) if any(timing['stages'].values()) else None,
        pictures=f'{sum(page.size for page, _ in cameras) / 1e6:.1f} of at most '
        f'{PICTURE_BYTES / 1e6:g} MB',
        rerun=rerun and {'command': rerun_command(str(rerun)), 'timeline': RERUN_TIMELINE},
        summary=_summary(results) if len(cameras) > 1 else None,
    )


def account(results: Mapping[str, Any]) -> dict[str, Any]:
    """Sum up what became of all images."""
    topics = [topic for source in results['sources'] for topic in source['topics']]
    bad = sum((Counter(topic['bad']) for topic in topics), Counter[str]())
    return {
        'frames_in': sum(topic['frames_in'] for topic in topics),
        'frames_out': sum(topic['frames_out'] for topic in topics),
        'refused': sum(bad.values()),
        'causes': refused(bad),
    }


def _way(path: Path, out: Path) -> str:
    """Lead from the page to the results: the folder with a slash, empty if they lie beside it."""
    way = os.path.relpath(out, path.parent)
    return '' if way == '.' else quote(Path(way).as_posix()) + '/'


def _first(results: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Say in a few words what was run on what."""
    model, timing, sources = results['model'], results['timing'], results['sources']
    topics = [topic for source in sources for topic in source['topics']]
    seconds = sum(topic['health']['duration_s'] for topic in topics)
    names = ', '.join(dict.fromkeys(source['kind'] for source in sources))
    memory = ', '.join(results['settings']['memory'])
    return [
        ('Model', model['name'], f'{model["label_set"]}, memory {memory}'),
        ('Engine', model['engine'], f'{model["precision"]} on {model["device"]}'),
        (
            'Input',
            figure(seconds, 's', 1),
            f'{names}; topics: {len(topics)}',
        ),
        ('Speed', figure(timing['frames_per_s'], 'frames/s', 1), 'of this replay, no vehicle'),
    ]


def _live(results: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give what the template shows of a live run; None if it was none, or nothing is known."""
    live = results.get('live')
    if not live:
        return None
    first_ns = results['sources'][0]['first_ns']
    has_curve = len(live['latency_ms']) > 1
    latency = latency_curve(live, first_ns) if has_curve else None
    return {'facts': live_facts(live), 'latency': latency}


def _what_ran(results: Mapping[str, Any]) -> list[tuple[str, object]]:
    model, timing = results['model'], results['timing']
    height, width = model['input_size']
    threads = timing['engine_threads'] or 'as many as the engine chose'
    return [
        ('Model', f'{model["name"]} ({model["path"]})'),
        ('Classes', model['label_set']),
        ('Engine', f'{model["engine"]}, {model["precision"]}, on {model["device"]}'),
        ('Engine threads', threads),
        ('Batch', _batch(timing.get('batch'))),
        ('Input', f'{width} x {height}'),
        *(
            (f'SHA-256 of {name}', checksum)
            for name, checksum in sorted(model['checksums'].items())
        ),
        ('Machine', timing['machine']),
        (
            'Speed',
            f'{figure(timing["frames_per_s"], "frames/s", 1)} over '
            + figure(timing['seconds'], 's', 1),
        ),
    ]


def _batch(batch: int | None) -> str:
    """Say how many images a step took; results of older versions do not."""
    if batch is None:
        return 'not known'
    return '1 image a step' if batch == 1 else f'up to {batch} images of different cameras a step'


def _on_what(results: Mapping[str, Any]) -> list[tuple[str, object]]:
    return [
        (
            source['name'],
            f'{source["kind"]} {source["path"]}, SHA-256 {source["fingerprint"]}'
            + (f'; {source["note"]}' if source['note'] else ''),
        )
        for source in results['sources']
    ]


def _settings(settings: Mapping[str, Any]) -> list[tuple[str, object]]:
    """List the settings that were given; those that were not have no say."""
    listed = [(name, value) for name, value in settings.items() if value not in (None, [], '')]
    return [
        (name.replace('_', ' '), ', '.join(map(str, value)) if isinstance(value, list) else value)
        for name, value in listed
    ]


def _bracketed(text: str) -> str:
    return f'({text})' if text else ''


def _summary(results: Mapping[str, Any]) -> Table:
    """Put the cameras one below the other."""
    keys = ('flow_flicker', 'flicker', 'miou', 'tc')
    rows = [
        [
            f'{source["name"]} {topic["topic"]}',
            topic['frames_in'],
            topic['frames_out'],
            refused(topic['bad']) or 'none',
            *(
                ' '.join(filter(None, [figure(topic[key]), _bracketed(interval_of(key, topic))]))
                for key in keys
            ),
        ]
        for source in results['sources']
        for topic in source['topics']
    ]
    headings = ['camera', 'frames in', 'segmented', 'refused', 'flow flicker, %', 'flicker, %']
    return Table([*headings, 'mIoU, %', 'TC, %'], rows)
