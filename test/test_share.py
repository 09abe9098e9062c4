from __future__ import annotations

from pathlib import Path
import sys
import sysconfig

import pytest

from time2general_ros import share


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend that the code lies in site-packages, and give the prefix of the installation."""
    code = tmp_path / 'prefix' / 'lib' / 'site-packages' / 'time2general_ros' / 'share.py'
    monkeypatch.setattr(share, '__file__', str(code))
    monkeypatch.setattr(sys, 'prefix', str(tmp_path / 'prefix'))
    monkeypatch.setattr(sysconfig, 'get_path', lambda *_: str(tmp_path / 'data'))
    monkeypatch.delenv('AMENT_PREFIX_PATH', raising=False)
    return tmp_path / 'prefix'


def fill(prefix: Path) -> Path:
    folder = prefix / 'share' / 'time2general_ros'
    folder.mkdir(parents=True)
    (folder / 'package.xml').touch()
    return folder


def test_source_checkout_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = tmp_path / 'checkout' / 'time2general_ros' / 'share.py'
    code.parent.mkdir(parents=True)
    (tmp_path / 'checkout' / 'package.xml').touch()
    monkeypatch.setattr(share, '__file__', str(code))
    fill(tmp_path / 'workspace')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path / 'workspace'))
    assert share.share_folder() == tmp_path / 'checkout'


def test_workspace_wins_over_pip(
    installed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(installed)
    expected = fill(tmp_path / 'overlay')
    fill(tmp_path / 'underlay')
    prefixes = ['/opt/ros/none', str(tmp_path / 'overlay'), str(tmp_path / 'underlay')]
    monkeypatch.setenv('AMENT_PREFIX_PATH', ':'.join(prefixes))
    assert share.share_folder() == expected


def test_pip_installation_is_found(installed: Path) -> None:
    expected = fill(installed)
    assert share.share_folder() == expected


def test_data_scheme_is_found(installed: Path, tmp_path: Path) -> None:
    expected = fill(tmp_path / 'data')
    assert share.share_folder() == expected


def test_error_names_every_place(
    installed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path / 'workspace'))
    with pytest.raises(share.ShareError) as caught:
        share.share_folder()
    for prefix in (tmp_path / 'workspace', installed, tmp_path / 'data'):
        assert f'{prefix}/share/time2general_ros' in str(caught.value)
    assert str(installed / 'lib' / 'site-packages') in str(caught.value)
