"""One camera for a long time: whether memory grows, and where every image went."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import time

from live_traffic import Listener, LiveNode, account, percentiles, start_camera
import numpy as np

from time2general_ros.timing.process_memory import rss_mb


def main() -> None:
    """Run the soak and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--minutes', type=float, default=30.0)
    parser.add_argument('--warm-up-s', type=float, default=60.0)
    parser.add_argument('--sample-s', type=float, default=5.0, help='between two looks at memory')
    parser.add_argument('--rate-hz', type=float, default=30.0)
    parser.add_argument('--size', default='640x480', help='WIDTHxHEIGHT')
    parser.add_argument('--param', action='append', default=[], help='of the node: NAME:=VALUE')
    parser.add_argument('--out', type=Path, help='JSON file; by default printed')
    options = parser.parse_args()
    width, height = map(int, options.size.split('x'))
    parameters = dict(given.split(':=', 1) for given in options.param)
    with Listener(['']) as listener, LiveNode([''], parameters) as node:
        seconds = options.warm_up_s + 60.0 * options.minutes
        camera = start_camera('', options.rate_hz, (width, height), seconds)
        listener.wait_for_masks(node.process)
        warm_at = time.monotonic() + options.warm_up_s
        samples: list[float] = []
        while camera.poll() is None:
            listener.listen(options.sample_s)
            if time.monotonic() >= warm_at:
                samples.append(rss_mb(node.process.pid))
        sent = json.loads(camera.communicate()[0])['sent']
        report = node.stop()
    tenth = max(1, len(samples) // 10)
    first, last = np.median(samples[:tenth]), np.median(samples[-tenth:])
    figures = {
        'minutes': options.minutes,
        'rate_hz': options.rate_hz,
        'size': options.size,
        'engine': report['engine'],
        **account(report, '', sent),
        'latency_from_stamp_ms': percentiles(listener.arrivals['']),
        'rss_mb': {
            'after_warm_up': round(float(first), 2),
            'at_the_end': round(float(last), 2),
            'growth': round(float(last - first), 2),
            'largest_growth': round(max(samples) - float(first), 2),
        },
    }
    text = json.dumps(figures, indent=2)
    if options.out:
        options.out.write_text(text + '\n')
    else:
        print(text)


if __name__ == '__main__':
    main()
