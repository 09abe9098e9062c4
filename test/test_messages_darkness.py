from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.messages.darkness import is_nearly_black


@pytest.mark.parametrize('size', [(1, 1), (1, 300), (48, 64), (1080, 1920), (2000, 3)])
def test_black_is_told_from_what_can_be_seen_at_any_size(size):
    assert is_nearly_black(np.full((*size, 3), 16, np.uint8))
    assert not is_nearly_black(np.full((*size, 3), 17, np.uint8))


def test_a_colour_that_is_bright_in_one_channel_is_not_black():
    blue = np.zeros((48, 64, 3), np.uint8)
    blue[..., 2] = 60
    assert not is_nearly_black(blue)


def test_a_night_with_some_lights_is_not_black_but_faulty_pixels_are():
    night = np.full((480, 640, 3), 5, np.uint8)
    night[:48, :64] = 200
    assert not is_nearly_black(night)
    faulty = np.full((480, 640, 3), 5, np.uint8)
    faulty[::97, ::89] = 255
    assert is_nearly_black(faulty)
