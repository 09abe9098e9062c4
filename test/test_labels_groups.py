from __future__ import annotations

import numpy as np

from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.groups import FIRST_GROUP, Groups

FINE = load_label_set('cityscapes19').classes


def test_a_class_with_one_member_is_that_fine_class_and_others_get_codes() -> None:
    idd = load_label_set('idd7')
    table = Groups(street_labels()).code_table(idd)
    assert table[idd.classes.index('drivable')] == FINE.index('road')
    assert table[idd.classes.index('sky')] == FINE.index('sky')
    codes = [table[idd.classes.index(name)] for name in ('living thing', 'vehicle')]
    assert all(FIRST_GROUP <= code < 255 for code in codes)
    assert len({*codes}) == 2
    assert (table[len(idd) :] == 255).all()


def test_label_sets_share_a_table_and_equal_groups_a_code() -> None:
    groups = Groups(street_labels())
    first = groups.code_table(load_label_set('idd7'))
    other = groups.code_table(load_label_set('camvid11'))
    assert np.array_equal(groups.code_table(load_label_set('idd7')), first)
    membership = groups.membership()
    for name, table in (('idd7', first), ('camvid11', other)):
        labels = load_label_set(name)
        for index, members in enumerate(labels.members):
            may = {FINE[c] for c in np.flatnonzero(membership[table[index]])}
            assert may == set(members)
    assert not membership[255].any()


def test_fine_classes_are_their_own_and_only_member() -> None:
    assert np.array_equal(Groups(street_labels()).membership()[:19], np.eye(19, dtype=bool))
