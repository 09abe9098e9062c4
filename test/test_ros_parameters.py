"""The parameter table, and that the parameter file says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

yaml = pytest.importorskip('yaml')

from time2general_ros.ros.parameters import (  # noqa: E402
    ENGINE,
    MEMORY_MAX_GAP_S,
    PARAMETERS,
    THREADS,
)

FILE = Path(__file__).parents[1] / 'config' / 'segmentation.param.yaml'


def test_the_parameter_file_lists_every_parameter_with_its_default():
    content = yaml.safe_load(FILE.read_text())
    assert content['/**']['ros__parameters'] == {p.name: p.default for p in PARAMETERS}


def test_every_default_is_allowed():
    assert [p.reason_against(p.default) for p in PARAMETERS] == [None] * len(PARAMETERS)


@pytest.mark.parametrize(
    ('parameter', 'value', 'reason'),
    [
        (ENGINE, 'tensorflow', "engine must be one of 'openvino', 'torch', not 'tensorflow'"),
        (THREADS, -1, 'threads must lie between 0 and 256, not at -1'),
        (THREADS, True, 'threads must be of type integer such as 0, not True'),
        (MEMORY_MAX_GAP_S, 1, 'memory.max_gap_s must be of type double such as 1.0, not 1'),
    ],
)
def test_a_refused_value_is_told_why(parameter, value, reason):
    assert parameter.reason_against(value) == reason
