from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from time2general_ros.data import rendered_takes as room
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.rendered_takes import load_take, render_take, rendered_takes
from time2general_ros.data.takes import Take

SEED = 1001
SIZE = (48, 64)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, 'FRAMES', 2)


@pytest.fixture(scope='module')
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render one take for all tests, which leave it as it is."""
    folder = tmp_path_factory.mktemp('drives')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, 'FRAMES', 2)
        render_take(SEED, folder, SIZE)
    return folder


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail('a drive was rendered')

    monkeypatch.setattr(room, 'Drive', refuse)


def same(a: Take, b: Take) -> bool:
    pairs = ((a.images, b.images), (a.labels, b.labels), (a.weights, b.weights))
    return all(np.array_equal(x, y) for x, y in pairs) and a.rate_hz == b.rate_hz


def test_a_take_has_images_labels_and_full_trust(cache: Path) -> None:
    take = load_take(cache / f'{SEED:06}.npz')
    assert (take.images.shape, take.images.dtype) == ((2, 48, 64, 3), np.uint8)
    assert (take.labels.shape, take.labels.dtype) == ((2, 48, 64), np.uint8)
    known = take.labels != 255
    assert (take.labels[known] < 19).all()
    assert known.mean() > 0.9
    assert (take.weights == np.where(known, 255, 0)).all()
    assert take.rate_hz == room.RATE_HZ
    assert (take.images[0] != take.images[1]).any()


def test_a_pixel_without_label_is_not_trusted(cache: Path, tmp_path: Path) -> None:
    stored = dict(np.load(cache / f'{SEED:06}.npz'))
    stored['labels'][:, :, 5] = 255
    np.savez_compressed(tmp_path / 'some.npz', **stored)
    weights = load_take(tmp_path / 'some.npz').weights
    assert (weights[:, :, 5] == 0).all()
    assert (weights[:, :, 6] == 255).any()


def test_a_cache_can_be_thrown_away_and_made_again(cache: Path, tmp_path: Path) -> None:
    again = render_take(SEED, tmp_path, SIZE)
    assert same(load_take(again), load_take(cache / again.name))


def test_a_cached_take_is_not_rendered_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid(monkeypatch)
    assert render_take(SEED, cache, SIZE) == cache / f'{SEED:06}.npz'


def test_what_was_cut_off_is_never_taken_for_a_take(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(out: object, **_: object) -> None:
        out.write(b'half a file')
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, 'savez_compressed', cut_off)
        with pytest.raises(KeyboardInterrupt):
            render_take(SEED, tmp_path, SIZE)
    assert list(tmp_path.iterdir()) == []
    again = render_take(SEED, tmp_path, SIZE)
    assert same(load_take(again), load_take(cache / again.name))
    assert list(tmp_path.iterdir()) == [again]


def test_takes_come_in_order_of_their_seeds(cache: Path, tmp_path: Path) -> None:
    stored = dict(np.load(cache / f'{SEED:06}.npz'))
    folder = tmp_path / '48x64'
    folder.mkdir()
    for label in range(3):
        stored['labels'][:] = label
        np.savez_compressed(folder / f'{SEED + label:06}.npz', **stored)
    takes = list(rendered_takes(SEED, 3, tmp_path, SIZE))
    assert [int(take.labels[0, 0, 0]) for take in takes] == [0, 1, 2]


def test_a_damaged_image_names_the_remedy(cache: Path, tmp_path: Path) -> None:
    stored = dict(np.load(cache / f'{SEED:06}.npz'))
    stored['jpegs'][:] = 0
    np.savez_compressed(tmp_path / 'bad.npz', **stored)
    with pytest.raises(DataError, match='delete'):
        load_take(tmp_path / 'bad.npz')
