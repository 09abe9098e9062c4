"""A run may start from a model that tells other classes apart."""

from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path

import pytest

torch = pytest.importorskip('torch')

from tiny_model import TINY, tiny_network  # noqa: E402

from time2general_ros.labels.description import read_label_set  # noqa: E402
from time2general_ros.labels.files import load_label_set  # noqa: E402
from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.checkpoint import save_weights  # noqa: E402
from time2general_ros.model.config import ConfigError  # noqa: E402
from time2general_ros.training.inheritance import kept_classes  # noqa: E402
from time2general_ros.training.start import start_from  # noqa: E402

STREETS = load_label_set('cityscapes19')
OWN = read_label_set(
    ['crop', {'name': 'vehicle', 'groups': ['tractor', 'truck', 'car']}, 'sky'], 'own', 'own'
)
TABLES = {'queries', 'query_position', 'mask_bias', 'patience'}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / 'model'
    folder.mkdir()
    save_weights(tiny_network().state_dict(), folder / 'weights.safetensors')
    (folder / 'card.json').write_text(json.dumps({'config': TINY.to_dict()}))
    return folder


def test_a_class_begins_as_that_of_its_name_or_first_known_member() -> None:
    names = {OWN.classes[a]: STREETS.classes[b] for a, b in kept_classes(OWN, STREETS)}
    assert names == {'vehicle': 'truck', 'sky': 'sky'}
    back = {STREETS.classes[a]: OWN.classes[b] for a, b in kept_classes(STREETS, OWN)}
    assert back == {'truck': 'vehicle', 'car': 'vehicle', 'sky': 'sky'}


def test_what_fits_is_taken_over_and_new_classes_are_fresh(model: Path) -> None:
    network = build_model(replace(TINY, label_set=OWN))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    start_from(network, model)
    own, other = network.state_dict(), tiny_network().state_dict()
    per, streets, sky = TINY.queries_per_class, TINY.classes, STREETS.classes.index('sky')
    half = {name: value.half().float() for name, value in other.items()}
    assert torch.equal(own['queries'][: per * 1], before['queries'][: per * 1])
    assert torch.equal(own['queries'][per * 2 : per * 3], half['queries'][per * sky :][:per])
    assert torch.equal(own['queries'][per * 3 :], half['queries'][per * streets :])
    assert own['decoder.believe.patience'][2] == half['decoder.believe.patience'][sky]
    for name, value in own.items():
        if name.rpartition('.')[2] not in TABLES | {'num_batches_tracked'}:
            assert torch.equal(value, half[name]), name


def test_all_that_depends_on_the_classes_is_a_table_of_classes() -> None:
    more = build_model(replace(TINY, label_set=OWN)).state_dict()
    changed = {n for n, v in build_model(TINY).state_dict().items() if v.shape != more[n].shape}
    assert {name.rpartition('.')[2] for name in changed} == TABLES


def test_classes_that_share_nothing_all_begin_fresh(model: Path) -> None:
    network = build_model(replace(TINY, label_set=read_label_set(['crop', 'soil'], 'two')))
    before = network.queries[:4].clone()
    start_from(network, model)
    assert torch.equal(network.queries[:4], before)


def test_weights_of_other_classes_without_their_folder_are_refused(model: Path) -> None:
    network = build_model(replace(TINY, label_set=OWN))
    with pytest.raises(ConfigError, match=r'does not fit .* name the folder') as caught:
        start_from(network, model / 'weights.safetensors')
    assert '\n' not in str(caught.value)


def test_a_folder_without_a_usable_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'card\.json does not tell what network'):
        start_from(build_model(TINY), tmp_path)
