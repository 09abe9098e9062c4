from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
from data_trees import write_image, write_map
import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.voted import VotedFolder, join, load_voted
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.groups import Groups

ROAD, SKY, PERSON, RIDER, CAR, BUS = 0, 10, 11, 12, 13, 15
LIVING, VEHICLE = 2, 3
NAMES = ('1_a', '1_b', '2_a', '3_a', '4_a', '5_a', '6_a')


def write_vote(folder: Path, name: str, ids: int, confidence: int) -> None:
    write_map(folder / f'{name}.png', ids)
    write_map(folder / f'{name}_conf.png', confidence)


def stills(root: Path, *, labels: bool = True) -> Path:
    for name in NAMES:
        write_image(root / 'images' / f'{name}.jpg')
        write_vote(root / 'cityscapes19', name, BUS, 200)
        if labels:
            write_map(root / 'labels' / f'{name}.png', VEHICLE)
    return root


def joined(coarse: int, vote: int, trust: int) -> tuple[int, int]:
    groups = Groups(street_labels())
    code = groups.code_table(load_label_set('idd7'))[coarse]
    maps = (np.full((1, 1), value, np.uint8) for value in (code, vote, trust))
    labels, weights = join(*maps, groups.membership())
    return int(labels[0, 0]), int(weights[0, 0])


def test_a_sure_vote_chooses_inside_the_human_group() -> None:
    assert joined(VEHICLE, BUS, 200) == (BUS, 255)
    assert joined(LIVING, RIDER, 128) == (RIDER, 255)


@pytest.mark.parametrize(('vote', 'trust'), [(BUS, 100), (ROAD, 255), (255, 255)])
def test_the_group_stays_where_the_vote_is_unsure_or_of_another_group(
    vote: int, trust: int
) -> None:
    groups = Groups(street_labels())
    code = int(groups.code_table(load_label_set('idd7'))[VEHICLE])
    assert joined(VEHICLE, vote, trust) == (code, 255)


def test_pixels_without_a_human_label_keep_the_vote_as_far_as_it_is_sure() -> None:
    assert joined(255, PERSON, 90) == (PERSON, 90)
    assert joined(255, 255, 90) == (255, 90)


def test_stills_carry_labels_and_votes(tmp_path: Path) -> None:
    takes = load_voted(VotedFolder(stills(tmp_path), 'idd7'), Groups(street_labels()), 1)
    assert len(takes) == len(NAMES)
    assert (takes[0].labels[0] == BUS).all()
    assert (takes[0].weights[0] == 255).all()
    votes = load_voted(VotedFolder(stills(tmp_path)), Groups(street_labels()), 1)
    assert (votes[0].weights[0] == 200).all()


def test_parts_are_whole_drives_and_none_is_in_both(tmp_path: Path) -> None:
    stills(tmp_path)
    count = {
        part: len(load_voted(VotedFolder(tmp_path, part=part), Groups(street_labels()), 1))
        for part in ('train', 'fit', 'heldout')
    }
    assert count == {'train': 7, 'heldout': 3, 'fit': 4}
    rest = load_voted(VotedFolder(tmp_path, without=('1', '6')), Groups(street_labels()), 1)
    assert len(rest) == 4
    with pytest.raises(DataError, match="part is 'half'; known are"):
        load_voted(VotedFolder(tmp_path, part='half'), Groups(street_labels()), 1)


def test_an_empty_folder_and_a_missing_vote_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'holds no \*.jpg and no \*.mp4'):
        load_voted(VotedFolder(tmp_path), Groups(street_labels()), 1)
    (stills(tmp_path) / 'cityscapes19' / '3_a.png').unlink()
    with pytest.raises(DataError, match=r'3_a\.png'):
        load_voted(VotedFolder(tmp_path), Groups(street_labels()), 1)


def test_labels_that_the_set_lacks_are_named_with_the_remedy(tmp_path: Path) -> None:
    write_map(stills(tmp_path) / 'labels' / '3_a.png', 9)
    source = VotedFolder(tmp_path, 'idd7')
    with pytest.raises(
        DataError, match=r'3_a\.png holds unknown label ids: 9; .*as labels, not idd7, or as void'
    ):
        load_voted(source, Groups(street_labels()), 1)
    assert load_voted(replace(source, void=9), Groups(street_labels()), 1)


def write_video(path: Path, frames: int) -> None:
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('mpeg4', rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 32, 'yuv420p'
        for i in range(frames):
            pixels = np.full((32, 64, 3), 20 * i, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format='rgb24')))
        container.mux(stream.encode(None))


def test_videos_give_their_voted_frames_as_stills_or_all_frames_as_a_clip(tmp_path: Path) -> None:
    write_video(tmp_path / 'drive.mp4', 5)
    for frame in (0, 3):
        folder = tmp_path / 'drive' / 'cityscapes19'
        for suffix, value in (('', SKY), ('_conf', 250)):
            folder.mkdir(parents=True, exist_ok=True)
            write_map(folder / f'{frame:06}{suffix}.png', *[value] * 3, size=(32, 64))
    alone = load_voted(VotedFolder(tmp_path), Groups(street_labels()), 1)
    assert [len(take.images) for take in alone] == [1, 1]
    (clip,) = load_voted(VotedFolder(tmp_path), Groups(street_labels()), 4)
    assert len(clip.images) == 5
    assert [int(ids[0, 0]) for ids in clip.labels] == [SKY, 255, 255, SKY, 255]
    assert [int(w[0, 0]) for w in clip.weights] == [250, 0, 0, 250, 0]
    assert clip.rate_hz == pytest.approx(10)
