from __future__ import annotations

import json
from pathlib import Path
import re

import cv2
import numpy as np
import polygon_samples as samples
import pytest

from time2general_ros.data.labelled_video import DataError, files_of_data, labelled_frames
from time2general_ros.data.sets.plain import folder_splits
from time2general_ros.data.specs import open_data

SIZE = samples.SIZE
CLASSES = [{'name': name} for name in samples.CLASSES]
COLOURS = [[90, 60, 30], [0, 255, 0], [255, 0, 0]]


def picture(path: Path, size=SIZE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((*size, 3), 90, np.uint8))
    return path


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def describe(root: Path, **content) -> Path:
    given = {'rate_hz': 10, 'classes': CLASSES, **content}
    return samples.write(root / 'dataset.json', json.dumps(given))


def labels(root: Path, split='train') -> np.ndarray:
    data = open_data(f'folder:{root}', split)
    assert list(data.label_set.classes) == samples.CLASSES
    return data.videos[0].frame(0).labels


def refused(root: Path, words: str, split='train') -> str:
    def read_all():
        for video in open_data(f'folder:{root}', split).videos:
            for index in range(len(video)):
                video.frame(index)

    with pytest.raises(DataError, match=words) as error:
        read_all()
    assert '\n' not in str(error.value)
    return str(error.value)


MAKERS = {
    'coco': lambda root: samples.coco(root / 'train' / 'annotations.json', 'a_1.png'),
    'coco of roboflow': lambda root: samples.coco(
        root / 'train' / '_annotations.coco.json', 'a_1.png'
    ),
    'coco as published': lambda root: samples.coco(
        root / 'annotations' / 'instances_train.json', 'a_1.png'
    ),
    'cvat': lambda root: samples.cvat(root / 'train' / 'annotations.xml', 'any/where/a_1.png'),
    'labelme': lambda root: samples.labelme(root / 'train' / 'labels' / 'a_1.json', 'a_1.png'),
    'labelme beside': lambda root: samples.labelme(
        root / 'train' / 'images' / 'a_1.json', '../x/a_1.jpg'
    ),
    'yolo': lambda root: samples.yolo(root / 'train' / 'labels' / 'a_1.txt'),
}


@pytest.mark.parametrize('form', MAKERS)
def test_outlines_of_every_tool_give_the_same_map_and_say_what_is_contested(tmp_path, form):
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    describe(tmp_path)
    MAKERS[form](tmp_path)
    data = open_data(f'folder:{tmp_path}', 'train')
    assert np.array_equal(data.videos[0].frame(0).labels, samples.expected())
    assert data.notes['pixels in shapes of several classes'] == 4


@pytest.mark.parametrize(
    ('classes', 'said', 'around'),
    [
        (CLASSES, {}, 255),
        (CLASSES, {'background': 'soil'}, 0),
        (CLASSES, {'background': None}, 255),
        ([*CLASSES, {'name': 'background'}], {}, 3),
        ([*CLASSES, {'name': 'background'}], {'background': None}, 255),
    ],
)
def test_pixels_around_outlines_are_what_the_set_says(tmp_path, classes, said, around):
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    samples.yolo(tmp_path / 'train' / 'labels' / 'a_1.txt')
    describe(tmp_path, classes=classes, **said)
    frame = open_data(f'folder:{tmp_path}', 'train').videos[0].frame(0)
    assert np.array_equal(frame.labels, samples.expected(around))


IDS = samples.expected()
RAW = np.array([300, 7, 41, *[0] * 252, 65535], np.uint16)[IDS]


def coloured(void):
    table = np.full((256, 3), void, np.uint8)
    table[:3] = COLOURS
    return np.ascontiguousarray(table[IDS][..., ::-1])


WITH_IDS = [{**c, 'id': raw} for c, raw in zip(CLASSES, (300, 7, 41), strict=True)]
WITH_COLOURS = [{**c, 'colour': rgb} for c, rgb in zip(CLASSES, COLOURS, strict=True)]


@pytest.mark.parametrize(
    ('pixels', 'said'),
    [
        (IDS, {}),
        (IDS.astype(np.uint16), {}),
        (np.where(IDS == 255, 9, IDS).astype(np.uint8), {'void_id': 9}),
        (RAW, {'classes': WITH_IDS, 'void_id': 65535}),
        (coloured((1, 2, 3)), {'classes': WITH_COLOURS, 'void_colour': [1, 2, 3]}),
    ],
)
def test_maps_of_ids_and_of_colours(tmp_path, pixels, said):
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    save(tmp_path / 'train' / 'labels' / 'a_1.png', pixels)
    describe(tmp_path, **said)
    assert np.array_equal(labels(tmp_path), IDS)


def test_a_list_of_classes_is_enough_for_stills(tmp_path):
    samples.write(tmp_path / 'classes.txt', '__ignore__\nsoil\ncrop\nweed\n\n')
    for name in ('IMG_0007.jpg', 'orchard.jpg', 'row two/3.jpg'):
        picture(tmp_path / 'train' / 'images' / name)
    shapes = [
        {'label': 'crop', 'points': samples.pairs(samples.CROP)},
        {'label': '__ignore__', 'points': [[0, 0], [4, 0], [4, 4]]},
    ]
    samples.labelme(tmp_path / 'train' / 'labels' / 'orchard.json', 'orchard.jpg', shapes=shapes)
    data = open_data(f'folder:{tmp_path}', 'train')
    assert data.label_set.name == tmp_path.name
    assert [(len(v), v.drive) for v in data.videos] == [
        (1, 'IMG'),
        (1, 'orchard'),
        (1, 'row two'),
    ]
    frame = data.videos[1].frame(0)
    assert labelled_frames(data.videos[0]) == []
    assert (frame.labels[2, 2], frame.labels[3, 13], frame.labels[8, 8]) == (255, 1, 255)


def test_names_that_are_times_make_videos_without_a_rate(tmp_path):
    describe(tmp_path, rate_hz=None)
    for i in range(4):
        picture(tmp_path / 'train' / 'images' / 'left' / f'{1_790_000_000 + i / 10:.1f}.jpg')
        save(tmp_path / 'train' / 'labels' / 'left' / f'{1_790_000_000 + i / 10:.1f}.png', IDS)
    (video,) = open_data(f'folder:{tmp_path}', 'train').videos
    assert (len(video), video.drive) == (4, 'left')
    assert video.stamp_ns(3) == 1_790_000_000_300_000_000


def test_every_folder_below_is_a_drive_of_its_own(tmp_path):
    describe(tmp_path)
    for drive in ('a', 'b'):
        for number in (1, 2, 3):
            picture(tmp_path / 'train' / 'images' / drive / f'frame_{number:06}.png')
        save(tmp_path / 'train' / 'labels' / drive / 'frame_000002.png', IDS)
    videos = open_data(f'folder:{tmp_path}', 'train').videos
    assert [(v.drive, len(v), list(v.labelled)) for v in videos] == [
        ('a/frame', 3, [1]),
        ('b/frame', 3, [1]),
    ]


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp', '.webp', '.tif'])
def test_a_change_of_size_separates_videos(tmp_path, suffix):
    describe(tmp_path)
    for number in range(1, 7):
        size = (SIZE[0] + 4, SIZE[1]) if number > 4 else SIZE
        picture(tmp_path / 'train' / 'images' / f'a_{number}{suffix}', size)
        save(tmp_path / 'train' / 'labels' / f'a_{number}.png', np.zeros(size, np.uint8))
    videos = open_data(f'folder:{tmp_path}', 'train').videos
    assert [(v.drive, len(v), v.frame(0).labels.shape) for v in videos] == [
        ('a', 4, SIZE),
        ('a', 2, (SIZE[0] + 4, SIZE[1])),
    ]


def turned(path: Path) -> Path:
    """Write a JPEG that lies on its side, and whose EXIF orientation turns it upright."""
    done, data = cv2.imencode('.jpg', np.full((*SIZE[::-1], 3), 90, np.uint8))
    assert done
    exif = b'Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0'
    segment = b'\xff\xe1' + (len(exif) + 2).to_bytes(2, 'big') + exif
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data[:2].tobytes() + segment + data[2:].tobytes())
    return path


def test_pictures_that_are_shown_in_one_size_are_one_video(tmp_path):
    describe(tmp_path)
    for number in range(1, 5):
        (turned if number % 2 else picture)(tmp_path / 'train' / 'images' / f'a_{number}.jpg')
        save(tmp_path / 'train' / 'labels' / f'a_{number}.png', IDS)
    picture(tmp_path / 'train' / 'images' / 'a_5.jpg', SIZE[::-1])
    videos = open_data(f'folder:{tmp_path}', 'train').videos
    assert [{v.frame(i).image.shape[:2] for i in range(len(v))} for v in videos] == [
        {SIZE},
        {SIZE[::-1]},
    ]


def test_a_damaged_picture_is_named_when_it_is_read(tmp_path):
    describe(tmp_path)
    for content in (
        b'',
        b'\xff\xd8',
        b'\xff\xd8\xff\xc0\0\x08\x08',
        b'\x89PNG\r\n\x1a\n',
        b'what',
    ):
        path = picture(tmp_path / 'train' / 'images' / 'a_1.jpg')
        path.write_bytes(content)
        save(tmp_path / 'train' / 'labels' / 'a_1.png', IDS)
        refused(tmp_path, r'a_1\.jpg cannot be read')


def test_splits_may_be_drives_of_another_part(tmp_path):
    splits = {
        'train': {'of': 'all', 'drives': ['a', 'c']},
        'val': {'of': 'all', 'drives': ['b']},
        'far': {'images': 'elsewhere', 'labels': 'far.json'},
    }
    describe(tmp_path, splits=splits)
    for drive in 'abc':
        picture(tmp_path / 'all' / 'images' / f'{drive}_1.png')
        save(tmp_path / 'all' / 'labels' / f'{drive}_1.png', IDS)
    picture(tmp_path / 'elsewhere' / 'z_1.png')
    samples.coco(tmp_path / 'far.json', 'z_1.png')
    named = {split: [v.drive for v in open_data(f'folder:{tmp_path}', split).videos]
             for split in folder_splits(tmp_path)}  # fmt: skip
    assert named == {'train': ['a', 'c'], 'val': ['b'], 'far': ['z']}
    assert np.array_equal(labels(tmp_path, 'far'), IDS)
    assert len(open_data(f'folder:{tmp_path}', 'all').videos) == 3
    describe(tmp_path, splits={'val': {'of': 'all', 'drives': ['d']}})
    refused(tmp_path, "has no drive 'd', which .* puts into 'val'; there are: a, b, c", 'val')


def ultralytics(root: Path, text: str) -> Path:
    picture(root / 'images' / 'train' / 'a_1.jpg')
    samples.yolo(root / 'labels' / 'train' / 'a_1.txt')
    return samples.write(root / 'data.yaml', text)


@pytest.mark.parametrize(
    'text',
    [
        'train: images/train\nnames: [soil, crop, weed]',
        'path: .\ntrain: images/train\nval: images/train\nnames: {0: soil, 1: crop, 2: weed}',
        'train: ../images/train\nnc: 3\nnames: [soil, crop, weed]',
        'train: images/train\nnames: {"1": crop, "0": soil, "2": weed}',
    ],
)
def test_a_set_of_ultralytics_is_read_by_its_data_yaml(tmp_path, text):
    file = ultralytics(tmp_path, text)
    for where in (tmp_path, file):
        assert np.array_equal(labels(where), samples.expected())


def test_masks_and_background_of_ultralytics(tmp_path):
    file = ultralytics(
        tmp_path, 'train: images/train\nnames: [soil, crop, weed]\nbackground: soil'
    )
    assert np.array_equal(labels(tmp_path), samples.expected(0))
    save(tmp_path / 'masks' / 'train' / 'a_1.png', IDS)
    samples.write(file, 'train: images/train\nmasks_dir: masks\nnames: [soil, crop, weed]')
    assert np.array_equal(labels(tmp_path), IDS)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('names: [a]', 'names no part'),
        ('train: images/train', 'has no names'),
        ('train: images/train\nnames: {1: a, 2: b}', 'of the ids 1, 2, but none of 0'),
        ('train: images/train\nnames: {0: a, 2: b}', 'of the ids 0, 2, but none of 1'),
        ('train: images/train\nnames: [yes, no]', 'the name of class 0 is True, .*in quotes'),
        ('train: images/train\nnames: [a, ]\nnc: 4', 'has 1 names, but nc is 4'),
        ('train: images/none\nnames: [a]', 'is no folder; mend path'),
        ('train: [a, b]\nnames: [a]', 'only one folder of pictures is read'),
        ('train: labels/train\nnames: [a]', 'there must be one called "images"'),
        ('a: [', 'is no YAML'),
        ('- 3', 'does not describe a set'),
        ('train: images/train\nnames: [a, a]', 'several classes of the name'),
    ],
)
def test_a_damaged_data_yaml_is_refused(tmp_path, text, words):
    ultralytics(tmp_path, text)
    refused(tmp_path, words)


@pytest.mark.parametrize(
    ('said', 'words'),
    [
        ({'classes': ['a', 'b', 'a']}, "several classes of the name 'a'"),
        ({'classes': [f'c{i}' for i in range(256)]}, '256 classes.*255 are the most'),
        ({'classes': []}, 'no list of classes'),
        ({'classes': CLASSES, 'label_set': 'idd7'}, 'leave one out'),
        ({'classes': [{'name': 'a', 'id': 3}, 'b']}, "class 'b' has the id None"),
        ({'classes': [{'name': n, 'id': 3} for n in 'ab']}, "'a' and 'b' have the same id 3"),
        ({'classes': [{'name': 'a', 'id': 70000}]}, 'from 0 to 65535'),
        ({'void_id': 1}, "void_id 1 is the id of the class 'crop'"),
        ({'void_colour': [0, 0]}, 'void_colour is'),
        ({'background': 'sky'}, "background is 'sky'; give null for no class, or one of: soil"),
        ({'void_labels': 'glare'}, 'is no list'),
        ({'splits': []}, 'splits must be a table'),
        ({'splits': {'val': {'off': 'all'}}}, "the split 'val' has 'off'"),
        ({'splits': {'val': {'drives': 'a'}}}, 'must give .* drives as a list'),
        ({'splits': {'val': {'drives': []}}}, "'val' has an empty list of drives; name some"),
        (
            {'splits': {n: {'of': 'all', 'drives': ['a']} for n in ('train', 'val')}},
            "the splits 'train' and 'val' both have the drive 'a'; .*leave it out",
        ),
        ({'fps': 3}, "unknown key 'fps'"),
        ({'channel_names': {}}, 'is of nnU-Net'),
    ],
)
def test_a_wrong_description_is_told(tmp_path, said, words):
    describe(tmp_path, **said)
    assert 'dataset.json should describe the folder' in refused(tmp_path, words)


def test_a_split_whose_pictures_are_no_folder_is_told(tmp_path):
    describe(tmp_path, splits={'train': {'images': 'dataset.json'}})
    refused(tmp_path, r"no folder .*dataset\.json, which should hold the pictures of 'train'")


def test_two_names_of_one_picture_are_refused(tmp_path):
    describe(tmp_path)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    samples.coco(tmp_path / 'train' / 'annotations.json', 'a_1.png', 'raw/a_1.png')
    refused(tmp_path, r'has the picture .*a_1\.png.* more than once')


@pytest.mark.parametrize('text', ['\ufeffsoil\r\ncrop\r\nweed\r\n', 'soil\ncrop\nweed\n\n\n'])
def test_a_list_of_classes_as_other_systems_write_it(tmp_path, text):
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    save(tmp_path / 'train' / 'labels' / 'a_1.png', IDS)
    (tmp_path / 'classes.txt').write_bytes(text.encode())
    assert np.array_equal(labels(tmp_path), IDS)


def test_an_empty_line_among_classes_is_refused(tmp_path):
    samples.write(tmp_path / 'classes.txt', 'soil\n\ncrop\n')
    refused(tmp_path, 'line 2 of classes.txt is empty')


BAD_LABELS = {
    'ids': (
        np.where(IDS == 1, 9, IDS),
        r'unknown label ids: 9; known are 0 to 2 and 255 for void; pixels of each: 124',
    ),
    'ids of 16 bits': (RAW, r'holds unknown label ids: 7, 41, 65535; .*pixels of each: '),
    'size': (IDS[:9], 'is 30x9 but its image is 30x20'),
    'colours': (
        coloured((1, 2, 3)),
        r'1 unknown label colours \(RGB\): \(1, 2, 3\); in \d+ pixels; .*"void_colour"',
    ),
    'depth': (coloured(0).astype(np.uint16), 'save one channel of 8 or 16 bits'),
    'greys': (
        np.full((*SIZE, 3), 1, np.uint8),
        'they are all grey: if these are ids, save them as one channel',
    ),
}


@pytest.mark.parametrize('fault', BAD_LABELS)
def test_a_bad_label_map_is_named_with_values_and_counts(tmp_path, fault):
    pixels, words = BAD_LABELS[fault]
    describe(tmp_path, classes=WITH_COLOURS)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    path = save(tmp_path / 'train' / 'labels' / 'a_1.png', pixels)
    assert refused(tmp_path, words).startswith(str(path))


def test_colours_that_two_classes_share_are_refused(tmp_path):
    describe(tmp_path, classes=[{**c, 'colour': [1, 2, 3]} for c in CLASSES])
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    save(tmp_path / 'train' / 'labels' / 'a_1.png', coloured(0))
    refused(tmp_path, r'holds colours, but \(1, 2, 3\) is of several classes')


def test_label_maps_that_lose_ids_are_refused(tmp_path):
    describe(tmp_path)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    save(tmp_path / 'train' / 'labels' / 'a_1.jpg', IDS)
    refused(tmp_path, r'a_1\.jpg cannot hold class ids')


@pytest.mark.parametrize('name', ['a_2.tif', 'a_2.npy', 'a_2_labels.TIFF'])
def test_labels_of_a_type_that_is_not_read_are_named(tmp_path, name):
    describe(tmp_path)
    for number in (1, 2):
        picture(tmp_path / 'train' / 'images' / f'a_{number}.png')
    save(tmp_path / 'train' / 'labels' / 'a_1.png', IDS)
    path = samples.write(tmp_path / 'train' / 'labels' / name, 'x')
    words = r'cannot be read as labels \(pictures without any: 1\); save label maps as PNG'
    assert refused(tmp_path, words).startswith(str(path))
    save(tmp_path / 'train' / 'labels' / 'a_2.png', IDS)
    assert len(open_data(f'folder:{tmp_path}', 'train').videos[0].labelled) == 2


def test_links_to_folders_of_drives_are_followed_and_circles_end(tmp_path):
    describe(tmp_path)
    for drive in 'ab':
        for part, suffix in (('images', 'jpg'), ('labels', 'png')):
            place = tmp_path / ('train' if drive == 'a' else 'disk') / part / drive
            pixels = IDS if part == 'labels' else np.full((*SIZE, 3), 90, np.uint8)
            save(place / f'0001.{suffix}', pixels)
    for part in ('images', 'labels'):
        (tmp_path / 'train' / part / 'b').symlink_to(tmp_path / 'disk' / part / 'b')
        (tmp_path / 'train' / part / 'a' / 'up').symlink_to('..')
        (tmp_path / 'train' / part / 'c').symlink_to('c')
    videos = open_data(f'folder:{tmp_path}', 'train').videos
    assert [(video.drive, list(video.labelled)) for video in videos] == [('a', [0]), ('b', [0])]


@pytest.mark.parametrize(('ending', 'kind'), [('jpg', 'JPEG'), ('webp', 'WebP')])
@pytest.mark.parametrize('pixels', [IDS, coloured(0)], ids=['ids', 'colours'])
def test_label_maps_that_are_called_png_and_lose_ids_are_refused(tmp_path, ending, kind, pixels):
    describe(tmp_path, classes=WITH_COLOURS)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    done, data = cv2.imencode(f'.{ending}', pixels)
    assert done
    path = tmp_path / 'train' / 'labels' / 'a_1.png'
    path.parent.mkdir()
    path.write_bytes(data.tobytes())
    assert refused(tmp_path, f'is a {kind}, which .*save label maps as PNG').startswith(str(path))


@pytest.mark.parametrize('name', ['dataset.json', 'classes.txt'])
def test_a_file_in_place_of_its_folder_is_told(tmp_path, name):
    describe(tmp_path)
    samples.write(tmp_path / 'classes.txt', '\n'.join(samples.CLASSES))
    words = f'{name} is a file; name the folder that it is in, folder:{tmp_path}'
    refused(tmp_path / name, re.escape(words))


NOT_THERE = {
    'coco': lambda root: samples.coco(root / 'train' / 'annotations.json', 'a_1.png', 'b_2.png'),
    'cvat': lambda root: samples.cvat(root / 'train' / 'annotations.xml', 'a_1.png', 'b_2.png'),
    'labelme': lambda root: samples.labelme(root / 'train' / 'labels' / 'b_2.json', 'b_2.png'),
    'yolo': lambda root: samples.yolo(root / 'train' / 'labels' / 'b_2.txt'),
}


@pytest.mark.parametrize('form', NOT_THERE)
def test_outlines_of_a_picture_that_is_not_there_are_refused(tmp_path, form):
    describe(tmp_path)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    NOT_THERE[form](tmp_path)
    refused(tmp_path, r'pictures that are not there; missing: .*b_2')


def test_a_file_of_labelme_that_names_another_picture_is_refused(tmp_path):
    describe(tmp_path)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    samples.labelme(tmp_path / 'train' / 'labels' / 'a_1.json', 'a_9.png')
    refused(tmp_path, 'names the picture a_9, which is not there')


def test_outlines_of_what_is_no_class_are_named_with_their_number(tmp_path):
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    samples.coco(tmp_path / 'train' / 'annotations.json', 'a_1.png')
    describe(tmp_path, classes=['soil', 'crop'])
    words = r"shapes of what is no class: 'weed' \(1\); the classes are soil, crop; \"void_labels"
    refused(tmp_path, words)
    describe(tmp_path, classes=['soil', 'crop'], void_labels=['weed'])
    ids = open_data(f'folder:{tmp_path}', 'train').videos[0].frame(0).labels
    assert ids[13, 13] == 255


@pytest.mark.parametrize(
    ('stated', 'words'),
    [((9, 9), 'a picture of 9x9 but its image is 30x20'), ((30, 20), 'by its EXIF orientation')],
)
def test_outlines_of_a_picture_of_another_size_are_refused(tmp_path, stated, words):
    describe(tmp_path)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    samples.coco(tmp_path / 'train' / 'annotations.json', 'a_1.png', size=stated)
    refused(tmp_path, words)


def test_a_picture_that_is_shown_turned_has_its_outlines_as_shown(tmp_path):
    describe(tmp_path)
    turned(tmp_path / 'train' / 'images' / 'a_1.jpg')
    samples.coco(tmp_path / 'train' / 'annotations.json', 'a_1.jpg')
    assert np.array_equal(labels(tmp_path), samples.expected())


def test_labels_in_two_places_are_refused(tmp_path):
    describe(tmp_path)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    for form in ('coco', 'yolo'):
        MAKERS[form](tmp_path)
    refused(tmp_path, "both hold labels of 'train'; remove one")
    describe(tmp_path, splits={'train': {'labels': 'train/labels'}})
    assert np.array_equal(labels(tmp_path), IDS)


def test_a_map_and_outlines_of_one_picture_are_refused(tmp_path):
    describe(tmp_path)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    samples.yolo(tmp_path / 'train' / 'labels' / 'a_1.txt')
    save(tmp_path / 'train' / 'labels' / 'a_1.png', IDS)
    refused(tmp_path, r'a_1\.png and a_1\.txt are one frame by their names')


def test_data_without_val_or_without_labels_says_what_is_there(tmp_path):
    describe(tmp_path)
    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    refused(tmp_path, "has no split 'val'; there are: train", 'val')
    refused(tmp_path, r'there is no folder .*train/labels; labels are there, or in one of')


def test_all_that_says_what_labels_are_belongs_to_the_data(tmp_path):
    def files() -> set[str]:
        found = files_of_data(open_data(f'folder:{tmp_path}', 'train'))
        assert len(found) == len({*found})
        return {file.name for file in found}

    picture(tmp_path / 'train' / 'images' / 'a_1.png')
    samples.coco(tmp_path / 'train' / 'annotations.json', 'a_1.png')
    describe(tmp_path)
    assert files() == {'a_1.png', 'annotations.json', 'dataset.json'}
    samples.write(tmp_path / 'classes.txt', '\n'.join(samples.CLASSES))
    assert 'classes.txt' not in files()
    samples.write(tmp_path / 'dataset.json', '{"rate_hz": 10}')
    assert files() == {'a_1.png', 'annotations.json', 'dataset.json', 'classes.txt'}
    samples.write(tmp_path / 'dataset.json', '{"rate_hz": 10, "label_set": "three.txt"}')
    samples.write(tmp_path / 'three.txt', '\n'.join(samples.CLASSES))
    assert files() == {'a_1.png', 'annotations.json', 'dataset.json', 'three.txt'}
