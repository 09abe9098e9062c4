"""What a live node recorded, measured and shown as a replay is."""

from __future__ import annotations

from collections.abc import Collection
import json
from pathlib import Path
import re
import shutil
from typing import Any

import pytest
from replay_samples import (
    IMAGE,
    LABELS,
    MASK,
    call,
    lasting,
    results,
    rows,
    stamp,
    write_drive,
)
from rosbags.typesys.stores.ros2_jazzy import (
    diagnostic_msgs__msg__DiagnosticArray as DiagnosticArray,
)
from rosbags.typesys.stores.ros2_jazzy import (
    diagnostic_msgs__msg__DiagnosticStatus as DiagnosticStatus,
)
from rosbags.typesys.stores.ros2_jazzy import diagnostic_msgs__msg__KeyValue as KeyValue

from time2general_ros.bags.image_messages import header, mono8_message
from time2general_ros.bags.images import BagFrame, read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli.main import main

LOST = (5, 6, 17)
# The day on which the drive was played.
LATER_NS = 10**15
CONFIDENCE = MASK.replace('mask', 'confidence')


def diagnostics(index: int, latency_ms: float) -> DiagnosticArray:
    superseded = 2 if index < 19 else 5
    counts = {'frames_in': index + 1, 'frames_out': index, 'dropped.superseded': superseded}
    values = {
        **counts,
        'dropped.stale': 0,
        'lost_in_transport': 'unknown',
        'latency_from_receive_ms.p50': latency_ms,
        'latency_from_receive_ms.p99': 2 * latency_ms,
    }
    statuses = [
        status('engine', {'engine': 'openvino', 'device': 'a CPU', 'precision': 'bf16'}),
        status('camera', values),
    ]
    return DiagnosticArray(header=header(stamp(index), ''), status=statuses)


def status(name: str, values: dict[str, object]) -> DiagnosticStatus:
    pairs = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
    full = f'/segmentation/time2general: {name}'
    return DiagnosticStatus(level=0, name=full, message='', hardware_id='', values=pairs)


def record(
    offline: Path, out: Path, *, confidence: bool = True, lost: Collection[int] = LOST
) -> Path:
    """Record the masks of a replay as a node would have published them, late and not all."""
    with BagReader(offline / 'masks.mcap') as masks, BagWriter(out, overwrite=True) as writer:
        for topic in (MASK, CONFIDENCE) if confidence else (MASK,):
            for index, item in enumerate(read_frames(masks, topic)):
                if index in lost:
                    continue
                assert isinstance(item, BagFrame)
                message = mono8_message(item.image[..., 0], item.stamp_ns, 'front')
                writer.write(topic, IMAGE, item.stamp_ns + LATER_NS, message)
        for index in (9, 19):
            kind = 'diagnostic_msgs/msg/DiagnosticArray'
            said = diagnostics(index, 7.0 + index)
            writer.write('/diagnostics', kind, stamp(index) + LATER_NS, said)
    return out


@pytest.fixture(scope='module')
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('live')
    bag = write_drive(folder / 'drive.mcap', with_labels=True)
    labels = ('--labels', LABELS)
    assert call(bag, '--out', folder / 'offline', *labels) == 0
    recorded = record(folder / 'offline', folder / 'recorded.mcap')
    assert call(bag, '--live', recorded, '--out', folder / 'live', *labels) == 3
    return folder


def test_the_masks_are_those_of_the_node_and_losses_are_counted(live):
    held = results(live / 'live')
    (topic,) = held['sources'][0]['topics']
    assert (topic['frames_in'], topic['frames_out']) == (24, 21)
    assert topic['bad'] == {'unanswered': 3}
    offline = {row['frame']: row for row in rows(live / 'offline')}
    for row in rows(live / 'live'):
        if row['frame'] in LOST:
            assert row['refused'] == 'unanswered'
        else:
            assert row['class_pixels'] == offline[row['frame']]['class_pixels']
            # A node's masks do not tell what it remembered.
            assert row['memory_depth'] is None
    assert topic['memory_depth'] is None
    assert held['model']['engine'] == 'openvino'
    assert held['model']['precision'] == 'bf16'
    assert held['live']['dropped'] == {'superseded': 5}
    series = held['live']['latency_ms']
    assert [entry['p50'] for entry in series] == [16.0, 26.0]
    assert [entry['lost'] for entry in series] == [{'superseded': 2}, {'superseded': 5}]
    # By the clock of the images, whatever day it was when they were played.
    assert [entry['time_ns'] for entry in series] == [stamp(9), stamp(19)]


def test_the_page_shows_live_latency_and_drops(live):
    page = (live / 'live' / 'report.html').read_text('utf-8')
    assert '21</strong> segmented' in page
    assert 'unanswered 3' in page
    assert 'superseded 5' in page
    assert 'Live latency' in page
    assert '21.0 ms, in the worst 5 s 26.0 ms' in page
    assert 'mask without memory' in page
    # What was lost, on the axis of the latency, and in its table.
    assert 'superseded: 5 lost; stretches: 1' in page
    assert '<title>5 within 1.0 s</title>' in page
    assert 'lost since the row above' in page
    assert re.findall(r'<td>superseded (\d)</td>', page) == ['2', '3']


def test_a_live_run_is_resumed_and_told_apart_from_another(live, tmp_path):
    again = tmp_path / 'again'
    shutil.copytree(live / 'live', again)
    bag = live / 'drive.mcap'
    recorded = live / 'recorded.mcap'
    assert call(bag, '--live', recorded, '--out', again, '--labels', LABELS) == 3
    assert lasting(again) == lasting(live / 'live')
    assert results(again)['run_id'] != results(live / 'offline')['run_id']


def compared(out: Path, *runs: Path) -> dict[str, Any]:
    assert main(['compare', *map(str, runs), '--json', str(out)]) == 0
    read: dict[str, Any] = json.loads(out.read_text())
    return read


def test_a_live_run_is_compared_where_both_answered(live, tmp_path, capsys):
    offline, lossy = live / 'offline', live / 'live'
    page = tmp_path / 'page.html'
    assert main(['compare', str(offline), str(lossy), '--page', str(page)]) == 0
    printed = capsys.readouterr()
    assert 'compared are the 21 that both runs answered; left out are 3' in printed.err
    assert '21 frames of 1 recordings' in printed.out
    assert '<strong>3</strong> that one of them alone answered are left out' in page.read_text()
    read = compared(tmp_path / 'a.json', offline, lossy)
    assert read['frames'] == 21
    assert read['left_out'] == {'a': 3, 'b': 0}
    # The same masks: nothing differs, though pairs of the live run alone reach across losses.
    (offline_topic,), (live_topic,) = (
        [topic for source in results(run)['sources'] for topic in source['topics']]
        for run in (offline, lossy)
    )
    for name, measured in read['metrics'].items():
        assert measured['difference'] in (0, None), name
        if name in ('flow_flicker', 'flicker', 'tc', 'vc8'):
            assert measured['a'] is not None
            assert measured['a'] != pytest.approx(live_topic[name], abs=1e-4), name
            assert offline_topic[name] != live_topic[name]
    pairs = sum(
        row['flow_flicker'] is not None and row['frame'] - 1 not in LOST
        for row in rows(lossy)
        if row['frame'] not in LOST
    )
    assert pairs == 24 - 3 - 1 - 2
    other = compared(tmp_path / 'b.json', lossy, offline)
    assert other['left_out'] == {'a': 0, 'b': 3}
    assert compared(tmp_path / 'c.json', lossy, lossy)['left_out'] == {'a': 0, 'b': 0}


def test_nothing_is_compared_where_no_frame_is_shared(live, tmp_path, capsys):
    half = tmp_path / 'half.mcap'
    bag = write_drive(half, 24, with_labels=True)
    runs = []
    for name, kept in (('even', 0), ('odd', 1)):
        recorded = record(live / 'offline', tmp_path / f'{name}.mcap', lost=range(kept, 24, 2))
        runs.append(tmp_path / name)
        assert call(bag, '--live', recorded, '--out', runs[-1], '--no-flow') == 3
    capsys.readouterr()
    assert main(['compare', *map(str, runs)]) == 1
    assert 'no frame was answered in both' in capsys.readouterr().err


def test_what_is_no_recording_of_this_drive_is_told(live, tmp_path, capsys):
    bag = live / 'drive.mcap'
    capsys.readouterr()
    assert call(bag, '--live', bag, '--out', tmp_path / 'a') == 1
    assert 'must hold the masks of one camera, and holds: none' in capsys.readouterr().err
    bare = record(live / 'offline', tmp_path / 'bare.mcap', confidence=False)
    assert call(bag, '--live', bare, '--out', tmp_path / 'b') == 1
    assert 'confidence' in capsys.readouterr().err
    assert call(bag, '--live', bare, '--out', tmp_path / 'd.mcap') == 1
    assert '--live goes with a folder' in capsys.readouterr().err
