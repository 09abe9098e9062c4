from __future__ import annotations

import sys

import pytest
from replay_samples import call, write_drive


def test_a_recording_of_rerun_is_written_beside(tmp_path):
    pytest.importorskip('rerun', reason='needs the extra rerun')
    bag = write_drive(tmp_path / 'drive.mcap', 6)
    file = tmp_path / 'drive.rrd'
    for masks in ('raw', 'png'):
        assert call(bag, '--out', tmp_path / masks, '--masks', masks, '--rerun', file) == 0
        data = file.read_bytes()
        assert data.startswith(b'RRF2')
        for name in (b'image/mask', b'flow_flicker', b'step_ms', b'bicycle'):
            assert name in data
        file.unlink()


def test_without_rerun_nothing_is_begun(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'rerun', None)
    monkeypatch.delitem(sys.modules, 'time2general_ros.replay.views.rerun_file', raising=False)
    bag = write_drive(tmp_path / 'drive.mcap', 3)
    assert call(bag, '--out', tmp_path / 'out', '--rerun', tmp_path / 'drive.rrd') == 1
    assert 'pip install "rerun-sdk' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_a_bag_alone_has_no_figures_to_show(tmp_path, capsys):
    bag = write_drive(tmp_path / 'drive.mcap', 3)
    out = tmp_path / 'out.mcap'
    assert call(bag, '--out', out, '--rerun', tmp_path / 'drive.rrd') == 1
    assert '--rerun goes with a folder' in capsys.readouterr().err
    assert not out.exists()
