"""
Several cameras at once, and one or more that are too fast: latency, and where every image went.

The pictures are noise, for which the network takes as long as for any other.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
import time
from typing import Any

from live_traffic import Listener, LiveNode, account, percentiles, start_camera


def main() -> None:
    """Run the load and then the overload, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--cameras', type=int, default=4)
    parser.add_argument('--rate-hz', type=float, default=15.0, help='of each camera')
    parser.add_argument('--size', default='640x480', help='WIDTHxHEIGHT')
    parser.add_argument('--seconds', type=float, default=60.0, help='length of the load')
    parser.add_argument('--overload-hz', type=float, default=60.0, help='rate of the one camera')
    parser.add_argument('--minutes', type=float, default=5.0, help='length of the overload')
    parser.add_argument('--param', action='append', default=[], help='of the node: NAME:=VALUE')
    parser.add_argument('--out', type=Path, help='JSON file; by default printed')
    options = parser.parse_args()
    width, height = map(int, options.size.split('x'))
    parameters = dict(given.split(':=', 1) for given in options.param)
    names = [f'camera{index}' for index in range(options.cameras)]
    figures = {
        'cores': len(os.sched_getaffinity(0)),
        'size': options.size,
        'load': measure(names, options.rate_hz, (width, height), options.seconds, parameters),
        'overload': measure(
            [''], options.overload_hz, (width, height), 60.0 * options.minutes, parameters
        ),
    }
    text = json.dumps(figures, indent=2)
    if options.out:
        options.out.write_text(text + '\n')
    else:
        print(text)


def measure(
    names: list[str],
    rate_hz: float,
    size: tuple[int, int],
    seconds: float,
    parameters: dict[str, Any],
) -> dict[str, Any]:
    """Send images of some cameras at a rate and say what came of them."""
    with Listener(names) as listener, LiveNode(names, parameters) as node:
        # Latencies count from the first second after all cameras have masks.
        cameras = [start_camera(name, rate_hz, size, seconds + 5.0) for name in names]
        listener.wait_for_masks(node.process)
        listener.listen(1.0)
        listener.clear()
        began = time.monotonic()
        while any(camera.poll() is None for camera in cameras):
            listener.listen(0.2)
        sent = [json.loads(camera.communicate()[0])['sent'] for camera in cameras]
        report = node.stop()
    results = {}
    for name, count in zip(names, sent, strict=True):
        arrivals = listener.arrivals[name]
        result = account(report, name, count)
        result['latency_from_stamp_ms'] = percentiles(arrivals)
        result['parts'] = _parts(arrivals, began)
        step = (result['stages_ms']['step'] or {}).get('p99', 0.0)
        result['bound_ms'] = round(1e3 / rate_hz + step, 2)
        p99 = (result['latency_ms'] or {}).get('p99')
        result['within_bound'] = p99 is not None and p99 <= result['bound_ms']
        results[name or 'camera'] = result
    return {'rate_hz': rate_hz, 'seconds': seconds, 'engine': report['engine'], **results}


def _parts(arrivals: list[tuple[float, float]], began: float) -> list[dict[str, float]]:
    """Summarise the latencies of five equal parts, which tell whether they grow."""
    span = max((when for when, _ in arrivals), default=began) - began
    parts: list[list[tuple[float, float]]] = [[] for _ in range(5)]
    for when, latency in arrivals:
        parts[min(4, int(5 * (when - began) / span) if span else 0)].append((when, latency))
    return [percentiles(part) for part in parts]


if __name__ == '__main__':
    main()
