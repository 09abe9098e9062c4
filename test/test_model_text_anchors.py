from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_vits import save_vit

torch = pytest.importorskip('torch', reason='torch is not installed')
transformers = pytest.importorskip('transformers', reason='transformers is not installed')

from safetensors import safe_open  # noqa: E402

from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.labels.description import read_label_set  # noqa: E402
from time2general_ros.labels.files import load_label_set  # noqa: E402
from time2general_ros.model.backbones.source import BackboneError  # noqa: E402
from time2general_ros.model.backbones.text import embed_prompts  # noqa: E402
from time2general_ros.model.config import ConfigError, ModelConfig  # noqa: E402
from time2general_ros.model.text_anchors import (  # noqa: E402
    load_anchors,
    prompts_of,
    save_anchors,
)

WIDTH = 16
PROMPTS = {'road': ['a road', 'the road'], 'car': ['a car']}


@pytest.fixture(scope='module')
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a text encoder of random weights with a vocabulary of single letters."""
    folder = tmp_path_factory.mktemp('clip')
    letters = [chr(code) for code in range(97, 123)]
    words = [*letters, *(f'{letter}</w>' for letter in letters)]
    words += ['<|startoftext|>', '<|endoftext|>']
    vocabulary = {word: index for index, word in enumerate(words)}
    transformers.CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    config = transformers.CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        projection_dim=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=32,
        initializer_range=0.5,
        initializer_factor=20.0,
        eos_token_id=len(words) - 1,
        bos_token_id=len(words) - 2,
    )
    torch.manual_seed(4)
    transformers.CLIPTextModelWithProjection(config).save_pretrained(folder)
    return folder


def test_anchors_are_mean_directions_of_their_prompts(clip: Path) -> None:
    table, _ = embed_prompts(str(clip), PROMPTS)
    assert table.shape == (2, WIDTH)
    torch.testing.assert_close(table.norm(dim=1), torch.ones(2))
    assert table[0] @ table[1] < 0.999
    singly, _ = embed_prompts(str(clip), {text: [text] for text in PROMPTS['road']})
    mean = singly.mean(dim=0)
    torch.testing.assert_close(table[0], mean / mean.norm(), rtol=0, atol=1e-4)


def test_stored_anchors_come_back_and_tell_their_origin(clip: Path, tmp_path: Path) -> None:
    table, encoder = embed_prompts(str(clip), PROMPTS)
    file = tmp_path / 'anchors.safetensors'
    save_anchors(file, table, PROMPTS, encoder)
    config = ModelConfig(
        label_set=read_label_set([*PROMPTS], 'two'), anchor_width=WIDTH, width=128
    )
    assert torch.equal(load_anchors(file, config), table)
    with safe_open(file, framework='pt') as stored:
        about = stored.metadata()
    assert json.loads(about['prompts']) == PROMPTS
    assert json.loads(about['encoder']) == encoder._asdict()
    assert str(clip.parent) not in about['encoder']


def test_files_without_anchors_are_refused(tmp_path: Path) -> None:
    file = save_vit(tmp_path) / 'model.safetensors'
    with pytest.raises(ConfigError, match=r'model\.safetensors'):
        load_anchors(file, ModelConfig())


def test_an_encoder_without_a_tokenizer_is_refused(clip: Path, tmp_path: Path) -> None:
    for name in ('config.json', 'model.safetensors'):
        (tmp_path / name).write_bytes((clip / name).read_bytes())
    with pytest.raises(BackboneError, match='tokenizer'):
        embed_prompts(str(tmp_path), PROMPTS)


def test_every_class_gets_its_prompts() -> None:
    prompts = prompts_of(('road', 'traffic_light'), ('a {}', 'many of {}'))
    assert prompts == {
        'road': ['a road', 'many of road'],
        'traffic_light': ['a traffic light', 'many of traffic light'],
    }


def test_the_command_writes_anchors_that_a_network_takes(clip: Path, tmp_path: Path) -> None:
    file = tmp_path / 'anchors.safetensors'
    given = ['--encoder', str(clip), '--label-set', 'camvid11', '--template', 'a {}']
    assert main(['anchors', '--out', str(file), *given]) == 0
    config = ModelConfig(label_set=load_label_set('camvid11'), anchor_width=WIDTH)
    assert load_anchors(file, config).shape == (11, WIDTH)


@pytest.mark.parametrize(
    ('arguments', 'told'),
    [
        (['--template', 'a street'], "'a street' is not a prompt with {} for the class"),
        (['--template', 'a {name}'], 'is not a prompt with {}'),
        (['--label-set', 'none'], "unknown label set 'none'"),
    ],
)
def test_wrong_arguments_of_the_command_are_told(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(['anchors', '--out', str(tmp_path / 'anchors.safetensors'), *arguments])
    assert told in capsys.readouterr().err
