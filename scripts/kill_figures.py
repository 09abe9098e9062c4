"""Kill the node with signal 9 in the middle of traffic, respawn it, and time the way back."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

from live_traffic import PATIENCE_S, Listener, LiveNode, mask_topic, start_camera

from time2general_ros.bags.reader import BagReader


def main() -> None:
    """Kill the node a few times, then the recorder, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--kills', type=int, default=3)
    parser.add_argument(
        '--respawn-delay-s', type=float, default=0.5, help='as in the launch files'
    )
    parser.add_argument('--rate-hz', type=float, default=15.0)
    parser.add_argument('--param', action='append', default=[], help='of the node: NAME:=VALUE')
    parser.add_argument('--out', type=Path, help='JSON file; by default printed')
    options = parser.parse_args()
    parameters = dict(given.split(':=', 1) for given in options.param)
    with TemporaryDirectory() as folder:
        figures = measure(options, parameters, Path(folder) / 'masks.mcap')
    text = json.dumps(figures, indent=2)
    if options.out:
        options.out.write_text(text + '\n')
    else:
        print(text)


def measure(options: argparse.Namespace, parameters: dict[str, Any], bag: Path) -> dict[str, Any]:
    """Kill and respawn; give the seconds from each kill to the next mask."""
    program = 'time2general_ros.ros.programs.recorder'
    recorder_command = [sys.executable, '-m', program, mask_topic('')]
    recorder_command += ['--out', str(bag), '--idle-s', '600']
    resumed_s = []
    with Listener(['']) as listener, LiveNode([''], parameters) as node:
        recorder = subprocess.Popen(recorder_command, stdout=subprocess.PIPE)
        camera = start_camera('', options.rate_hz, (640, 480), 3600.0)
        try:
            listener.wait_for_masks(node.process)
            for _ in range(options.kills):
                listener.listen(2.0)
                node.process.send_signal(signal.SIGKILL)
                killed = time.monotonic()
                node.process.wait()
                # Masks that were under way are no sign of life.
                listener.listen(options.respawn_delay_s)
                listener.clear()
                node.start()
                listener.wait_for_masks(node.process)
                resumed_s.append(round(listener.arrivals[''][0][0] - killed, 3))
            listener.listen(2.0)
        finally:
            recorder.kill()
            recorder.wait(PATIENCE_S)
            camera.kill()
            camera.wait()
        received = len(listener.arrivals[''])
    with BagReader(bag) as reader:
        read = sum(1 for _ in reader.messages(mask_topic('')))
    return {
        'kills': options.kills,
        'respawn_delay_s': options.respawn_delay_s,
        'resumed_s': resumed_s,
        'masks_in_the_bag_of_the_killed_recorder': read,
        'masks_after_the_last_kill': received,
    }


if __name__ == '__main__':
    main()
