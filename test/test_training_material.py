from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path

from data_trees import write_image, write_map, write_text
import numpy as np
import pytest
from training_samples import CROP, image_stage, recipe_of, take_of, video_stage, write_camvid

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.data.clips import ClipSource, draw_clip  # noqa: E402
from time2general_ros.data.labelled_video import DataError, LabelledVideos  # noqa: E402
from time2general_ros.data.specs import open_data  # noqa: E402
from time2general_ros.labels.cityscapes import street_labels  # noqa: E402
from time2general_ros.labels.description import read_label_set  # noqa: E402
from time2general_ros.training import material as room  # noqa: E402
from time2general_ros.training.batch import Batch  # noqa: E402
from time2general_ros.training.material import Material, batches, collate  # noqa: E402
from time2general_ros.training.recipes.recipe import (  # noqa: E402
    DataSource,
    Recipe,
    RecipeError,
    Sources,
)

STREETS = street_labels()
SOURCES = [ClipSource([take_of(1), take_of(9)], 1.0)]
RECIPE = recipe_of(image_stage(), video_stage(steps=7))


def drawn(stage: int, first: int = 0, recipe: Recipe = RECIPE) -> list[Batch]:
    return list(batches(SOURCES, recipe, stage, first, CROP))


def same(a: Batch, b: Batch) -> bool:
    return all(torch.equal(x, y) for x, y in zip(_parts(a), _parts(b), strict=True))


def _parts(batch: Batch) -> list[torch.Tensor]:
    return [*batch[:-1], *(batch.finer or ())]


def test_a_stage_has_as_many_batches_as_steps_in_its_shapes() -> None:
    stream = drawn(1)
    assert len(stream) == 7
    for batch in stream:
        assert (batch.images.shape, batch.images.dtype) == ((2, 3, 3, *CROP), torch.float32)
        assert (batch.labels.shape, batch.labels.dtype) == ((2, 3, 16, 32), torch.int64)
        assert (batch.weights.shape, batch.weights.dtype) == ((2, 3, 16, 32), torch.float32)
        assert (batch.stamps_s.shape, batch.stamps_s.dtype) == ((2, 3), torch.float32)


def test_a_stage_may_ask_for_finer_labels() -> None:
    assert drawn(0)[0].finer is None
    finer = drawn(0, recipe=recipe_of(image_stage(label_stride=2)))[0].finer
    assert finer is not None
    assert (finer.ids.shape, finer.ids.dtype) == ((2, 1, 32, 64), torch.int64)
    assert (finer.weights.shape, finer.weights.dtype) == ((2, 1, 32, 64), torch.float32)


def test_a_resumed_stage_sees_the_batches_that_were_left() -> None:
    whole = drawn(1)
    for first in (1, 4, 7):
        rest = drawn(1, first)
        assert len(rest) == 7 - first
        assert all(same(a, b) for a, b in zip(rest, whole[first:], strict=True))


def test_batches_differ_by_step_stage_and_seed() -> None:
    first, second, *_ = drawn(0)
    assert not same(first, second)
    assert not same(first, drawn(0, recipe=replace(RECIPE, seed=6))[0])
    twice = recipe_of(image_stage(), image_stage())
    assert not same(drawn(0, recipe=twice)[0], drawn(1, recipe=twice)[0])


def test_images_are_normalised_with_their_channels_first() -> None:
    clip = draw_clip(np.random.default_rng(0), SOURCES, 2, CROP, CROP)
    grey = np.full_like(clip.images, 128)
    grey[..., 0] = 255
    batch = collate([replace(clip, images=grey)])
    expected = [(255 - 123.675) / 58.395, (128 - 116.28) / 57.12, (128 - 103.53) / 57.375]
    assert batch.images[0, 0, :, 5, 9].tolist() == pytest.approx(expected, rel=1e-5)


def test_an_error_while_drawing_reaches_the_trainer() -> None:
    short = [ClipSource([take_of(2)], 1.0)]
    with pytest.raises(DataError, match='too short'):
        next(iter(batches(short, RECIPE, 1, 0, CROP)))


def test_kinds_are_read_once_and_only_when_a_stage_needs_them(tmp_path: Path) -> None:
    write_camvid(tmp_path, stills=2)
    recipe = replace(RECIPE, camvid=tmp_path, videos=tmp_path / 'nowhere')
    material = Material(recipe, tmp_path / 'cache', STREETS)
    (source,) = material.sources(image_stage(sources=Sources(camvid=0.4)))
    assert (len(source.takes), source.share) == (2, 0.4)
    (again,) = material.sources(image_stage())
    assert again.takes is source.takes
    with pytest.raises(DataError, match='nowhere'):
        material.sources(image_stage(sources=Sources(videos=1.0)))


def folder_of(root: Path, frames: int) -> DataSource:
    write_text(root / 'dataset.json', '{"rate_hz": 10}')
    for number in range(frames):
        write_image(root / 'train' / 'images' / f'a_{number}.png', (80, 160))
        write_map(root / 'train' / 'labels' / f'a_{number}.png', 0, size=(80, 160))
    return DataSource(f'folder:{root}')


def test_any_data_set_is_learned_from_as_stills_or_as_videos(tmp_path: Path) -> None:
    recipe = replace(RECIPE, data={'mine': folder_of(tmp_path, 5)})
    material = Material(recipe, tmp_path / 'cache', STREETS)
    mine = Sources(data={'mine': 0.7})
    (stills,) = material.sources(image_stage(sources=mine))
    assert ([len(take.images) for take in stills.takes], stills.share) == ([1] * 5, 0.7)
    (videos,) = material.sources(video_stage(sources=mine))
    assert [len(take.images) for take in videos.takes] == [5]
    assert material.sources(video_stage(sources=mine))[0].takes is videos.takes
    stream = batches([videos], recipe, 1, 0, CROP)
    batch = next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert batch.images.shape == (2, 3, 3, *CROP)
    assert set(batch.labels.unique().tolist()) <= {0, 255}


def test_data_of_ones_own_may_be_called_as_a_kind_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def counted(spec: str, split: str) -> LabelledVideos:
        opened.append(spec)
        return open_data(spec, split)

    monkeypatch.setattr(room, 'open_data', counted)
    recipe = replace(RECIPE, data={'videos': folder_of(tmp_path, 5)}, videos=None)
    material = Material(recipe, tmp_path / 'cache', STREETS)
    own = Sources(data={'videos': 1.0})
    material.sources(image_stage(sources=own))
    material.sources(video_stage(sources=own))
    assert len(opened) == 1
    both = Sources(videos=1.0, data={'videos': 1.0})
    with pytest.raises(RecipeError, match="uses 'videos' but the recipe says nothing"):
        material.sources(image_stage(sources=both))


def test_a_data_set_that_the_recipe_does_not_know_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="uses 'mine' but the recipe says nothing"):
        Material(RECIPE, tmp_path, STREETS).sources(
            image_stage(sources=Sources(data={'mine': 1.0}))
        )


@pytest.mark.parametrize('kind', ['camvid', 'videos', 'synthetic'])
def test_a_kind_that_the_recipe_does_not_place_is_named(tmp_path: Path, kind: str) -> None:
    material = Material(replace(RECIPE, camvid=None), tmp_path, STREETS)
    with pytest.raises(RecipeError, match=f"uses '{kind}' but"):
        material.sources(image_stage(sources=Sources(**{kind: 1.0})))


def test_a_stage_without_any_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="stage 'image' has no share"):
        Material(RECIPE, tmp_path, STREETS).sources(image_stage(sources=Sources()))


def test_clips_have_the_strides_of_their_stage() -> None:
    recipe = recipe_of(image_stage(), video_stage(steps=20, strides=(2,)))
    steps = torch.cat([batch.stamps_s.diff(dim=1) for batch in drawn(1, recipe=recipe)])
    assert steps.flatten().tolist() == pytest.approx([2 / 30] * steps.numel())


TWO = read_label_set(
    [
        {'name': 'drivable', 'groups': ['road', 'terrain']},
        {'name': 'other', 'groups': [c for c in STREETS.classes if c not in ('road', 'terrain')]},
    ],
    'two',
    'two',
)


def test_streets_teach_coarser_classes(tmp_path: Path) -> None:
    write_camvid(tmp_path, stills=1)
    recipe = replace(RECIPE, camvid=tmp_path)
    sources = image_stage(sources=Sources(camvid=1.0))
    (usual,) = Material(recipe, tmp_path / 'cache', STREETS).sources(sources)
    (coarse,) = Material(recipe, tmp_path / 'cache', TWO).sources(sources)
    fine, found = usual.takes[0].labels[0], coarse.takes[0].labels[0]
    assert {*np.unique(fine)} - {0, 9, 255}
    expected = np.where(np.isin(fine, (0, 9)), 0, np.where(fine == 255, 255, 1))
    assert np.array_equal(found, expected)
    assert coarse.takes[0].labels.shape == usual.takes[0].labels.shape
    assert [np.array_equal(part, expected) for part in coarse.takes[0].labels] == [True]


def test_classes_that_share_nothing_with_streets_are_named(tmp_path: Path) -> None:
    write_camvid(tmp_path, stills=1)
    own = read_label_set(['crop', 'soil'], 'own')
    material = Material(replace(RECIPE, camvid=tmp_path), tmp_path / 'cache', own)
    with pytest.raises(RecipeError, match=r"'camvid' is labelled .* none but \['crop', 'soil'\]"):
        material.sources(image_stage(sources=Sources(camvid=1.0)))


def test_classes_of_a_data_set_that_are_not_learned_have_to_be_mapped(tmp_path: Path) -> None:
    source = folder_of(tmp_path / 'data', 2)
    own = read_label_set(['crop', 'road'], 'own')
    stage = image_stage(sources=Sources(data={'mine': 1.0}))
    recipe = replace(RECIPE, data={'mine': source})
    with pytest.raises(RecipeError, match=r"'mine' has classes .*'sidewalk'.* map: FILE"):
        Material(recipe, tmp_path / 'cache', own).sources(stage)
    mapped = {**dict.fromkeys(STREETS.classes), 'road': 'crop'}
    write_text(tmp_path / 'map.json', json.dumps(mapped))
    recipe = replace(RECIPE, data={'mine': replace(source, map=tmp_path / 'map.json')})
    (taught,) = Material(recipe, tmp_path / 'cache', own).sources(stage)
    assert set(np.unique(taught.takes[0].labels[0])) == {0}
    write_text(tmp_path / 'map.json', '{"road": "crop"}')
    with pytest.raises(RecipeError, match=r"data 'mine': the map says nothing of 'sidewalk'"):
        Material(recipe, tmp_path / 'cache', own).sources(stage)
