from __future__ import annotations

import pytest

from time2general_ros.labels.description import read_label_set
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.sides import sided_classes


@pytest.mark.parametrize(
    'name',
    ['left', 'lane, right', 'left_lane', 'RightArrow', 'arrowLeft', 'LANE-LEFT', 'lane (L) left'],
)
def test_names_that_say_a_side_are_found(name: str) -> None:
    labels = read_label_set(['road', name], '', 'own')
    assert sided_classes(labels) == [name]


@pytest.mark.parametrize('name', ['bright', 'upright', 'lefthanded', 'leftover crop', 'кран'])
def test_other_words_are_not(name: str) -> None:
    assert sided_classes(read_label_set(['road', name], '', 'own')) == []


def test_shipped_sets_have_none() -> None:
    for name in ('cityscapes19', 'camvid11', 'idd7'):
        assert sided_classes(load_label_set(name)) == []
