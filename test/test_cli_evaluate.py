from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from time2general_ros.cli import evaluate as command
from time2general_ros.cli.main import main
from time2general_ros.data.corruptions.corruption import Corruption
from time2general_ros.data.labelled_video import DataError, LabelledFrame
from time2general_ros.data.specs import open_data
from time2general_ros.evaluation.report import ReportError
from time2general_ros.labels.description import read_label_set
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import LabelSetError

ROAD, SKY = 0, 10
SHIPPED = Path(__file__).parents[1] / 'models' / 'compact' / 'card.json'


class Halves:
    """Answer sky above and road below."""

    labels = load_label_set('cityscapes19')

    def predict(self, frame: LabelledFrame) -> np.ndarray:
        ids = np.full(frame.labels.shape, ROAD, np.uint8)
        ids[: len(ids) // 2] = SKY
        return ids

    def reset(self) -> None:
        pass


def stand_in(_: argparse.Namespace) -> Halves:
    return Halves()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ten frames whose truth is sky above and road below."""
    root = tmp_path / 'data'
    for folder in ('images', 'labels'):
        (root / 'val' / folder).mkdir(parents=True)
    labels = np.full((16, 24), 3, np.uint8)
    labels[:8] = 0
    for number in range(10):
        name = f'drive_{number:05}.png'
        cv2.imwrite(str(root / 'val' / 'images' / name), np.zeros((16, 24, 3), np.uint8))
        cv2.imwrite(str(root / 'val' / 'labels' / name), labels)
    return root


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(['evaluate', *arguments])


def test_the_report_has_the_agreed_form(data: Path, tmp_path: Path) -> None:
    file = tmp_path / 'figures.json'
    args = parse(
        '--data', f'camvid:{data}', '--strides', '2,1', '--memory', 'off', '--json', str(file)
    )
    assert command.run(args, stand_in) == 0
    report = json.loads(file.read_text())
    assert report['miou'] == report['boundary_iou'] == 100.0
    assert list(report)[:2] == ['miou', 'boundary_iou']
    assert report['frames'] == 10
    assert len(report['per_class_iou']) == 11
    for key in ('per_class_iou', 'per_class_boundary_iou'):
        assert (report[key]['road'], report[key]['car']) == (100.0, None)
    assert list(report['strides']) == ['1', '2']
    for figures in report['strides'].values():
        assert {'flicker', 'vc8', 'vc16', 'vc8_correct', 'miou', 'boundary_iou'} <= set(figures)
    assert report['strides']['1']['flicker'] == 0.0
    assert report['strides']['1']['vc8'] == 100.0
    assert report['strides']['1']['vc16'] is None
    assert (report['model'], report['memory'], report['split']) == ('shipped', 'off', 'val')


def test_the_table_is_all_that_goes_to_stdout(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(parse('--data', f'camvid:{data}', '--strides', '1,3'), stand_in) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == ['percent,', 'by', 'stride']
    assert ['3', '4', '100.00', '100.00', '0.00', '-', '-', '-', '100.00', '0.00'] in lines
    assert ['car', 'absent', '-'] in lines
    assert lines[-2][:4] == ['Note:', 'CamVid', 'val', 'is']


def test_defaults_are_those_of_the_shipped_model() -> None:
    args = parse('--data', 'camvid:x')
    assert args.func is command.run
    assert (args.split, args.strides, args.memory) == ('val', (1, 2, 3, 5), 'on')
    assert (args.model, args.engine, args.precision) == (None, 'auto', 'auto')
    assert args.threads is None


@pytest.mark.parametrize(
    ('text', 'strides'), [('1,2,3,5', (1, 2, 3, 5)), ('5, 2', (1, 2, 5)), ('2,2,1', (1, 2))]
)
def test_strides_are_sorted_and_include_1(text: str, strides: tuple[int, ...]) -> None:
    assert command.parse_strides(text) == strides


@pytest.mark.parametrize(
    ('text', 'wrong'), [('0', "'0'"), ('1,-2', "'-2'"), ('1,,2', "''"), ('1,2.5', "'2.5'")]
)
def test_a_wrong_stride_is_named(
    text: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse('--data', 'camvid:x', '--strides', text)
    assert caught.value.code == 2
    assert f'{wrong} in {text!r} is not a stride' in capsys.readouterr().err


def refuse(_: argparse.Namespace) -> Halves:
    raise AssertionError('the model was opened before the arguments were checked')


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        (['--data', 'camvid:{root}/none'], DataError, 'no data folder'),
        (['--data', 'camvid:{data}', '--split', 'test'], DataError, 'there are: val'),
        (['--data', 'kitti:{data}'], DataError, 'give one of: camvid:PATH'),
        (['--data', 'camvid:{data}', '--json', '{root}/none/f.json'], ReportError, 'no folder'),
        (['--data', 'camvid:{data}', '--json', '{root}'], ReportError, 'it is a folder'),
    ],
)
def test_mistakes_are_found_before_the_model_is_opened(
    arguments: list[str], error: type[Exception], message: str, data: Path, tmp_path: Path
) -> None:
    args = parse(*(a.format(data=data, root=tmp_path) for a in arguments))
    with pytest.raises(error, match=message):
        command.run(args, refuse)


def test_a_failing_run_leaves_an_older_report_alone(data: Path, tmp_path: Path) -> None:
    file = tmp_path / 'figures.json'
    file.write_text('{"older": true}')
    broken = data / 'val' / 'labels' / 'drive_00007.png'
    cv2.imwrite(str(broken), np.full((16, 24), 99, np.uint8))
    args = parse('--data', f'camvid:{data}', '--strides', '1', '--json', str(file))
    with pytest.raises(DataError, match=r'drive_00007.png holds unknown label ids: 99'):
        command.run(args, stand_in)
    assert json.loads(file.read_text()) == {'older': True}
    assert {p.name for p in tmp_path.iterdir()} == {'data', 'figures.json'}


class Watcher(Halves):
    """Keep the images that are seen."""

    def __init__(self) -> None:
        self.images: list[np.ndarray] = []

    def predict(self, frame: LabelledFrame) -> np.ndarray:
        self.images.append(frame.image)
        return super().predict(frame)


def test_the_model_sees_corrupted_images(data: Path, tmp_path: Path) -> None:
    file, watcher = tmp_path / 'figures.json', Watcher()
    arguments = ['--data', f'camvid:{data}', '--strides', '1', '--json', str(file)]
    args = parse(*arguments, '--corruption', 'gaussian_noise:3', '--seed', '4')
    assert command.run(args, lambda _: watcher) == 0
    report = json.loads(file.read_text())
    assert (report['corruption'], report['seed']) == ('gaussian_noise:3', 4)
    name = open_data(f'camvid:{data}', 'val').videos[0].name
    expected = Corruption('gaussian_noise', 3, seed=4).start_video(name)
    clean = np.zeros((16, 24, 3), np.uint8)
    assert len(watcher.images) == 10
    for index, image in enumerate(watcher.images):
        np.testing.assert_array_equal(image, expected.apply(clean, index))


def test_clean_reports_name_no_corruption(data: Path, tmp_path: Path) -> None:
    file = tmp_path / 'figures.json'
    arguments = ['--data', f'camvid:{data}', '--strides', '1', '--json', str(file)]
    assert command.run(parse(*arguments), stand_in) == 0
    assert not {'corruption', 'seed'} & set(json.loads(file.read_text()))


@pytest.mark.skipif(not SHIPPED.is_file(), reason=f'there is no {SHIPPED}')
@pytest.mark.parametrize('memory', ['on', 'off'])
def test_the_shipped_model_is_scored(data: Path, tmp_path: Path, memory: str) -> None:
    file = tmp_path / 'figures.json'
    arguments = ['--data', f'camvid:{data}', '--strides', '1,2', '--memory', memory]
    assert main(['evaluate', *arguments, '--json', str(file)]) == 0
    report = json.loads(file.read_text())
    assert 0.0 <= report['miou'] <= 100.0
    assert (report['memory'], report['strides']['2']['frames']) == (memory, 5)


@pytest.mark.skipif(not SHIPPED.is_file(), reason=f'there is no {SHIPPED}')
@pytest.mark.parametrize(('memory', 'told'), [('on', True), ('ema', True), ('off', False)])
def test_frames_too_far_apart_for_memory_are_told(
    data: Path, capsys: pytest.CaptureFixture[str], memory: str, told: bool
) -> None:
    (data / 'dataset.json').write_text('{"rate_hz": 0.5}')
    arguments = ['--data', f'folder:{data}', '--strides', '1', '--memory', memory]
    assert main(['evaluate', *arguments]) == 0
    assert ('memory was cleared 9 times' in capsys.readouterr().err) is told


def test_a_mistake_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['evaluate', '--data', f'camvid:{tmp_path / "none"}']) == 1
    assert capsys.readouterr().err == f'error: there is no data folder {tmp_path / "none"}\n'


def test_classes_that_differ_are_scored_as_a_map_says(data: Path, tmp_path: Path) -> None:
    own = read_label_set(['ground', 'above'], 'own', 'own')
    file, mapped = tmp_path / 'figures.json', tmp_path / 'map.json'
    arguments = ['--data', f'camvid:{data}', '--strides', '1', '--json', str(file)]

    class Own(Halves):
        labels = own

        def predict(self, frame: LabelledFrame) -> np.ndarray:
            return (super().predict(frame) == SKY).astype(np.uint8)

    with pytest.raises(LabelSetError, match=r"own has no class for 'sky'.*--map FILE"):
        command.run(parse(*arguments), lambda _: Own())
    mapped.write_text('{"ground": "road", "above": "sky"}')
    assert command.run(parse(*arguments, '--map', str(mapped)), lambda _: Own()) == 0
    report = json.loads(file.read_text())
    assert command.run(parse(*arguments), lambda _: Halves()) == 0
    usual = json.loads(file.read_text())
    assert report.pop('map') == {'ground': 'road', 'above': 'sky'}
    assert report == usual


def test_what_cannot_be_scored_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (data / 'val' / 'labels').iterdir():
        cv2.imwrite(str(path), np.full((16, 24), 11, np.uint8))
    arguments = ['--data', f'camvid:{data}', '--json', str(tmp_path / 'figures.json')]
    # Two frames in a row show flicker without labels.
    assert command.run(parse(*arguments), stand_in) == 0
    assert 'no frame has labels of a class that is scored' in capsys.readouterr().err
    for folder in ('images', 'labels'):
        for number in range(1, 10):
            (data / 'val' / folder / f'drive_{number:05}.png').unlink()
    with pytest.raises(DataError, match=r'nothing of camvid:.*, val could be scored'):
        command.run(parse(*arguments), stand_in)


def test_a_map_that_is_none_is_a_mistake_of_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse('--data', 'camvid:x', '--map', str(tmp_path / 'none.json'))
    assert 'cannot read the map' in capsys.readouterr().err
