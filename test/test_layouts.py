"""Layouts with the classes of a model; those that ship are what the command writes."""

from __future__ import annotations

import json
from pathlib import Path
import re

from launch_samples import PROJECT
import pytest

from time2general_ros.cli.main import main
from time2general_ros.labels.description import read_label_set
from time2general_ros.labels.files import load_label_set
from time2general_ros.layouts.foxglove import foxglove_layout
from time2general_ros.layouts.nav2 import LAYER, nav2_layout
from time2general_ros.layouts.rviz import rviz_layout

yaml = pytest.importorskip('yaml')

OWN = read_label_set(
    [
        {'name': 'track', 'colour': [1, 2, 3], 'groups': ['road', 'terrain']},
        {'name': 'alive', 'groups': ['person', 'vegetation']},
        'yes',
        '</script>|*',
    ],
    '',
    'own',
)


def costs(text: str) -> dict[str, list[str]]:
    camera = yaml.safe_load(text)[LAYER]['camera']
    return {kind: camera[kind]['classes'] for kind in camera['class_types']}


@pytest.mark.parametrize(
    ('option', 'place'),
    [
        ('--rviz', 'rviz/segmentation.rviz'),
        ('--foxglove', 'config/foxglove/segmentation.json'),
        ('--nav2', 'config/nav2/semantic_segmentation_layer.yaml'),
    ],
)
def test_what_ships_is_what_the_command_writes_for_the_shipped_model(
    option: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(PROJECT / 'models' / 'compact')
    assert main(['layout', model, option]) == 0
    shipped = (PROJECT / place).read_text('utf-8')
    assert yaml.safe_load(capsys.readouterr().out) == yaml.safe_load(shipped)


def test_nav2_lists_every_class_once_and_what_is_not_known_as_obstacle() -> None:
    text = nav2_layout(OWN, 'segmentation')
    assert costs(text) == {
        'traversable': ['track'],
        'obstacle': ['alive', 'yes', '</script>|*'],
    }
    assert 'Nothing is known of alive, yes, </script>|*: listed as obstacle' in text
    content = yaml.safe_load(text)[LAYER]['camera']
    assert 'caution' not in content


def test_a_group_is_of_the_kind_that_all_its_members_are() -> None:
    found = costs(nav2_layout(load_label_set('idd7'), 'segmentation'))
    assert found['traversable'] == ['drivable']
    # A pavement and terrain, a house and a tree: of two kinds, so the safe one.
    assert found['obstacle'] == [
        'non-drivable',
        'living thing',
        'vehicle',
        'roadside object',
        'far object',
    ]
    assert found['ignored'] == ['sky']


def test_rviz_spreads_the_greys_of_ids_and_tells_the_colours() -> None:
    text = rviz_layout(OWN, 'segmentation')
    shown = yaml.safe_load(text)['Visualization Manager']['Displays']
    (ids,) = [display for display in shown if display['Name'] == 'Class ids']
    assert (ids['Min Value'], ids['Max Value']) == (0, 4)
    assert '#   0 #010203 track\n' in text


def test_foxglove_has_a_legend_in_which_names_are_text() -> None:
    text = foxglove_layout(OWN, 'segmentation')
    assert '"maxValue": 4' in text
    assert '"maxValue": 255' in text
    (legend,) = re.findall(r'"markdown": (".*")', text)
    rows = json.loads(legend).splitlines()
    assert rows[4].startswith('| 0 |')
    assert '#010203' in rows[4]
    assert rows[4].endswith('| track |')
    assert '</script>' not in rows[7]
    assert rows[7].count('|') == 4


@pytest.mark.parametrize('make', [rviz_layout, foxglove_layout, nav2_layout])
def test_topics_move_into_the_namespace(make) -> None:  # type: ignore[no-untyped-def]
    text = make(OWN, 'ego/front/segmentation')
    assert '/ego/front/segmentation/mask' in text
    assert not re.search(r'(?<!front)/segmentation/', text)


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    out = tmp_path / 'own.rviz'
    assert main(['layout', '--rviz', '--namespace', '/ego', '--out', str(out)]) == 0
    assert '/ego/overlay' in out.read_text('utf-8')


@pytest.mark.parametrize(
    ('arguments', 'told'),
    [
        (['/nowhere', '--nav2'], '/nowhere is not a model folder'),
        (['--nav2', '--out', '/nowhere/file'], '/nowhere'),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['layout', *arguments]) == 1
    message = capsys.readouterr().err
    assert told in message
    assert message.count('\n') == 1


@pytest.mark.parametrize('arguments', [[], ['--rviz', '--nav2'], ['--rviz', '--namespace', '1a']])
def test_a_layout_is_one_of_three_in_a_namespace(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(['layout', *arguments])
