"""The parameter table, and that the parameter file says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

yaml = pytest.importorskip('yaml')

from time2general_ros.ros.parameters.declared import (  # noqa: E402
    CAMERAS,
    IMAGE_TRANSPORT,
    MODEL_PATH,
    PARAMETERS,
    THREADS,
)
from time2general_ros.ros.parameters.table import markdown_table  # noqa: E402

PAGE = Path(__file__).parents[1] / 'docs' / 'node.md'
FILE = Path(__file__).parents[1] / 'config' / 'segmentation.param.yaml'


def test_the_parameter_file_lists_every_parameter_with_its_default():
    content = yaml.safe_load(FILE.read_text())
    assert content['/**']['ros__parameters'] == {p.name: p.default for p in PARAMETERS}


def test_the_page_of_the_node_shows_the_table_of_parameters():
    assert markdown_table() in PAGE.read_text(encoding='utf-8')


def test_every_default_is_allowed():
    assert [p.reason_against(p.default) for p in PARAMETERS] == [None] * len(PARAMETERS)


@pytest.mark.parametrize(
    ('parameter', 'value', 'reason'),
    [
        (
            IMAGE_TRANSPORT,
            'theora',
            "image_transport must be one of 'raw', 'compressed', not 'theora'",
        ),
        (
            CAMERAS,
            ['front', 'front'],
            (
                "cameras must be of type string_array, such as [''], each a different name of "
                "letters, digits and _, without a leading /, not ['front', 'front']"
            ),
        ),
        (THREADS, -1, 'threads must be of type integer, such as 0, from 0 to 256, not -1'),
        (THREADS, True, 'threads must be of type integer, such as 0, from 0 to 256, not True'),
        (MODEL_PATH, 5, "model_path must be of type string, such as '', not 5"),
    ],
)
def test_a_refused_value_is_told_why(parameter, value, reason):
    assert parameter.reason_against(value) == reason
