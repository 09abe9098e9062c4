from __future__ import annotations

import base64

import cv2
import numpy as np
import polygon_samples as samples
from pycocotools import mask as coco_mask
import pytest

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.polygons.coco import read_coco
from time2general_ros.data.polygons.cvat import read_cvat
from time2general_ros.data.polygons.labelme import read_labelme
from time2general_ros.data.polygons.shapes import draw
from time2general_ros.data.polygons.yolo import read_yolo

pytestmark = pytest.mark.filterwarnings('ignore:__array__ implementation:DeprecationWarning')

SIZE = samples.SIZE
IDS = {name: i for i, name in enumerate(samples.CLASSES)}


def drawn(outlines, size=SIZE):
    return draw(outlines.shapes, IDS, 255, size)


def read_all(tmp_path):
    yield read_coco(samples.coco(tmp_path / 'c.json', 'a_1.jpg'))['a_1.jpg']
    yield read_labelme(samples.labelme(tmp_path / 'a_1.json', 'a_1.jpg'))[1]
    yield read_cvat(samples.cvat(tmp_path / 'c.xml', 'a_1.jpg'))['a_1.jpg']
    yield read_yolo(samples.yolo(tmp_path / 'a_1.txt'), samples.CLASSES)


def test_the_same_shapes_in_every_form_give_the_same_map(tmp_path):
    for outlines in read_all(tmp_path):
        map_ = drawn(outlines)
        assert np.array_equal(map_.ids, samples.expected())
        assert map_.contested == 2 * 2


def test_the_later_shape_lies_on_top_where_z_is_equal(tmp_path):
    path = samples.cvat(tmp_path / 'c.xml', 'a')
    path.write_text(path.read_text('utf-8').replace('z_order="1"', 'z_order="0"'), 'utf-8')
    assert drawn(read_cvat(path)['a']).ids[13, 13] == IDS['crop']


def test_coco_adds_up_the_parts_of_an_annotation(tmp_path):
    parts = [[1, 1, 5, 1, 5, 5, 1, 5], [3, 3, 9, 3, 9, 9, 3, 9]]
    annotation = {'id': 1, 'image_id': 0, 'category_id': 9, 'segmentation': parts}
    path = samples.coco(tmp_path / 'c.json', 'a', annotations=[annotation])
    assert (drawn(read_coco(path)['a']).ids == 1).sum() == 16 + 36 - 4


@pytest.mark.parametrize('compressed', [True, False])
def test_coco_masks_are_those_of_pycocotools(tmp_path, compressed):
    covered = np.random.default_rng(1).random(SIZE) < 0.4
    covered[3:9] = True
    coded = coco_mask.encode(np.asfortranarray(covered.astype(np.uint8)))
    text = coded['counts'].decode()
    down = covered.T.ravel()
    cuts = np.flatnonzero(np.diff(down.astype(int))) + 1
    runs = np.diff([0, *cuts, down.size]).tolist()
    counts = text if compressed else [0, *runs] if down[0] else runs
    segmentation = {'size': list(SIZE), 'counts': counts}
    annotation = {'image_id': 0, 'category_id': 7, 'segmentation': segmentation, 'iscrowd': 1}
    path = samples.coco(tmp_path / 'c.json', 'a', annotations=[annotation])
    assert np.array_equal(drawn(read_coco(path)['a']).ids == 2, covered)


@pytest.mark.parametrize(
    ('shape', 'rows', 'columns'),
    [
        ({'shape_type': 'rectangle', 'points': [[9, 8], [3, 2]]}, (2, 8), (3, 9)),
        (
            {'shape_type': 'rectangle', 'points': [[3, 2], [9, 2], [9, 8], [3, 8]]},
            (2, 8),
            (3, 9),
        ),
        ({'shape_type': 'mask', 'points': [[3, 2], [8, 7]], 'mask': 'PNG'}, (2, 8), (3, 9)),
        ({'points': [[3, 2], [9, 2], [9, 8], [3, 8]]}, (2, 8), (3, 9)),
    ],
)
def test_other_shapes_of_labelme(tmp_path, shape, rows, columns):
    if 'mask' in shape:
        png = cv2.imencode('.png', np.ones((6, 6), np.uint8))[1].tobytes()
        shape = {**shape, 'mask': base64.b64encode(png).decode()}
    path = samples.labelme(tmp_path / 'a.json', 'a.jpg', shapes=[{'label': 'crop', **shape}])
    covered = drawn(read_labelme(path)[1]).ids == 1
    assert covered.sum() == 36
    assert covered[slice(*rows), slice(*columns)].all()


def test_circles_and_ellipses_cover_the_centres_within(tmp_path):
    circle = {'label': 'crop', 'shape_type': 'circle', 'points': [[15, 10], [15, 17]]}
    path = samples.labelme(tmp_path / 'a.json', 'a.jpg', shapes=[circle])
    rows, columns = np.indices(SIZE)
    ours = drawn(read_labelme(path)[1]).ids == 1
    assert np.array_equal(ours, np.hypot(columns + 0.5 - 15, rows + 0.5 - 10) < 7)
    ellipse = '<ellipse label="crop" cx="15" cy="10" rx="9" ry="4" z_order="0"/>'
    path = samples.cvat(tmp_path / 'c.xml', 'a', shapes=ellipse)
    wide = np.hypot((columns + 0.5 - 15) / 9, (rows + 0.5 - 10) / 4) < 1
    assert np.array_equal(drawn(read_cvat(path)['a']).ids == 1, wide)


def test_boxes_and_masks_of_cvat(tmp_path):
    shapes = (
        '<box label="crop" xtl="3" ytl="2" xbr="9" ybr="8" z_order="0"/>'
        '<mask label="weed" rle="1, 3, 2, 1, 1" left="27" top="18" width="4" height="2"/>'
    )
    ids = drawn(read_cvat(samples.cvat(tmp_path / 'c.xml', 'a', shapes=shapes))['a']).ids
    assert (ids[2:8, 3:9] == 1).all()
    assert np.argwhere(ids == 2).tolist() == [[18, 28], [18, 29], [19, 29]]


def test_shapes_without_an_area_are_counted(tmp_path):
    shapes = [{'label': 'crop', 'shape_type': kind, 'points': [[1, 1]]} for kind in ('point',) * 2]
    outlines = read_labelme(samples.labelme(tmp_path / 'a.json', 'a.jpg', shapes=shapes))[1]
    assert (outlines.shapes, dict(outlines.left_out)) == ([], {'point': 2})
    line = '<polyline label="crop" points="1,1;2,2" z_order="0"/>'
    outlines = read_cvat(samples.cvat(tmp_path / 'c.xml', 'a', shapes=line))['a']
    assert (outlines.shapes, dict(outlines.left_out)) == ([], {'polyline': 1})


def test_names_written_on_windows_are_told(tmp_path):
    path = samples.labelme(tmp_path / 'a.json', r'..\raw\field_3.jpg')
    assert read_labelme(path)[0] == 'field_3'


# In an encoding that nobody knows.
CODED = b'<?xml version="1.0" encoding="none-such"?><annotations/>'


def annotation(**changed):
    given = {'id': 5, 'image_id': 0, 'category_id': 9, 'segmentation': [samples.WEED]}
    return {'annotations': [{**given, **changed}]}


@pytest.mark.parametrize(
    ('changed', 'words'),
    [
        (annotation(image_id=3), 'annotation 5 in .* is of image 3, which is not listed'),
        (annotation(category_id=1), 'category 1, which is not listed; there are: 7 weed, 9 crop'),
        (annotation(segmentation=[]), 'has no segmentation: a box is no outline'),
        (annotation(segmentation=[[1, 2, 3, 4]]), 'needs x and y of 3 corners'),
        (annotation(segmentation=[[1, 2, 3, 4, 5, 6, 7]]), 'needs x and y of 3 corners'),
        (annotation(segmentation=[[1, 2, 3, 4, 5, 'x']]), 'needs x and y'),
        (annotation(segmentation=[[1, 2, 3, 4, 5, float('nan')]]), 'needs x and y'),
        (annotation(segmentation={'size': [9, 9], 'counts': [81]}), r'mask of \[9, 9\] rows'),
        (annotation(segmentation={'size': [20, 30], 'counts': [5, 4]}), 'runs of 9 pixels for'),
        (annotation(segmentation={'size': [20, 30], 'counts': [-1, 601]}), 'runs of 600'),
        (annotation(segmentation={'size': [20, 30], 'counts': 'zz'}), 'no letter|cut off'),
        (annotation(segmentation={'size': [20, 30], 'counts': 'P'}), 'cut off'),
        (annotation(segmentation={'size': [20, 30]}), 'mask that is none'),
        (annotation(segmentation=[[1, 2, 3, 4, 5, 1e300]]), 'needs x and y'),
        (annotation(image_id=0.0), "an entry whose 'image_id' is 0.0, neither a whole number"),
        ({'images': None}, "no list 'images'"),
        ({'images': 2 * [{'id': 0, 'file_name': 'a'}]}, 'an image of the id 0 more than once'),
        (
            {'images': [{'id': i, 'file_name': 'a'} for i in range(2)]},
            "an image of the name 'a' more than once; export it again",
        ),
        ({'images': [{'id': 0, 'file_name': 'a', 'height': 'x', 'width': 5}]}, 'is no size'),
        ({'images': [{'id': 0, 'file_name': 'a', 'height': 0, 'width': 5}]}, 'is no size'),
        ({'categories': [{'id': 1}]}, "an entry whose 'name' is None"),
        (
            {'categories': [{'id': 9, 'name': name} for name in ('crop', 'weed')]},
            'a category of the id 9 more than once',
        ),
    ],
)
def test_damaged_coco_is_refused_in_a_line(tmp_path, changed, words):
    path = samples.coco(tmp_path / 'c.json', 'a', **changed)
    with pytest.raises(DataError, match=words) as error:
        drawn(read_coco(path)['a'])
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ('shapes', 'words'),
    [
        ('<polygon label="crop" points="1,1;2,2"/>', 'needs x and y of 3 corners'),
        ('<polygon label="crop" points="1,1;2,z;3,3"/>', "polygon 'crop' on a cannot be read"),
        ('<box label="crop" xtl="1" ytl="1" xbr="5"/>', "box 'crop' on a cannot be read"),
        ('<box label="c" xtl="1" ytl="1" xbr="5" ybr="5" rotation="9"/>', 'it is turned'),
        ('<mask label="c" rle="4" left="0" top="0" width="3" height="3"/>', 'runs of 4 pixels'),
        ('<mask label="c" rle="4" left="0" top="0" width="-2" height="-2"/>', 'it is -2x-2'),
        ('<mask label="c" rle="4" left="0" top="0" width="2" height="1e9"/>', 'it is 2x1000000'),
        ('<mask label="c" rle="4" left="inf" top="0" width="2" height="2"/>', 'cannot be read'),
        ('<polygon label="crop" points="-1e300,1;1e300,2;3,3"/>', 'needs x and y of 3 corners'),
        ('<blob label="c"/>', "kind 'blob', which is not known"),
    ],
)
def test_damaged_cvat_is_refused_in_a_line(tmp_path, shapes, words):
    with pytest.raises(DataError, match=words):
        read_cvat(samples.cvat(tmp_path / 'c.xml', 'a', shapes=shapes))


def test_a_picture_that_cvat_lists_twice_is_refused(tmp_path):
    with pytest.raises(DataError, match="an image of the name 'a' more than once"):
        read_cvat(samples.cvat(tmp_path / 'c.xml', 'a', 'b', 'a'))


def test_sizes_may_be_written_with_a_point(tmp_path):
    path = samples.labelme(tmp_path / 'a.json', 'a.png', size=tuple(map(float, SIZE)))
    assert read_labelme(path)[1].size == SIZE


def test_cvat_for_video_is_told_apart(tmp_path):
    path = samples.write(tmp_path / 'c.xml', '<annotations><track id="0"/></annotations>')
    with pytest.raises(DataError, match='export it from CVAT as "CVAT for images'):
        read_cvat(path)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('1 0.5 0.5 0.2 0.2', 'line 1 is a box, not an outline'),
        ('\n3 0 0 1 0 1 1', 'line 2 is of class 3; known are 0 to 2'),
        ('x 0 0 1 0 1 1', 'is of class x'),
        ('1.0 0 0 1 0 1 1', r'is of class 1\.0'),
        (f'{"9" * 5000} 0 0 1 0 1 1', 'is of class 9{20};'),
        ('1 0 0 1 0 1', 'needs x and y of 3 corners'),
        ('1 0 0 1 0 1 z', 'holds what is no number'),
        ('1 0 0 300 0 300 200', 'not in shares of the sides'),
    ],
)
def test_damaged_yolo_is_refused_in_a_line(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        read_yolo(samples.yolo(tmp_path / 'a.txt', text), samples.CLASSES)


@pytest.mark.parametrize('read', [read_coco, read_labelme, read_cvat])
@pytest.mark.parametrize(
    'content', [b'', b'\xff\xfe', b'[]', b'{"shapes": 3}', b'<a>', CODED, None]
)
def test_a_file_of_another_kind_is_named(tmp_path, read, content):
    path = tmp_path / 'labels.any'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r'labels\.any'):
        read(path)
