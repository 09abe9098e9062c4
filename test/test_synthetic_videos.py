from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import open_data
from time2general_ros.errors import Time2GeneralError
from time2general_ros.synthetic.drive import START_NS


def test_a_drive_is_one_video_in_19_classes() -> None:
    data = open_data('synthetic:7:rain:2', 'any')
    assert data.label_set.name == 'cityscapes19'
    (video,) = data.videos
    assert (video.name, len(video)) == ('synthetic_7_rain', 60)
    frame = video.frame(15)
    assert frame.stamp_ns == START_NS + 500_000_000
    assert frame.image.shape == (*frame.labels.shape, 3)
    assert np.isin(frame.labels, [*range(19), 255]).all()


def test_weather_and_length_have_defaults() -> None:
    (video,) = open_data('synthetic:7', 'any').videos
    assert (video.name, len(video)) == ('synthetic_7_clear', 300)


@pytest.mark.parametrize(
    ('spec', 'message'),
    [
        ('synthetic:street', 'not of the form synthetic:SEED'),
        ('synthetic:-1', 'not of the form synthetic:SEED'),
        ('synthetic:7:rain:2:9', 'not of the form synthetic:SEED'),
        ('synthetic:7:rain:long', "'long' is not a number of seconds"),
        ('synthetic:7:rain:0', "'0' is not a number of seconds above 0"),
        ('synthetic:7:rain:1e9', "'1e9' is not a number of seconds above 0 and up to 86400"),
        ('synthetic:7:hail', "'hail'"),
    ],
)
def test_a_wrong_specification_says_what_is_wrong(spec: str, message: str) -> None:
    with pytest.raises(Time2GeneralError, match=message) as caught:
        open_data(spec, 'any')
    assert isinstance(caught.value, DataError) or 'hail' in spec
