from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path

import av
import cv2
from data_trees import write_map
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from tiny_model import TINY  # noqa: E402

from time2general_ros.data.label_maps import read_map  # noqa: E402
from time2general_ros.data.voted import VotedFolder, load_voted  # noqa: E402
from time2general_ros.labels.cityscapes import street_labels  # noqa: E402
from time2general_ros.labels.groups import Groups  # noqa: E402
from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.checkpoint import save_weights  # noqa: E402
from time2general_ros.model.config import ConfigError  # noqa: E402
from time2general_ros.training.recipes.recipe import TeacherSource  # noqa: E402
from time2general_ros.training.teachers.answers import AnswersError, answered  # noqa: E402

SIZE = (48, 64)


def teacher(root: Path, seed: int = 0) -> TeacherSource:
    torch.manual_seed(seed)
    weights = root / f'teacher{seed}.safetensors'
    save_weights(build_model(TINY).state_dict(), weights)
    return TeacherSource(weights, TINY.to_dict(), root / 'answers', every=2)


def pictures(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(4).integers(0, 256, (count, *SIZE, 3), np.uint8))


def write_vote(folder: Path, name: str, value: int) -> None:
    write_map(folder / f'{name}.png', value, size=SIZE)
    write_map(folder / f'{name}_conf.png', 255, size=SIZE)


def stills(folder: Path) -> VotedFolder:
    (folder / 'images').mkdir(parents=True)
    for name, picture in zip(('1_a', '2_b'), pictures(2), strict=True):
        cv2.imwrite(str(folder / 'images' / f'{name}.jpg'), picture)
    return VotedFolder(folder)


def video(folder: Path) -> VotedFolder:
    folder.mkdir()
    with av.open(str(folder / 'drive.mp4'), 'w') as out:
        stream = out.add_stream('mpeg4', rate=10)
        stream.height, stream.width = SIZE
        for picture in pictures(5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format='rgb24')))
        out.mux(stream.encode())
    return VotedFolder(folder)


@pytest.fixture(scope='module')
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TeacherSource]:
    """What a teacher says of two stills and of every second frame of a video."""
    root = tmp_path_factory.mktemp('answers')
    source = teacher(root)
    folders = {'stills': stills(root / 'stills'), 'video': video(root / 'video')}
    told: list[tuple[int, int]] = []
    found = answered(source, folders, lambda *counts: told.append(counts))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert found['stills'].votes == root / 'answers' / 'stills'
    return root, source


def folders_of(root: Path) -> dict[str, VotedFolder]:
    return {name: VotedFolder(root / name) for name in ('stills', 'video')}


def test_answers_are_votes_for_images_and_some_frames(
    answers: tuple[Path, TeacherSource],
) -> None:
    root, source = answers
    folders = answered(source, folders_of(root))
    takes = load_voted(folders['stills'], Groups(street_labels()), 1)
    assert [take.labels.shape for take in takes] == [(1, *SIZE)] * 2
    assert 0 < np.asarray(takes[0].weights[0]).max() <= 255
    assert len(load_voted(folders['video'], Groups(street_labels()), 1)) == 3
    named = sorted(file.name for file in (root / 'answers/video/drive/cityscapes19').iterdir())
    assert named == [f'{i:06}{end}.png' for i in (0, 2, 4) for end in ('', '_conf')]


def test_what_is_there_is_not_made_again(answers: tuple[Path, TeacherSource]) -> None:
    root, source = answers
    told: list[tuple[int, int]] = []
    answered(source, folders_of(root), lambda *counts: told.append(counts))
    assert told == []


def test_what_is_not_as_it_was_is_made_again(answers: tuple[Path, TeacherSource]) -> None:
    root, source = answers
    votes = root / 'answers/stills/cityscapes19'
    damaged, gone = votes / '1_a.png', votes / '2_b_conf.png'
    before = damaged.read_bytes(), gone.read_bytes()
    write_map(damaged, 7, size=SIZE)
    gone.unlink()
    (root / 'answers/video/checksums/drive.mp4.json').write_text('{}x')
    told: list[tuple[int, int]] = []
    answered(source, folders_of(root), lambda *counts: told.append(counts))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (damaged.read_bytes(), gone.read_bytes()) == before
    cv2.imwrite(str(root / 'stills/images/2_b.jpg'), np.zeros((*SIZE, 3), np.uint8))
    answered(source, folders_of(root), lambda *counts: told.append(counts))
    assert told[3:] == [(3, 3)]
    assert gone.read_bytes() != before[1]


def test_folders_that_are_not_named_keep_their_votes(answers: tuple[Path, TeacherSource]) -> None:
    root, source = answers
    found = answered(replace(source, of=('video',)), folders_of(root))
    assert found['stills'].votes is None
    assert found['video'].votes is not None


def test_answers_of_another_teacher_are_refused(answers: tuple[Path, TeacherSource]) -> None:
    root, source = answers
    other = replace(source, weights=teacher(root, seed=1).weights)
    with pytest.raises(AnswersError, match=r'of another teacher than .*teacher1.*remove it'):
        answered(other, folders_of(root))
    with pytest.raises(AnswersError, match='every 2, not 3'):
        answered(replace(source, every=3), folders_of(root))


def test_a_damaged_note_of_the_teacher_is_named(tmp_path: Path) -> None:
    source = teacher(tmp_path)
    source.answers.mkdir()
    for content in ('{', '[]'):
        (source.answers / 'teacher.json').write_text(content)
        with pytest.raises(
            AnswersError, match=r'teacher\.json cannot be read .*remove the folder'
        ):
            answered(source, {})
    (source.answers / 'teacher.json').unlink()
    assert answered(source, {}) == {}
    assert json.loads((source.answers / 'teacher.json').read_text())['every'] == 2


def test_a_vote_is_one_more_opinion(tmp_path: Path) -> None:
    source = teacher(tmp_path)
    alone = answered(source, {'stills': stills(tmp_path / 'stills')})['stills']
    before = read_map(alone.vote('1_a'), SIZE)
    write_vote(tmp_path / 'voted/cityscapes19', '1_a', 13)
    joined = answered(source, {'voted': stills(tmp_path / 'voted')})['voted']
    assert (read_map(joined.vote('1_a'), SIZE) == 13).mean() > (before == 13).mean()


def test_a_vote_that_changed_is_asked_again(tmp_path: Path) -> None:
    source = teacher(tmp_path)
    folders = {'voted': stills(tmp_path / 'voted')}
    votes = tmp_path / 'voted/cityscapes19'
    write_vote(votes, '1_a', 13)
    first = answered(source, folders)['voted'].vote('1_a').read_bytes()
    told: list[tuple[int, int]] = []
    for name, value in (('1_a', 2), ('2_b', 13)):
        write_vote(votes, name, value)
        answered(source, folders, lambda *counts: told.append(counts))
        assert told.pop() == (2, 2)
        assert not told
    again = answered(source, folders, lambda *counts: told.append(counts))
    assert not told
    assert again['voted'].vote('1_a').read_bytes() != first


def test_seals_from_before_votes_were_in_them_are_valid(tmp_path: Path) -> None:
    source = teacher(tmp_path)
    folders = {'voted': stills(tmp_path / 'voted')}
    write_vote(tmp_path / 'voted/cityscapes19', '1_a', 13)
    answered(source, folders)
    told: list[tuple[int, int]] = []
    for seal in (source.answers / 'voted/checksums').iterdir():
        sums = json.loads(seal.read_text())
        old = {name: value for name, value in sums.items() if 'voted/cityscapes19' not in name}
        assert len(old) == len(sums) - 2 == 3
        seal.write_text(json.dumps(old))
    answered(source, folders, lambda *counts: told.append(counts))
    assert not told


def test_a_seal_that_names_no_answer_is_none(tmp_path: Path) -> None:
    source = teacher(tmp_path)
    folders = {'voted': stills(tmp_path / 'voted')}
    for name, content in (('1_a', '{}'), ('2_b', '[]')):
        seal = source.answers / f'voted/checksums/{name}.jpg.json'
        seal.parent.mkdir(parents=True, exist_ok=True)
        seal.write_text(content)
    told: list[tuple[int, int]] = []
    answered(source, folders, lambda *counts: told.append(counts))
    assert told == [(1, 2), (2, 2)]


def test_a_teacher_may_be_a_model_folder(tmp_path: Path) -> None:
    source = teacher(tmp_path)
    folder = tmp_path / 'model'
    folder.mkdir()
    source.weights.rename(folder / 'weights.safetensors')
    (folder / 'card.json').write_text(json.dumps({'config': TINY.to_dict()}))
    named = replace(source, weights=folder, model={})
    assert answered(named, {'stills': stills(tmp_path / 'stills')})['stills'].votes


def test_a_teacher_that_cannot_be_loaded_is_told_in_one_line(tmp_path: Path) -> None:
    source = teacher(tmp_path)
    folders = {'stills': stills(tmp_path / 'stills')}
    source.weights.write_bytes(b'nothing')
    with pytest.raises(ConfigError, match=r'cannot read the weights .*teacher0'):
        answered(source, folders)
    source.weights.unlink()
    with pytest.raises(ConfigError, match=r'teacher0\.safetensors are missing'):
        answered(source, folders)


def test_a_teacher_of_other_classes_is_refused(tmp_path: Path) -> None:
    source = teacher(tmp_path)
    other = replace(source, model={**source.model, 'label_set': 'camvid11', 'classes': 11})
    with pytest.raises(AnswersError, match=r'knows the classes camvid11; votes.*cityscapes19'):
        answered(other, {})
