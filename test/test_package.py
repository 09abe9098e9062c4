from __future__ import annotations

import configparser
import importlib
from importlib import metadata
from pathlib import Path
import re
import sys
import sysconfig
from typing import Any

from imported_modules import imported_libraries
import pytest
import setuptools

import time2general_ros

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / 'time2general_ros'
NAME = 'time2general_ros'
INTERFACES = re.compile('[a-z_]+_(msgs|srvs|interfaces)')

pytestmark = pytest.mark.skipif(
    not (ROOT / 'setup.py').is_file(), reason='the package is not tested from its source checkout'
)
made_environment = pytest.mark.skipif(
    not Path(sys.prefix, '.installed').is_file(), reason='the environment is not of `make venv`'
)


@pytest.fixture
def setup_arguments(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run setup.py and give what it hands to setuptools."""
    given: dict[str, Any] = {}
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(setuptools, 'setup', lambda **arguments: given.update(arguments))
    exec(compile((ROOT / 'setup.py').read_text('utf-8'), 'setup.py', 'exec'), {})
    return given


@pytest.fixture
def manifest() -> Any:
    """Give package.xml as ROS 2 tools read it."""
    catkin_pkg = pytest.importorskip('catkin_pkg.package')
    return catkin_pkg.parse_package(str(ROOT))


def test_package_xml_is_accepted(manifest: Any) -> None:
    warnings: list[str] = []
    manifest.validate(warnings)
    assert warnings == []
    assert manifest.package_format == 3
    assert manifest.name == NAME
    assert [export.content for export in manifest.exports] == ['ament_python']


def test_versions_and_words_agree(manifest: Any, setup_arguments: dict[str, Any]) -> None:
    assert manifest.version == setup_arguments['version'] == time2general_ros.__version__
    assert manifest.licenses == [setup_arguments['license']]
    assert manifest.description == setup_arguments['description']


def test_ros_packages_in_use_are_declared(manifest: Any, setup_arguments: dict[str, Any]) -> None:
    declared = {dependency.name for dependency in manifest.exec_depends}
    interfaces = {
        name for name in imported_libraries(CODE) if re.search('_(msgs|srvs|interfaces)$', name)
    }
    assert interfaces | {'rclpy'} <= declared
    wheels = {re.sub(r'\[.*', '', name) for name in setup_arguments['extras_require']['ros']}
    assert {f'ros-{name.replace("_", "-")}' for name in interfaces | {'rclpy'}} <= wheels


def test_libraries_in_use_are_declared(setup_arguments: dict[str, Any]) -> None:
    extras = setup_arguments['extras_require']
    optional = [
        name
        for extra in ('train', 'replay', 'fleet', 'rerun', 'tensorrt', 'onnxruntime')
        for name in extras[extra]
    ]
    requirements = [*setup_arguments['install_requires'], *optional]
    declared = {re.split(r'[\[=<>!~; ]', requirement)[0] for requirement in requirements}
    imports_as = {
        'opencv-python-headless': 'cv2',
        'tensorrt-cu13-bindings': 'tensorrt',
        'cuda-bindings': 'cuda',
        'rerun-sdk': 'rerun',
        'ruamel.yaml': 'ruamel',
        'pyyaml': 'yaml',
    }
    importable = {imports_as.get(name, name.replace('-', '_')) for name in declared}
    ours = {NAME, 'rclpy'} | sys.stdlib_module_names
    used = {
        name
        for name in imported_libraries(CODE)
        if not re.search('_(msgs|srvs|interfaces)$', name)
    }
    assert used - ours <= importable


@pytest.mark.parametrize('file', ['docs/ros2.md', 'docker/Dockerfile'])
def test_requirements_come_from_rosdep_or_the_line_for_pip(
    manifest: Any, setup_arguments: dict[str, Any], file: str
) -> None:
    text = (ROOT / file).read_text('utf-8').replace('\\\n', ' ')
    (line,) = re.findall(r'pip install (.*openvino.*)', text)
    words = [re.split('[<>=]', word.strip("'"))[0] for word in line.split()]
    by_pip = {word for word in words if not word.startswith('-')}
    keys = {depend.name for depend in manifest.exec_depends if depend.name.startswith('python3-')}
    by_rosdep = {'python3-numpy': 'numpy', 'python3-yaml': 'pyyaml'}
    by_rosdep['python3-opencv'] = 'opencv-python-headless'
    assert keys == by_rosdep.keys()
    assert by_pip | set(by_rosdep.values()) == set(setup_arguments['install_requires'])


def test_setup_cfg_serves_ros2_run() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / 'setup.cfg')
    assert config['develop']['script_dir'] == f'$base/lib/{NAME}'
    assert config['install']['install_scripts'] == f'$base/lib/{NAME}'
    assert not [key for section in config.values() for key in section if '-' in key]


def test_ament_index_marker_is_installed(setup_arguments: dict[str, Any]) -> None:
    index = dict(setup_arguments['data_files'])['share/ament_index/resource_index/packages']
    assert index == [f'resource/{NAME}']
    assert (ROOT / 'resource' / NAME).is_file()


def test_share_files_are_installed_in_their_folders(setup_arguments: dict[str, Any]) -> None:
    installed = {
        f'{folder}/{Path(file).name}'
        for folder, files in setup_arguments['data_files']
        for file in files
    }
    tracked = [
        path.relative_to(ROOT).as_posix()
        for top in ('launch', 'config', 'models', 'rviz')
        for path in (ROOT / top).rglob('*')
        if path.is_file() and '__pycache__' not in path.parts and not path.name.startswith('.')
    ]
    assert tracked
    assert {f'share/{NAME}/{path}' for path in [*tracked, 'package.xml']} <= installed


def test_every_room_and_its_data_are_installed(setup_arguments: dict[str, Any]) -> None:
    rooms = {
        path.parent.relative_to(ROOT).as_posix().replace('/', '.')
        for path in CODE.rglob('__init__.py')
    }
    assert set(setup_arguments['packages']) == rooms
    installed = {
        path
        for package, patterns in setup_arguments['package_data'].items()
        for pattern in patterns
        for path in (ROOT / package.replace('.', '/')).glob(pattern)
    }
    templates = (CODE / 'report' / 'templates').iterdir()
    assert {CODE / 'py.typed', *CODE.rglob('*.json'), *templates} <= installed


def test_programs_exist(setup_arguments: dict[str, Any]) -> None:
    programs = dict(
        line.split(' = ') for line in setup_arguments['entry_points']['console_scripts']
    )
    assert programs.keys() == {
        'time2general',
        'segmentation_node',
        'diagnostics_image',
        'begin_replay',
        'wait_until_ready',
    }
    for target in programs.values():
        module, function = target.split(':')
        if module.startswith(f'{NAME}.ros'):
            pytest.importorskip('rclpy')
        assert callable(getattr(importlib.import_module(module), function))


@made_environment
def test_environment_has_no_cuda_and_no_torchvision() -> None:
    names = {_normal(distribution) for distribution in metadata.distributions()}
    assert not {name for name in names if name.startswith('nvidia-')}
    assert not names & {'torchvision', 'timm', 'triton', 'opencv-python'}


@made_environment
def test_every_installed_package_is_pinned() -> None:
    pins = set(re.findall(r'^([a-z0-9-]+)==', (ROOT / 'constraints.txt').read_text('utf-8'), re.M))
    # The ROS wheels carry the metadata of what they were built from; only pip leaves INSTALLER.
    installed = {
        _normal(distribution)
        for distribution in metadata.distributions(path=[sysconfig.get_path('purelib')])
        if distribution.read_text('INSTALLER')
    }
    assert installed - pins == {NAME.replace('_', '-')}


def _normal(distribution: metadata.Distribution) -> str:
    return re.sub('[-_.]+', '-', distribution.metadata['Name']).lower()
