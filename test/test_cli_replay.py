from __future__ import annotations

import subprocess
import sys

from bag_samples import ThresholdSegmenter, write_deep, write_images, write_jpegs
import pytest

from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli import main as command_line
from time2general_ros.cli import replay
from time2general_ros.cli.main import COMMANDS, main
from time2general_ros.cli.options.replay import topic_to_copy

MASK = '/camera/front/segmentation/mask'


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch):
    """Replay with a segmenter that needs no weights."""
    run = replay.run
    monkeypatch.setattr(replay, 'run', lambda args: run(args, lambda *_: ThresholdSegmenter()))


def call(*arguments):
    return main(['replay', *map(str, arguments)])


def test_replay_writes_the_masks_and_tells_what_it_did(tmp_path, capsys):
    bag = write_images(tmp_path / 'in.mcap')
    out = tmp_path / 'out.mcap'
    assert call(bag, '--out', out) == 0
    printed = capsys.readouterr()
    assert '/camera/front/image_raw: 12 frames in, 12 masks out' in printed.out
    assert 'memory reset 1 times: gap' in printed.out
    assert str(out) in printed.out
    assert printed.err == ''
    with BagReader(out) as reader:
        assert reader.topics[MASK].count == 12


def test_nearly_black_images_are_told_once_with_the_option_that_reads_their_bits(tmp_path, capsys):
    bag = write_deep(tmp_path / 'in.mcap', bits=10)
    assert call(bag, '--out', tmp_path / 'dark.mcap') == 0
    error = capsys.readouterr().err
    assert error.startswith('warning: 4 of 4 images are nearly black')
    assert error.count('\n') == 1
    assert '--image-bits' in error
    assert call(bag, '--out', tmp_path / 'seen.mcap', '--image-bits', 10) == 0
    assert capsys.readouterr().err == ''
    with BagReader(tmp_path / 'dark.mcap') as dark, BagReader(tmp_path / 'seen.mcap') as seen:
        assert max(max(m.message.data) for m in dark.messages(MASK)) == 0
        assert max(max(m.message.data) for m in seen.messages(MASK)) == 15


@pytest.mark.parametrize('bits', ['7', '17', 'ten'])
def test_bits_that_no_sample_has_are_refused(tmp_path, capsys, bits):
    with pytest.raises(SystemExit):
        call(tmp_path / 'in.mcap', '--out', tmp_path / 'out.mcap', '--image-bits', bits)
    assert '--image-bits' in capsys.readouterr().err


def test_cut_off_bag_exits_3_and_says_so(tmp_path, capsys):
    bag = write_images(tmp_path / 'in.mcap', 100)
    bag.write_bytes(bag.read_bytes()[:200_000])
    assert call(bag, '--out', tmp_path / 'out.mcap') == 3
    assert 'in.mcap is cut off before its end' in capsys.readouterr().err
    with BagReader(tmp_path / 'out.mcap') as reader:
        assert reader.topics[MASK].count > 20


def test_earlier_output_is_refused_before_anything_is_read(tmp_path, capsys):
    out = write_images(tmp_path / 'out.mcap', 3)
    before = out.read_bytes()
    assert call(tmp_path / 'nowhere.mcap', '--out', out) == 1
    assert 'out.mcap exists already; choose another name, or give --overwrite' in (
        capsys.readouterr().err
    )
    assert out.read_bytes() == before
    bag = write_images(tmp_path / 'in.mcap', 3)
    assert call(bag, '--out', out, '--overwrite') == 0
    assert out.read_bytes() != before


def test_a_window_without_images_exits_1_and_leaves_nothing(tmp_path, capsys):
    bag = write_images(tmp_path / 'in.mcap')
    assert call(bag, '--start', '100', '--out', tmp_path / 'out.mcap') == 1
    assert 'has no image to look at: check --topic, --start' in capsys.readouterr().err
    assert not (tmp_path / 'out.mcap').exists()


def test_one_topic_of_several_without_images_exits_3_and_is_named(tmp_path, capsys):
    front, rear = ('/front/image_raw/compressed', '/rear/image_raw/compressed')
    bag = write_jpegs(tmp_path / 'in.mcap', [front, rear])
    late = tmp_path / 'late.mcap'
    with BagWriter(late) as writer, BagReader(bag) as reader:
        for item in reader.messages(front):
            writer.write(front, item.msgtype, item.log_time_ns, item.message)
        writer.write(rear, item.msgtype, item.log_time_ns, item.message)
    given = ['--topic', front, '--topic', rear, '--end', '0.01', '--out', tmp_path / 'out.mcap']
    assert call(late, *given) == 3
    assert f'there is no image of {rear} to look at' in capsys.readouterr().err


def test_missing_topic_exits_1_and_lists_the_topics(tmp_path, capsys):
    bag = write_jpegs(tmp_path / 'in.mcap', ['/left/image', '/right/image'])
    for extra in ([], ['--topic', '/nowhere']):
        assert call(bag, '--out', tmp_path / 'out.mcap', *extra) == 1
        error = capsys.readouterr().err
        assert error.startswith('error: ')
        assert '/left/image' in error
        assert '/right/image' in error
    assert list(tmp_path.iterdir()) == [bag]
    assert call(bag, '--out', tmp_path / 'out.mcap', '--topic', '/left/image') == 0


def test_unwritable_output_exits_1_and_leaves_nothing(tmp_path, capsys):
    bag = write_images(tmp_path / 'in.mcap')
    assert call(bag, '--out', bag / 'out.mcap') == 1
    assert 'error: ' in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [bag]


def test_interruption_exits_130_and_leaves_nothing(tmp_path, monkeypatch, capsys):
    def interrupt(args):
        class Interrupted(ThresholdSegmenter):
            def segment(self, frame):
                raise KeyboardInterrupt

        return replay_run(args, lambda *_: Interrupted())

    monkeypatch.undo()
    replay_run = replay.run
    monkeypatch.setattr(replay, 'run', interrupt)
    bag = write_images(tmp_path / 'in.mcap')
    assert call(bag, '--out', tmp_path / 'out.mcap') == 130
    assert capsys.readouterr().err == 'interrupted\n'
    assert list(tmp_path.iterdir()) == [bag]


@pytest.mark.parametrize(
    'option', [('--threads', '0'), ('--max-gap', '-1'), ('--max-gap', 'x'), ('--memory', 'maybe')]
)
def test_impossible_options_are_refused(option, capsys):
    with pytest.raises(SystemExit) as stop:
        call('in.mcap', '--out', 'out.mcap', *option)
    assert stop.value.code == 2
    assert option[1] in capsys.readouterr().err


def test_help_lists_every_command_without_loading_any():
    code = (
        'import sys\n'
        'from time2general_ros.cli.main import main\n'
        'try:\n'
        "    main(['--help'])\n"
        'except SystemExit:\n'
        "    print(*sorted(sys.modules), sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    for name, summary in COMMANDS.items():
        assert name in done.stdout
        assert summary in done.stdout
    heavy = {'torch', 'openvino', 'rclpy', 'cv2', 'numpy', 'rosbags'}
    assert heavy.isdisjoint(done.stderr.split())


@pytest.mark.parametrize('name', COMMANDS)
def test_commands_describe_themselves_as_the_overview_does(name, capsys):
    pytest.importorskip(f'time2general_ros.cli.{name}')
    parser = command_line._parser(name)
    assert COMMANDS[name] in parser.format_help()


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(['--version'])
    assert capsys.readouterr().out.startswith('time2general 0.')


@pytest.mark.parametrize('kind', ['file', 'folder', 'data'])
def test_a_recording_behind_the_topics_to_copy_is_none_of_them(tmp_path, capsys, kind):
    bag = write_images(tmp_path / 'in.mcap', 3)
    given = {'file': bag, 'folder': tmp_path, 'data': f'camvid:{tmp_path}'}[kind]
    for sources in ([], [bag]):
        with pytest.raises(SystemExit) as ended:
            call(*sources, '--out', tmp_path / 'out', '--copy', '/tf', given)
        assert ended.value.code == 2
        told = capsys.readouterr().err
        assert f'{given} is a recording' in told
        assert 'give SOURCE before --copy' in told
    assert [*tmp_path.iterdir()] == [bag]


def test_a_topic_may_be_called_as_a_folder_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'all').write_text('a file of that name')
    (tmp_path / 'tf').mkdir()
    for name in ('all', 'tf', f'{tmp_path}/tf', '/tf', 'x' * 5000):
        assert topic_to_copy(name) == name
