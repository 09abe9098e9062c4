from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from time2general_ros.data.photometric import Style, draw_style

PLAIN = Style(
    tone=np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1),
    saturation=1.0,
    blur=0.0,
    noise=0.0,
    haze=0.0,
    haze_colour=200.0,
)


def scene() -> np.ndarray:
    """Draw soft random colours in the middle of the range."""
    coarse = np.random.default_rng(5).integers(70, 180, (6, 8, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (128, 96)))


def develop(style: Style, image: np.ndarray, seed: int = 0) -> np.ndarray:
    return style.apply(image, np.random.default_rng(seed)).astype(float)


def test_a_clip_has_one_style_with_a_small_jitter() -> None:
    image = scene()
    colours = []
    for seed in range(20):
        style = replace(draw_style(np.random.default_rng(seed)), noise=0.0)
        frames = np.array([develop(style, image, t).mean(axis=(0, 1)) for t in range(8)])
        assert 0.1 < frames.std(axis=0).max() < 10
        colours.append(frames.mean(axis=0))
    assert np.std(colours, axis=0).min() > 15


def test_strength_zero_leaves_the_image_nearly_as_it_is() -> None:
    image = scene()
    for seed in range(20):
        style = draw_style(np.random.default_rng(seed), strength=0.0)
        assert np.abs(develop(style, image, seed) - image).mean() < 12
        assert (style.blur, style.noise, style.haze, style.saturation) == (0, 0, 0, 1)


def test_the_style_follows_from_the_generator() -> None:
    first, again, other = (draw_style(np.random.default_rng(seed)) for seed in (4, 4, 5))
    assert (first.tone == again.tone).all()
    assert replace(first, tone=PLAIN.tone) == replace(again, tone=PLAIN.tone)
    assert (first.tone != other.tone).any()


def test_a_frame_follows_from_the_generator() -> None:
    style = replace(PLAIN, noise=8.0, blur=0.8, haze=0.3, saturation=0.5)
    image = scene()
    assert (develop(style, image, 1) == develop(style, image, 1)).all()
    assert (develop(style, image, 1) != develop(style, image, 2)).any()


@pytest.mark.parametrize('seed', range(25))
def test_any_style_gives_an_image_and_spares_its_input(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = scene()
    kept = image.copy()
    out = draw_style(rng).apply(image, rng)
    assert out.shape == image.shape
    assert out.dtype == np.uint8
    assert (image == kept).all()


def test_noise_is_on_all_channels_and_different_on_each() -> None:
    grey = np.full((96, 128, 3), 128, np.uint8)
    residual = develop(replace(PLAIN, noise=10.0), grey)
    residual -= residual.mean(axis=(0, 1))
    assert residual.std(axis=(0, 1)) == pytest.approx([10] * 3, rel=0.1)
    between = np.corrcoef(residual.reshape(-1, 3).T)
    assert np.abs(between - np.eye(3)).max() < 0.1


def test_noise_brightens_as_often_as_it_darkens() -> None:
    grey = np.full((96, 128, 3), 128, np.uint8)
    clean, noisy = develop(PLAIN, grey), develop(replace(PLAIN, noise=10.0), grey)
    assert abs(float((noisy - clean).mean())) < 0.5


def test_haze_is_densest_at_the_top() -> None:
    dark = np.full((96, 128, 3), 20, np.uint8)
    rows = develop(replace(PLAIN, haze=0.5), dark).mean(axis=(1, 2))
    assert rows[0] > rows[-1] + 30
    assert (np.diff(rows) <= 0).all()


def test_saturation_zero_is_grey_and_above_one_is_more_colourful() -> None:
    image = scene()

    def spread(saturation: float) -> float:
        out = develop(replace(PLAIN, saturation=saturation), image)
        return float(np.ptp(out, axis=2).mean())

    assert spread(0.0) == 0
    assert spread(0.5) < spread(1.0) < spread(1.5)


def test_blur_softens() -> None:
    checks = (np.indices((96, 128)).sum(axis=0) % 2 * 100 + 50).astype(np.uint8)
    image = np.repeat(checks[..., None], 3, axis=2)
    assert develop(replace(PLAIN, blur=1.2), image).std() < 0.3 * develop(PLAIN, image).std()
