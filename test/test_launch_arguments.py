"""What the launch files declare, also where launch itself is not installed."""

from __future__ import annotations

import re
import runpy

from launch_samples import LAUNCH_FILES, NO_LAUNCH, PROJECT, row
import pytest

from time2general_ros.ros.launching import launch_values
from time2general_ros.ros.launching.arguments import BY_FILE, VEHICLE
from time2general_ros.ros.launching.entities import PARAMETERS as SET_BY_ARGUMENTS
from time2general_ros.ros.launching.launch_argument import read_arguments
from time2general_ros.ros.launching.launch_values import LaunchValueError
from time2general_ros.ros.parameters.declared import ENGINE, PARAMETERS

TYPES = {'use_sim_time': bool, **{item.name: type(item.default) for item in PARAMETERS}}
each_file = pytest.mark.parametrize('path', LAUNCH_FILES, ids=lambda path: path.name)
each_table = pytest.mark.parametrize('table', BY_FILE.values(), ids=BY_FILE)


def test_the_launch_files_are_there():
    assert [path.name for path in LAUNCH_FILES] == sorted(BY_FILE)


@each_file
def test_a_launch_file_compiles(path):
    compile(path.read_text('utf-8'), str(path), 'exec')


@each_table
def test_arguments_are_described_and_named_once(table):
    assert [a.name for a in table if not re.fullmatch(r'[A-Z].*\.|raw .*\.', a.description)] == []
    assert len({argument.name for argument in table}) == len(table)


@each_table
def test_every_default_can_be_used_and_what_is_shipped_exists(table):
    for argument in table:
        default = argument.default_in(PROJECT)
        assert argument.is_shipped == bool(re.search(r'\.(yaml|rviz)$', default or ''))
        if default is not None:
            argument.read(argument.name, default)


@pytest.mark.parametrize('name', ['segmentation.launch.py', 'vehicle.launch.py'])
def test_arguments_that_set_parameters_have_their_types(name):
    for argument in BY_FILE[name]:
        if argument.name in SET_BY_ARGUMENTS:
            assert argument.read(argument.name, '') is None
            text = 'True' if TYPES[argument.name] is bool else 'raw'
            if argument.name not in ('engine', 'precision'):
                assert type(argument.read(argument.name, text)) is TYPES[argument.name]


def test_the_first_argument_that_cannot_be_used_is_told():
    texts = {argument.name: argument.default_in(PROJECT) for argument in VEHICLE}
    assert read_arguments(VEHICLE, texts.__getitem__)['respawn'] is True
    texts.update(respawn='maybe', rviz='perhaps')
    with pytest.raises(LaunchValueError, match="respawn is 'maybe': give true or false"):
        read_arguments(VEHICLE, texts.__getitem__)


@pytest.mark.parametrize('text', ['true', 'True', 'TRUE', 'tRUE', ' true ', '1', 'yes', 'On'])
def test_what_launch_takes_for_true_is_true(text):
    assert launch_values.switch('rviz', text) is True


@pytest.mark.parametrize('text', ['false', 'False', 'FALSE', '0', 'No', 'off'])
def test_what_launch_takes_for_false_is_false(text):
    assert launch_values.switch('rviz', text) is False


@pytest.mark.parametrize(
    ('read', 'text', 'told'),
    [
        (launch_values.switch, '', "x is '': give true or false"),
        (launch_values.switch, '2', 'give true or false'),
        (launch_values.seconds, 'x', "x is 'x': give a number of seconds"),
        (launch_values.seconds, '', 'give a number of seconds'),
        (launch_values.seconds, '-1', 'give a number of seconds'),
        (launch_values.seconds, 'nan', 'give a number of seconds'),
        (launch_values.seconds, 'inf', 'give a number of seconds'),
        (launch_values.positive, 'abc', "x is 'abc': give a number above 0"),
        (launch_values.positive, '0', 'give a number above 0'),
        (launch_values.choice('info', 'warn'), 'loud', 'give one of info, warn'),
        (launch_values.topic, '/a//b', 'with one / between'),
        (launch_values.topic, '', 'such as /camera'),
        (launch_values.namespace, 'ä', 'parts of a to z'),
        (launch_values.file, '/nowhere', "x is '/nowhere': it is no file"),
        (launch_values.file, 'a\0b', 'it is no file'),
        (launch_values.renames, '/a:=/b /c', 'give OLD:=NEW'),
        (launch_values.words, '--a "b', 'close its quotes'),
        (launch_values.parameter(ENGINE), 'x', "engine must be one of 'auto'"),
    ],
)
def test_what_cannot_be_used_is_told_by_name_with_the_remedy(read, text, told):
    with pytest.raises(LaunchValueError) as raised:
        read('x', text)
    assert told in str(raised.value)


def test_values_have_types():
    assert launch_values.seconds('x', '0.5') == 0.5
    assert launch_values.choice('info', 'warn')('x', 'WARN') == 'warn'
    assert launch_values.renames('x', '/a:=/b  c:=d') == {'/a': '/b', 'c': 'd'}
    assert launch_values.optional(launch_values.topic)('x', ' ') is None


@each_file
def test_the_documented_table_is_what_is_declared(path):
    text = (PROJECT / 'docs' / 'launch.md').read_text('utf-8')
    (table,) = re.findall(rf'<!-- {path.name} -->\n(.*?)<!-- end -->', text, re.DOTALL)
    rows = [line for line in table.splitlines() if line.startswith('| `')]
    assert rows == [row(argument) for argument in BY_FILE[path.name]]


@each_file
def test_ros2_launch_shows_every_argument(path, monkeypatch):
    pytest.importorskip('launch_ros', reason=NO_LAUNCH)
    monkeypatch.syspath_prepend(str(PROJECT))
    description = runpy.run_path(str(path))['generate_launch_description']()
    shown = {argument.name: argument for argument in description.get_launch_arguments()}
    expected = BY_FILE[path.name]
    assert list(shown) == [argument.name for argument in expected]
    for argument in expected:
        assert shown[argument.name].description == argument.description
        assert not shown[argument.name]._conditionally_included


def test_programs_that_launch_files_start_are_installed():
    programs = set()
    for path in (*LAUNCH_FILES, PROJECT / 'time2general_ros/ros/launching/entities.py'):
        programs |= set(re.findall(r"executable='(\w+)'", path.read_text('utf-8')))
    installed = re.findall(r"'(\w+) = [\w.]+:\w+'", (PROJECT / 'setup.py').read_text('utf-8'))
    assert programs - {'rviz2'} <= set(installed)
    assert len(programs) == 5
