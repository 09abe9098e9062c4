from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

SCRIPTS = Path(__file__).parents[1] / 'scripts'


def test_figures_of_a_report_reach_the_card(tmp_path: Path) -> None:
    figures = {'flicker': 1.234, 'vc8': 97.0, 'vc8_correct': 95.0, 'miou': 66.666}
    facts = {'data': 'camvid:x', 'split': 'val', 'memory': 'on', 'engine': 'openvino'}
    report = {**facts, 'miou': 66.666, 'strides': {'1': figures}, 'per_class_iou': {}}
    card, file = tmp_path / 'card.json', tmp_path / 'report.json'
    card.write_text(json.dumps({'name': 'compact'}))
    file.write_text(json.dumps(report))
    command = [sys.executable, str(SCRIPTS / 'card_figures.py'), str(card), str(file)]
    subprocess.run([*command, '--machine', 'here'], check=True)
    written = json.loads(card.read_text())
    assert written['name'] == 'compact'
    assert written['figures']['machine'] == 'here'
    assert written['figures']['reports'][0]['strides']['1']['flicker'] == 1.23
