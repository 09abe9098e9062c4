from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.synthetic import Drive
from time2general_ros.synthetic.camera import Pose
from time2general_ros.synthetic.canvas import Canvas
from time2general_ros.synthetic.classes import BUILDING, ROAD, SIDEWALK, SKY, TERRAIN, WALL
from time2general_ros.synthetic.layout import plan_layout
from time2general_ros.synthetic.light import Light
from time2general_ros.synthetic.motion import Centreline, Travel
from time2general_ros.synthetic.scene import Scene, Surface
from time2general_ros.synthetic.texture import Texture

SIZE = (240, 320)
STANDING = (ROAD, SIDEWALK, BUILDING, WALL, TERRAIN, SKY)


def looking(forward: float = 0.0, lateral: float = 0.0, yaw: float = 0.0) -> Pose:
    return Pose(300.0, (159.5, 119.5), np.array([lateral, 1.5, forward]), yaw, 0.0)


def draw(scene: Scene, pose: Pose) -> Canvas:
    canvas = Canvas(SIZE, with_glow=False)
    canvas.draw(scene, pose, Light(np.array([0.0, 1.0, 0.0]), 1.0, 0.0))
    return canvas


def plate(scene: Scene, left: float, bottom: float, depth: float, label: int) -> None:
    colour = np.full((32, 32, 3), 40 + 10 * label, np.uint8)
    scene.add_quad(
        (left, bottom + 2, depth), (2.0, 0, 0), (0, -2.0, 0), Surface(Texture(colour), label)
    )


def columns_of(canvas: Canvas, label: int) -> tuple[int, int]:
    columns = np.flatnonzero((canvas.labels == label).any(axis=0))
    return int(columns[0]), int(columns[-1])


def test_a_plate_covers_the_pixels_that_a_pinhole_camera_gives_it():
    scene = Scene()
    plate(scene, -1.0, 0.5, 10.0, BUILDING)
    canvas = draw(scene, looking())
    rows = np.flatnonzero((canvas.labels == BUILDING).any(axis=1))
    # The plate spans -1..1 m by -1..1 m around the axis at 10 m: 60 pixels at 300 px focal length.
    assert columns_of(canvas, BUILDING) == (130, 189)
    assert (rows[0], rows[-1]) == (90, 149)
    assert canvas.nearness[120, 160] == pytest.approx(0.1, rel=1e-4)


def test_image_and_labels_end_at_the_same_pixel():
    scene = Scene()
    plate(scene, -0.83, 0.31, 7.3, BUILDING)
    canvas = draw(scene, looking(yaw=0.2))
    np.testing.assert_array_equal(canvas.image.any(axis=2), canvas.labels == BUILDING)


@pytest.mark.parametrize('far_first', [True, False])
def test_nearer_pieces_hide_farther_ones_in_any_order(far_first):
    scene = Scene()
    for depth, label in sorted([(5.0, WALL), (9.0, BUILDING)], reverse=far_first):
        plate(scene, -1.0, 0.5, depth, label)
    canvas = draw(scene, looking())
    assert canvas.labels[120, 160] == WALL
    assert not (canvas.labels == BUILDING).any()


def test_nearer_things_move_more():
    scene = Scene()
    plate(scene, -1.5, 0.5, 6.0, WALL)
    plate(scene, 3.0, 0.5, 30.0, BUILDING)
    before, after = draw(scene, looking()), draw(scene, looking(lateral=0.5))
    near = columns_of(before, WALL)[0] - columns_of(after, WALL)[0]
    far = columns_of(before, BUILDING)[0] - columns_of(after, BUILDING)[0]
    assert near == pytest.approx(300 * 0.5 / 6, abs=1)
    assert far == pytest.approx(300 * 0.5 / 30, abs=1)


def test_a_piece_reaching_behind_the_camera_is_drawn_up_to_the_border():
    scene = Scene()
    texture = Texture(np.full((16, 64, 3), 90, np.uint8))
    scene.add_quad((-2.0, 3.0, -5.0), (0, 0, 60.0), (0, -3.0, 0), Surface(texture, WALL))
    canvas = draw(scene, looking())
    first, last = columns_of(canvas, WALL)
    assert first == 0
    assert last == pytest.approx(159.5 - 300 * 2 / 55, abs=1)


def test_thin_posts_keep_one_pixel_and_then_vanish():
    widths = {}
    for depth in (10.0, 40.0, 80.0, 300.0):
        scene = Scene()
        texture = Texture(np.full((32, 8, 3), 90, np.uint8))
        scene.add_board((0.07, 0.0, depth), 0.14, 5.0, Surface(texture, WALL, thin=True))
        canvas = draw(scene, looking())
        widths[depth] = int((canvas.labels == WALL).any(axis=0).sum())
    assert widths[10.0] in (4, 5)
    assert widths[40.0] == 1
    assert widths[80.0] == 1
    assert widths[300.0] == 0


@pytest.mark.parametrize('time', [2.0, 2.3, 7.0])
def test_kerbs_lie_where_the_plan_of_the_street_puts_them(time):
    drive = Drive(3, SIZE)
    pose, labels = drive.pose(time), drive.render(time).labels
    course = Centreline(3, 1.0)
    keep = drive.layout.keep
    inside, outside = (ROAD, SIDEWALK) if keep > 0 else (SIDEWALK, ROAD)
    edges = np.argwhere((labels[150:, :-1] == inside) & (labels[150:, 1:] == outside))
    offsets = []
    for row, column in edges:
        slope = (row + 150 - pose.centre[1]) / pose.focal
        depth = pose.position[1] / (slope * np.cos(pose.pitch) + np.sin(pose.pitch))
        ahead = depth * (np.cos(pose.pitch) - slope * np.sin(pose.pitch))
        side = (column + 0.5 - pose.centre[0]) / pose.focal * depth
        lateral = pose.position[0] + side * np.cos(pose.yaw) + ahead * np.sin(pose.yaw)
        along = pose.position[2] + ahead * np.cos(pose.yaw) - side * np.sin(pose.yaw)
        offsets.append(lateral - course.lateral(along))
    assert len(offsets) > 10
    assert np.median(offsets) == pytest.approx(keep * drive.layout.kerb(keep), abs=0.06)


def standing_seed() -> tuple[int, float]:
    for seed in range(60):
        travel = Travel(seed, plan_layout(seed))
        for time in np.arange(0.0, 40.0, 0.5):
            if travel.distance(time + 0.5) == travel.distance(time):
                return seed, float(time)
    pytest.fail('no seed stands still')


def test_what_stands_still_keeps_its_labels_while_the_camera_stands():
    seed, time = standing_seed()
    drive = Drive(seed, SIZE)
    first, second = drive.render(time), drive.render(time + 0.2)
    still = np.isin(first.labels, STANDING) & np.isin(second.labels, STANDING)
    assert still.mean() > 0.4
    changed = (first.labels != second.labels) & still
    # Only what a mover hides in one frame and uncovers in the other may differ: nothing here.
    assert not changed.any()


def test_texture_stays_on_the_road_while_the_camera_stands():
    seed, time = standing_seed()
    drive = Drive(seed, SIZE)
    first, second = drive.render(time), drive.render(time + 0.03)
    road = (first.labels == ROAD) & (second.labels == ROAD)
    difference = np.abs(first.image[road].astype(int) - second.image[road].astype(int))
    assert np.median(difference) <= 4


@pytest.mark.parametrize('seed', range(6))
def test_travel_never_goes_backwards_nor_jumps(seed):
    travel = Travel(seed, plan_layout(seed))
    covered = np.array([travel.distance(time) for time in np.arange(0, 80, 0.05)])
    steps = np.diff(covered)
    assert steps.min() >= 0
    assert steps.max() <= travel.speed * 0.05 + 1e-9
    assert np.abs(np.diff(steps)).max() < 0.05


def test_arrival_is_when_a_distance_is_reached():
    travel = Travel(5, plan_layout(5))
    arrival = travel.arrival(123.0)
    assert travel.distance(arrival) >= 123.0 > travel.distance(arrival - 0.01)
