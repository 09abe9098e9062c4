"""What the launch files declare, also where launch itself is not installed."""

from __future__ import annotations

import ast
import re
import runpy

from launch_samples import LAUNCH_FILES, NO_LAUNCH, PROJECT, declared_arguments
import pytest

from time2general_ros.ros.parameters.declared import PARAMETERS

TYPES = {parameter.name: type(parameter.default) for parameter in PARAMETERS}
each_file = pytest.mark.parametrize('path', LAUNCH_FILES, ids=lambda path: path.name)


def test_the_launch_files_are_there():
    names = [path.name for path in LAUNCH_FILES]
    assert names == ['replay.launch.py', 'segmentation.launch.py', 'vehicle.launch.py']


@each_file
def test_a_launch_file_compiles(path):
    compile(path.read_text('utf-8'), str(path), 'exec')


@each_file
def test_arguments_are_declared_at_the_top_level_and_described(path):
    functions = [
        node
        for node in ast.parse(path.read_text('utf-8')).body
        if isinstance(node, ast.FunctionDef)
    ]
    assert all('DeclareLaunchArgument' not in ast.unparse(node) for node in functions)
    arguments = declared_arguments(path)
    assert arguments
    assert [
        a.name for a in arguments if not re.fullmatch(r'[A-Z].*\.|raw .*\.', a.description)
    ] == []
    assert len({argument.name for argument in arguments}) == len(arguments)


@each_file
def test_a_default_is_among_the_choices_and_its_file_exists(path):
    for argument in declared_arguments(path):
        assert not argument.choices or argument.default in argument.choices
        if argument.default and re.search(r'\.(yaml|rviz)$', argument.default):
            assert (PROJECT / argument.default).is_file()


@pytest.mark.parametrize('name', ['segmentation', 'vehicle'])
def test_arguments_that_set_parameters_have_their_names_and_types(name):
    path = PROJECT / 'launch' / f'{name}.launch.py'
    tables = [
        node.value
        for node in ast.parse(path.read_text('utf-8')).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == 'PARAMETERS'
    ]
    (table,) = tables
    types = {'str': str, 'bool': bool}
    given = {
        key.value: types[value.id] for key, value in zip(table.keys, table.values, strict=True)
    }
    assert given.pop('use_sim_time') is bool
    assert given == {key: TYPES[key] for key in given}
    assert given.keys() <= {argument.name for argument in declared_arguments(path)}


@each_file
def test_the_documented_table_is_what_is_declared(path):
    text = (PROJECT / 'docs' / 'launch.md').read_text('utf-8')
    (table,) = re.findall(rf'<!-- {path.name} -->\n(.*?)<!-- end -->', text, re.DOTALL)
    rows = [line for line in table.splitlines() if line.startswith('| `')]
    assert rows == [argument.row for argument in declared_arguments(path)]


@each_file
def test_ros2_launch_shows_every_argument(path, monkeypatch):
    pytest.importorskip('launch_ros', reason=NO_LAUNCH)
    monkeypatch.syspath_prepend(str(PROJECT))
    description = runpy.run_path(str(path))['generate_launch_description']()
    shown = {argument.name: argument for argument in description.get_launch_arguments()}
    expected = declared_arguments(path)
    if path.name == 'replay.launch.py':
        expected += declared_arguments(PROJECT / 'launch' / 'segmentation.launch.py')
    assert list(shown) == [argument.name for argument in expected]
    for argument in expected:
        assert shown[argument.name].description.startswith(argument.description)
        assert not shown[argument.name]._conditionally_included


def test_programs_that_launch_files_start_are_installed():
    programs = set()
    for path in LAUNCH_FILES:
        programs |= set(re.findall(r"executable='(\w+)'", path.read_text('utf-8')))
    installed = re.findall(r"'(\w+) = [\w.]+:main'", (PROJECT / 'setup.py').read_text('utf-8'))
    assert programs - {'rviz2'} <= set(installed)
