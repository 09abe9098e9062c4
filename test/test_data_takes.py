from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.takes import VIDEO_SIZE, load_camvid, load_voted_videos, refine

ROAD, BUILDING, WALL, VEGETATION, TERRAIN, SKY = 0, 2, 3, 8, 9, 10
PERSON, RIDER, CAR, BUS, MOTORCYCLE, BICYCLE = 11, 12, 13, 15, 17, 18
COARSE = {'sky': 0, 'building': 1, 'road': 3, 'tree': 5, 'car': 8, 'bicyclist': 10, 'void': 11}


def refined(coarse: str, vote: int, trust: int = 200) -> tuple[int, int]:
    single = (np.full((1, 1), value, np.uint8) for value in (COARSE[coarse], vote, trust))
    labels, weights = refine(*single)
    assert labels.dtype == weights.dtype == np.uint8
    return int(labels[0, 0]), int(weights[0, 0])


@pytest.mark.parametrize(
    ('coarse', 'vote', 'fine'),
    [
        ('building', WALL, WALL),
        ('tree', TERRAIN, TERRAIN),
        ('car', BUS, BUS),
        ('bicyclist', MOTORCYCLE, MOTORCYCLE),
    ],
)
def test_the_vote_chooses_inside_the_human_group(coarse: str, vote: int, fine: int) -> None:
    assert refined(coarse, vote) == (fine, 255)


@pytest.mark.parametrize(
    ('coarse', 'fine'),
    [('sky', SKY), ('building', BUILDING), ('tree', VEGETATION), ('car', CAR)],
)
def test_the_commonest_member_stands_in_for_a_vote_from_another_group(
    coarse: str, fine: int
) -> None:
    assert refined(coarse, ROAD) == (fine, 255)


def test_every_coarse_class_has_a_stand_in_of_its_own_group() -> None:
    coarse = np.arange(11, dtype=np.uint8)[None]
    foreign = np.where(coarse == COARSE['road'], SKY, ROAD).astype(np.uint8)
    labels, _ = refine(coarse, foreign, coarse)
    assert labels.tolist() == [[10, 2, 5, 0, 1, 8, 7, 4, 13, 11, 18]]


def test_a_person_on_a_bicycle_is_a_rider() -> None:
    assert refined('bicyclist', PERSON) == (RIDER, 255)
    assert refined('bicyclist', ROAD) == (BICYCLE, 255)


def test_void_keeps_the_vote_at_half_its_confidence() -> None:
    assert refined('void', PERSON, 201) == (PERSON, 100)
    assert refined('void', BUS, 0) == (BUS, 0)


def write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


@pytest.fixture
def camvid(tmp_path: Path) -> Path:
    """One red still: building above, void below; the votes say wall and person."""
    red = np.zeros((8, 12, 3), np.uint8)
    red[..., 2] = 200
    top = np.arange(8)[:, None] < 4
    shape = np.ones((1, 12), np.uint8)
    split = tmp_path / 'train'
    write(split / 'images' / 'a_1.jpg', red)
    write(split / 'labels' / 'a_1.png', np.where(top, 1, 11).astype(np.uint8) * shape)
    votes = split / 'cityscapes19'
    write(votes / 'a_1.png', np.where(top, WALL, PERSON).astype(np.uint8) * shape)
    write(votes / 'a_1_conf.png', np.full((8, 12), 128, np.uint8))
    return tmp_path


def test_camvid_stills_are_takes_of_one_frame(camvid: Path) -> None:
    (take,) = load_camvid(camvid)
    assert take.images.shape == (1, 8, 12, 3)
    assert np.abs(take.images[0].astype(int) - (200, 0, 0)).max() < 8
    assert (take.labels[0, :4] == WALL).all()
    assert (take.labels[0, 4:] == PERSON).all()
    assert (take.weights[0, :4] == 255).all()
    assert (take.weights[0, 4:] == 64).all()


@pytest.mark.parametrize('name', ['labels/a_1', 'cityscapes19/a_1', 'cityscapes19/a_1_conf'])
def test_a_missing_map_is_named(camvid: Path, name: str) -> None:
    (camvid / 'train' / f'{name}.png').unlink()
    with pytest.raises(DataError, match=f'train/{name}.png is missing'):
        load_camvid(camvid)


def test_a_damaged_image_is_named(camvid: Path) -> None:
    (camvid / 'train' / 'images' / 'a_1.jpg').write_bytes(b'not an image')
    with pytest.raises(DataError, match=r'images/a_1.jpg cannot be read as an image'):
        load_camvid(camvid)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'no folder .*nowhere/train/images'):
        load_camvid(tmp_path / 'nowhere')
    with pytest.raises(DataError, match=r'no folder .*nowhere'):
        load_voted_videos(tmp_path / 'nowhere')


def test_a_folder_without_images_or_videos_is_an_error(camvid: Path) -> None:
    (camvid / 'train' / 'images' / 'a_1.jpg').unlink()
    with pytest.raises(DataError, match=r'train/images holds no \*.jpg'):
        load_camvid(camvid)
    with pytest.raises(DataError, match=r'holds no \*.mp4'):
        load_voted_videos(camvid)


@pytest.mark.parametrize(
    ('folder', 'wrong', 'known'),
    [
        ('labels', 12, '0 to 10 and 11'),
        ('cityscapes19', 19, '0 to 18'),
        ('labels', 255, '0 to 10'),
    ],
)
def test_wrong_ids_are_named_with_their_file(
    camvid: Path, folder: str, wrong: int, known: str
) -> None:
    ids = np.zeros((8, 12), np.uint8)
    ids[3, 5] = wrong
    write(camvid / 'train' / folder / 'a_1.png', ids)
    with pytest.raises(
        DataError, match=f'{folder}/a_1.png holds unknown label ids: {wrong}; known are {known}'
    ):
        load_camvid(camvid)


def test_a_vote_may_leave_pixels_out(camvid: Path) -> None:
    write(camvid / 'train' / 'cityscapes19' / 'a_1.png', np.full((8, 12), 255, np.uint8))
    (take,) = load_camvid(camvid)
    assert (take.labels[0, :4] == BUILDING).all()
    assert (take.labels[0, 4:] == 255).all()


def test_a_map_in_colours_is_refused(camvid: Path) -> None:
    write(camvid / 'train' / 'labels' / 'a_1.png', np.zeros((8, 12, 3), np.uint8))
    with pytest.raises(DataError, match=r'labels/a_1.png is not a map of class ids'):
        load_camvid(camvid)


@pytest.mark.parametrize('name', ['labels/a_1', 'cityscapes19/a_1', 'cityscapes19/a_1_conf'])
def test_a_map_of_another_size_is_refused(camvid: Path, name: str) -> None:
    write(camvid / 'train' / f'{name}.png', np.zeros((4, 6), np.uint8))
    with pytest.raises(DataError, match=f'{name}.png is 6x4 but its image is 12x8'):
        load_camvid(camvid)


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """Four frames that turn from dark to bright blue; frame i is voted class i everywhere."""
    size = (160, 96)
    writer = cv2.VideoWriter(
        str(tmp_path / 'drive.mp4'), cv2.VideoWriter.fourcc(*'mp4v'), 25.0, size
    )
    assert writer.isOpened()
    for i in range(4):
        writer.write(np.full((size[1], size[0], 3), (60 * (i + 1), 0, 0), np.uint8))
        ids = np.full((size[1], size[0]), i, np.uint8)
        write(tmp_path / 'drive' / 'cityscapes19' / f'{i:06}.png', ids)
        write(tmp_path / 'drive' / 'cityscapes19' / f'{i:06}_conf.png', ids + 100)
    writer.release()
    return tmp_path


def test_videos_are_takes_with_the_vote_of_each_frame(videos: Path) -> None:
    (take,) = load_voted_videos(videos)
    width, height = VIDEO_SIZE
    assert take.images.shape == (4, height, width, 3)
    assert take.rate_hz == 25.0
    for i in range(4):
        assert np.abs(take.images[i].astype(int) - (0, 0, 60 * (i + 1))).max() < 12
        assert (take.labels[i] == i).all()
        assert (take.weights[i] == 100 + i).all()


@pytest.mark.parametrize('name', ['000002', '000003_conf'])
def test_a_missing_vote_is_named(videos: Path, name: str) -> None:
    (videos / 'drive' / 'cityscapes19' / f'{name}.png').unlink()
    with pytest.raises(DataError, match=f'drive/cityscapes19/{name}.png is missing'):
        load_voted_videos(videos)


def test_a_wrong_id_in_a_vote_is_named_with_its_file(videos: Path) -> None:
    write(videos / 'drive' / 'cityscapes19' / '000001.png', np.full((96, 160), 34, np.uint8))
    with pytest.raises(DataError, match=r'000001.png holds unknown label ids: 34; .* 0 to 18'):
        load_voted_videos(videos)


def test_a_video_that_cannot_be_decoded_is_named(videos: Path) -> None:
    (videos / 'drive.mp4').write_bytes(b'not a video')
    with pytest.raises(DataError, match=r'drive.mp4 holds no frame'):
        load_voted_videos(videos)
