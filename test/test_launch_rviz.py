"""What RViz shows: the topics of the contract, all at once."""

from __future__ import annotations

from launch_samples import PROJECT
import pytest

yaml = pytest.importorskip('yaml')

ONE_CAMERA = ('image_raw', 'mask', 'confidence', 'overlay', 'diagnostics_image')
INPUTS = ('image_raw',)


def displays(name):
    content = yaml.safe_load((PROJECT / 'rviz' / name).read_text('utf-8'))
    return content, content['Visualization Manager']['Displays']


def topics(shown, enabled_only=False):
    return {s['Topic']['Value'] for s in shown if s['Enabled'] or not enabled_only}


def test_one_camera_is_shown_whole():
    _, shown = displays('segmentation.rviz')
    assert topics(shown) == {f'/segmentation/{topic}' for topic in ONE_CAMERA}
    at_once = {f'/segmentation/{topic}' for topic in ('image_raw', 'overlay', 'diagnostics_image')}
    assert at_once <= topics(shown, enabled_only=True)


def test_the_shipped_vehicle_is_shown_whole():
    vehicle = yaml.safe_load((PROJECT / 'config' / 'vehicle.yaml').read_text('utf-8'))
    _, shown = displays('vehicle.rviz')
    overlays = {f'/{name}/segmentation/overlay' for name in vehicle['cameras']}
    others = {
        f'/{name}/{topic}'
        for name in vehicle['cameras']
        for topic in ('image_raw', 'segmentation/mask')
    }
    assert topics(shown, enabled_only=True) == {*overlays, '/diagnostics_image'}
    assert topics(shown) == {*overlays, *others, '/diagnostics_image'}


@pytest.mark.parametrize('name', ['segmentation.rviz', 'vehicle.rviz'])
def test_every_display_is_an_image_whose_qos_its_publisher_meets(name):
    content, shown = displays(name)
    docks = content['Window Geometry']
    for display in shown:
        assert display['Class'] == 'rviz_default_plugins/Image'
        assert display['Topic']['Durability Policy'] == 'Volatile'
        is_input = display['Topic']['Value'].endswith(INPUTS)
        assert display['Topic']['Reliability Policy'] == 'Best Effort' if is_input else 'Reliable'
        assert not display['Enabled'] or docks[display['Name']] == {'collapsed': False}
    assert len({display['Name'] for display in shown}) == len(shown)
