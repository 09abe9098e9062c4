"""
Check each use of TensorRT's Python API against the bindings of both major versions.

The bindings on PyPI bring no type stubs, and do not load without TensorRT. This downloads them
(a megabyte each), loads them with stand-ins for the libraries they are linked to, has mypy's
`stubgen` read the signatures out of them, and type-checks the engine against those. Needs Linux on
x86-64, gcc and nm; no GPU.
"""

from __future__ import annotations

import argparse
import ast
import os
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory
import zipfile

ROOT = Path(__file__).resolve().parent.parent
ENGINES = ROOT / 'time2general_ros' / 'streaming' / 'engines'
VERSIONS = ('10.*', '11.*')
LIBRARIES = ('nvinfer', 'nvinfer_plugin', 'nvonnxparser')
ENTRY_POINTS = ('create', 'get', 'initLib')
PACKAGE = 'from tensorrt.tensorrt import *\n__version__: str\n'


def main() -> int:
    """Make the stubs, or take those that were kept, and check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--stubs', type=Path, metavar='DIR', help='folder to keep the stubs in')
    args = parser.parse_args()
    with TemporaryDirectory() as place:
        folder = args.stubs or Path(place, 'stubs')
        for version in VERSIONS:
            stubs = folder / version.rstrip('.*')
            if not stubs.is_dir():
                make_stubs(version, stubs, Path(place))
        results = {stubs.name: check(stubs) for stubs in sorted(folder.iterdir())}
    for major, output in results.items():
        print(f'TensorRT {major}: {output or "no errors"}')
    return int(any(results.values()))


def make_stubs(version: str, stubs: Path, place: Path) -> None:
    """Write stubs of the newest bindings of a version such as ``11.*``."""
    wheels, unpacked = place / f'wheels-{version[:2]}', place / f'unpacked-{version[:2]}'
    wanted = f'tensorrt-cu13-bindings=={version}'
    pip = [sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:']
    subprocess.run([*pip, '-d', str(wheels), wanted], check=True)
    (wheel,) = wheels.glob('*.whl')
    print(wheel.name, file=sys.stderr)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    (unpacked / 'tensorrt_bindings').rename(unpacked / 'tensorrt')
    _stand_ins(unpacked, version[:2])
    program = 'from mypy.stubgen import main; main()'
    stubgen = [sys.executable, '-c', program, '--inspect-mode', '-q']
    environment = {**os.environ, 'LD_LIBRARY_PATH': str(unpacked), 'PYTHONPATH': str(unpacked)}
    subprocess.run(
        [*stubgen, '-m', 'tensorrt.tensorrt', '-o', str(stubs)], env=environment, check=True
    )
    _mend(stubs / 'tensorrt' / 'tensorrt.pyi')
    (stubs / 'tensorrt' / '__init__.pyi').write_text(PACKAGE, encoding='utf-8')


def _mend(stub: Path) -> None:
    """Loosen signatures that are none in Python: the bindings may have a default before others."""
    # TensorRT's own `bool` would hide that of Python.
    lines = [
        line
        for line in stub.read_text(encoding='utf-8').splitlines()
        if not line.startswith('bool:')
    ]
    while True:
        try:
            ast.parse('\n'.join(lines))
            break
        except SyntaxError as error:
            number = (error.lineno or 1) - 1
            loose = (
                lines[number].partition('(')[0] + '(self, *args: Any, **kwargs: Any) -> Any: ...'
            )
            if lines[number] == loose:
                raise
            lines[number] = loose
    stub.write_text('\n'.join(lines) + '\n', encoding='utf-8')


def _stand_ins(folder: Path, major: str) -> None:
    """Compile libraries with the entry points that the bindings are linked to, doing nothing."""
    listed = subprocess.run(
        ['nm', '-D', '--undefined-only', str(folder / 'tensorrt' / 'tensorrt.so')],
        capture_output=True,
        text=True,
        check=True,
    )
    names = [line.split()[-1] for line in listed.stdout.splitlines()]
    source = folder / 'stand_in.c'
    source.write_text(
        ''.join(f'void *{n}(void) {{ return 0; }}\n' for n in names if n.startswith(ENTRY_POINTS)),
        encoding='utf-8',
    )
    for library in LIBRARIES:
        name = f'lib{library}.so.{major}'
        options = ['-shared', '-fPIC', f'-Wl,-soname,{name}', '-o', str(folder / name)]
        subprocess.run(['gcc', *options, str(source)], check=True)


def check(stubs: Path) -> str:
    """Return what mypy finds wrong in the engine with these stubs, '' for nothing."""
    mypy = [
        sys.executable,
        '-m',
        'mypy',
        '--no-warn-unused-ignores',
        '--allow-untyped-calls',
        '--follow-imports=silent',
    ]
    files = [ENGINES / 'tensorrt_engine.py', *(ENGINES / 'tensorrt').glob('*.py')]
    with TemporaryDirectory() as cache:
        result = subprocess.run(
            [*mypy, '--no-error-summary', f'--cache-dir={cache}', *map(str, files)],
            cwd=ROOT,
            env={**os.environ, 'MYPYPATH': str(stubs)},
            capture_output=True,
            text=True,
            check=False,
        )
    # The stubs have errors of their own.
    ours = [line for line in result.stdout.splitlines() if line.startswith('time2general_ros')]
    return '\n'.join(ours) + result.stderr


if __name__ == '__main__':
    sys.exit(main())
