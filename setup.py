"""Build the package for pip and for colcon (ament_python)."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = 'time2general_ros'
SHARED_FOLDERS = ('launch', 'config', 'models', 'rviz')


def share_files() -> list[tuple[str, list[str]]]:
    """List what ROS 2 looks for in ``share``, one entry per folder, sub-folders kept."""
    entries = [
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
    ]
    for top in map(Path, SHARED_FOLDERS):
        for folder in sorted([top, *(path for path in top.rglob('*') if path.is_dir())]):
            files = sorted(str(path) for path in folder.glob('[!.]*') if path.is_file())
            if files and folder.name != '__pycache__':
                entries.append((f'share/{NAME}/{folder.as_posix()}', files))
    return entries


setup(
    name=NAME,
    version='0.1.0',
    description='Temporally stable semantic segmentation of camera streams for ROS 2',
    maintainer='time2general_ros maintainers',
    maintainer_email='maintainers@time2general.example',
    license='Apache-2.0',
    python_requires='>=3.10',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={
        NAME: ['py.typed'],
        f'{NAME}.labels': ['sets/*.json'],
        f'{NAME}.report': ['templates/*'],
    },
    data_files=share_files(),
    zip_safe=True,
    install_requires=[
        'numpy',
        'opencv-python-headless',
        'openvino',
        'pyyaml',
        'rosbags',
        'apsw',
        'mcap',
        'lz4',
        'zstandard',
        'av',
        'rich',
    ],
    extras_require={
        # The PyPI wheels of ROS 2; leave this out where a ROS 2 installation is sourced.
        'ros': [
            'ros-rclpy[fastrtps]',
            'ros-builtin-interfaces',
            'ros-diagnostic-msgs',
            'ros-rcl-interfaces',
            'ros-sensor-msgs',
            'ros-std-msgs',
            'ros-std-srvs',
        ],
        'train': [
            'torch==2.13.*',
            'safetensors',
            'onnx',
            'onnx-ir',
            'onnxscript',
            'ruamel.yaml',
            'jinja2',
            'matplotlib',
            'transformers>=5.20,<6',
            'huggingface-hub',
            'lightning-fabric',
            'tensorboard',
        ],
        # For `time2general replay --out FOLDER`.
        'replay': ['pyarrow', 'jinja2', 'markupsafe'],
        # For `time2general fleet`.
        'fleet': ['ray', 'pyarrow', 'jinja2', 'markupsafe'],
        # For `time2general replay --rerun FILE.rrd`.
        'rerun': ['rerun-sdk>=0.41,<0.42'],
        # The CPU build; for NVIDIA GPUs install onnxruntime-gpu in its place.
        'onnxruntime': ['onnxruntime'],
        # Bindings only: the TensorRT libraries come with JetPack or NVIDIA's own packages.
        'tensorrt': ['tensorrt-cu13-bindings', 'cuda-bindings', 'onnx'],
        'test': [
            'onnxruntime',
            'pytest',
            'pytest-cov',
            'pytest-xdist',
            'hypothesis',
            # What label maps made of polygons are compared with.
            'pycocotools',
            'pillow',
            # Drives the Chromium of the system; no browser comes with it.
            'playwright',
            'ruff',
            'mypy',
            'catkin_pkg',
        ],
    },
    entry_points={
        'console_scripts': [
            'time2general = time2general_ros.cli.main:main',
            'segmentation_node = time2general_ros.ros.main:main',
            'diagnostics_image = time2general_ros.ros.programs.entry_points:diagnostics_image',
            'begin_replay = time2general_ros.ros.programs.entry_points:begin_replay',
            'wait_until_ready = time2general_ros.ros.programs.entry_points:wait_until_ready',
        ]
    },
)
