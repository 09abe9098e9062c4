from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from time2general_ros.streaming.frame import Frame, Segmentation
from time2general_ros.streaming.live_flicker import LiveFlicker

Array = npt.NDArray[np.uint8]
HEIGHT, WIDTH = 240, 320


def scene(seed: int = 0, size: tuple[int, int] = (HEIGHT, WIDTH)) -> Array:
    """Make a picture with texture at all scales."""
    rng = np.random.default_rng(seed)
    image = sum(
        cv2.resize(rng.normal(0, 1, (max(2, size[0] // s), max(2, size[1] // s), 3)), size[::-1])
        * s
        for s in (8, 16, 32)
    )
    return cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)  # type: ignore[call-overload]


def halves(size: tuple[int, int] = (HEIGHT, WIDTH), at: int | None = None) -> Array:
    ids = np.zeros(size, np.uint8)
    ids[:, size[1] // 2 if at is None else at :] = 1
    return ids


def answer(ids: Array, reset: str | None = None) -> Segmentation:
    return Segmentation(ids, np.full_like(ids, 255), reset=reset)


def shares(images: list[Array], masks: list[Array]) -> list[float | None]:
    flicker = LiveFlicker()
    return [
        flicker.update(answer(ids), Frame(image, 0))
        for image, ids in zip(images, masks, strict=True)
    ]


def test_the_first_answer_has_nothing_to_be_compared_with() -> None:
    assert shares([scene()], [halves()]) == [None]


def test_a_mask_that_stays_does_not_flicker() -> None:
    assert shares([scene()] * 3, [halves()] * 3) == [None, 0.0, 0.0]


@pytest.mark.parametrize('share', [0.01, 0.1, 1.0])
def test_the_share_of_pixels_that_change_is_told(share: float) -> None:
    rng = np.random.default_rng(1)
    # Whole cells of the comparison, so that sampling does not add to the chance.
    cells = rng.random((HEIGHT // 2, WIDTH // 2)) < share
    changed = np.kron(cells, np.ones((2, 2))).astype(bool)
    masks = [halves(), np.where(changed, 7, halves()).astype(np.uint8)]
    found = shares([scene()] * 2, masks)[1]
    assert found == pytest.approx(cells.mean(), abs=0.001)


@pytest.mark.parametrize('shift', [2, 6, 10])
def test_a_mask_that_moves_with_the_scene_does_not_flicker(shift: int) -> None:
    wide = scene(2, (HEIGHT, WIDTH + shift))
    images = [wide[:, :WIDTH].copy(), wide[:, shift:].copy()]
    masks = [halves(), halves(at=WIDTH // 2 - shift)]
    moving, lagging = shares(images, masks)[1], shares(images, [halves()] * 2)[1]
    assert moving is not None
    assert lagging is not None
    assert moving < 0.3 * lagging


def test_pixels_that_show_something_else_do_not_count() -> None:
    images = [scene(3) // 2, scene(3) // 2]
    masks = [halves(), halves()]
    # A white car drives in: new pixels with a new class.
    images[1][60:180, 100:220] = 255
    masks[1][60:180, 100:220] = 5
    found = shares(images, masks)[1]
    assert found is not None
    area = 120 * 120 / (HEIGHT * WIDTH)
    assert found < 0.2 * area


def gravel(seed: int) -> Array:
    """Make a picture of contrasting cells, of which no two look alike."""
    cells = np.random.default_rng(seed).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 1))
    return np.kron(cells, np.ones((8, 8, 3))).astype(np.uint8)


@pytest.mark.parametrize('second', [gravel(1), np.zeros((HEIGHT, WIDTH, 3), np.uint8)])
def test_a_cut_says_nothing(second: Array) -> None:
    masks = [halves(), 1 - halves()]
    assert shares([gravel(0)] * 2, masks) == [None, 1.0]
    assert shares([gravel(0), second], masks) == [None, None]


def test_a_reset_and_a_change_of_size_begin_anew() -> None:
    flicker, other = LiveFlicker(), 1 - halves()
    frame = Frame(scene(), 0)
    flicker.update(answer(halves()), frame)
    assert flicker.update(answer(other, reset='gap'), frame) is None
    assert flicker.update(answer(other), frame) == 0.0
    small = Frame(scene(size=(60, 80)), 0)
    assert flicker.update(answer(halves((60, 80))), small) is None
    assert flicker.update(answer(1 - halves((60, 80))), small) == 1.0


@pytest.mark.parametrize(
    'size', [(1, 1), (1, 500), (11, 40), (12, 12), (13, 33), (2000, 20), (720, 1280), (97, 301)]
)
def test_any_size_is_taken(size: tuple[int, int]) -> None:
    ids = np.zeros(size, np.uint8)
    image = scene(size=size)
    found = shares([image, image], [ids, ids])
    assert found in ([None, 0.0], [None, None])
    assert (found[1] is None) == (min(size) * min(1.0, 160 / max(size)) < 12)


@pytest.mark.parametrize('size', [(270, 1920), (60, 320), (320, 60), (12, 160), (30, 80)])
def test_long_images_are_followed_too(size: tuple[int, int]) -> None:
    height, width = size
    shift = max(height, width) // 40
    wide = scene(2, (height, width + shift))
    images = [wide[:, :width].copy(), wide[:, shift:].copy()]
    moved = [halves(size), halves(size, at=width // 2 - shift)]
    moving, lagging = shares(images, moved)[1], shares(images, [halves(size)] * 2)[1]
    assert moving is not None
    assert lagging is not None
    assert moving < 0.5 * lagging


def test_cameras_do_not_mix() -> None:
    first, second = LiveFlicker(), LiveFlicker()
    frame = Frame(scene(), 0)
    first.update(answer(halves()), frame)
    assert second.update(answer(1 - halves()), frame) is None
