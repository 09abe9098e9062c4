"""Each use of TensorRT's API beside the real bindings, where scripts/check_tensorrt_api.py ran."""

from __future__ import annotations

import ast
import os
from pathlib import Path
import sys

from fake_tensorrt import Machine, fake_tensorrt
import pytest

pytest.importorskip('onnx', reason='onnx is not installed')
SCRIPTS = Path(__file__).resolve().parent.parent / 'scripts'
STUBS = 'TIME2GENERAL_TENSORRT_STUBS'
MAJORS = ('10', '11')


@pytest.fixture(params=MAJORS)
def stubs(request: pytest.FixtureRequest) -> Path:
    """Give the stubs of a version, or skip where there are none."""
    folder = Path(os.environ.get(STUBS, '/none')) / request.param
    if not folder.is_dir():
        pytest.skip(
            f'no stubs of TensorRT {request.param}: run scripts/check_tensorrt_api.py --stubs DIR '
            f'and set {STUBS} to DIR'
        )
    return folder


def test_the_engine_uses_what_the_bindings_have(
    stubs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip('mypy', reason='mypy is not installed')
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.delitem(sys.modules, 'check_tensorrt_api', raising=False)
    import check_tensorrt_api

    assert check_tensorrt_api.check(stubs) == ''


def test_the_stand_ins_have_nothing_that_the_bindings_have_not(stubs: Path) -> None:
    tree = ast.parse((stubs / 'tensorrt' / 'tensorrt.pyi').read_text(encoding='utf-8'))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for name, kind in vars(fake_tensorrt(Machine())).items():
        if name.startswith('_'):
            continue
        real = members(classes[name]) | members_of_bases(classes[name], classes)
        ours = {key for key in vars(kind) if not key.startswith('_')} - {'logger', 'log'}
        # Severity is an enumeration of its own there and here.
        assert ours <= real, name


def members(kind: ast.ClassDef) -> set[str]:
    names = set()
    for node in kind.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def members_of_bases(kind: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> set[str]:
    bases = [base.id for base in kind.bases if isinstance(base, ast.Name)]
    return {name for base in bases if base in classes for name in members(classes[base])}
