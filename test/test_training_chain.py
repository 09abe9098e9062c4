from __future__ import annotations

from pathlib import Path

import pytest
from recipe_chains import MODEL, write_chain, write_recipe
from ruamel.yaml import YAML

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.backbones.source import BackboneError  # noqa: E402
from time2general_ros.training.chains.chain import ChainError, left_by, maker, read_chain, reads  # noqa: E402
from time2general_ros.training.chains.chain_plan import NEW, check, encoders, plan  # noqa: E402
from time2general_ros.training.recipes.recipe import RecipeError  # noqa: E402
from time2general_ros.training.recipes.recipe_file import load_recipe, recipe_files  # noqa: E402

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / 'config' / 'train').rglob('*.yaml'))
YML = YAML(typ='safe', pure=True)


def edit(path: Path, **changes: object) -> None:
    YML.dump({**YML.load(path), **changes}, path)


@pytest.mark.parametrize('path', RECIPES, ids=lambda path: path.stem)
def test_what_a_shipped_recipe_reads_is_made_by_one_that_it_names(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    *before, link = read_chain(path, Path('out/train', path.stem))
    named = {file.resolve() for file in link.recipe.after.values()}
    makers = set()
    for what, read in reads(link.recipe).items():
        if read.parts[0] == 'models':
            assert read.is_file()
            continue
        other = maker(read, before)
        assert other, f'{what}: {read}'
        assert other.file.resolve() in named
        assert read in list(left_by(other))
        makers.add(other.file.resolve())
    assert makers == named


def test_the_shipped_models_are_the_end_of_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name, last in (('compact', 'compact_context_fourth'), ('small', 'small_context')):
        links = read_chain(Path(f'config/train/{last}.yaml'), Path(f'out/train/{last}'))
        files = [str(link.file) for link in links]
        assert files[:4] == [
            f'config/train/{one}.yaml'
            for one in ('teacher', 'teacher_settled', 'teacher_longer', 'compact')
        ]
        assert links[-1].recipe.name == name
        # All run where those before them are looked for, so one command is enough.
        assert [str(link.folder) for link in links] == [
            f'out/train/{Path(file).stem}' for file in files
        ]


def test_encoders_of_all_networks_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    named = {
        name: encoders(load_recipe(Path(f'config/train/{name}.yaml')))
        for name in ('compact', 'compact_taught', 'compact_context')
    }
    dino = 'facebook/dinov2-small'
    assert named == {
        'compact': [],
        'compact_taught': [dino],
        'compact_context': ['efficientnet-lite0', dino],
    }


def test_recipes_stand_in_the_order_in_which_they_are_run(tmp_path: Path) -> None:
    links = read_chain(write_chain(tmp_path), tmp_path / 'run' / 'c')
    assert [link.file.name for link in links] == ['a.yaml', 'b.yaml', 'c.yaml']
    assert [link.folder for link in links] == [tmp_path / 'run' / name for name in 'abc']
    assert [step.state for step in plan(links)] == [NEW] * 3


def fingerprints(last: Path) -> list[str]:
    return [link.fingerprint for link in read_chain(last, last.parent / 'run' / 'c')]


def test_a_fingerprint_is_of_what_decides_the_weights(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    first = fingerprints(last)
    (tmp_path / 'a.yaml').write_text(f'# said\n{(tmp_path / "a.yaml").read_text()}')
    edit(tmp_path / 'a.yaml', about={'data': 'told'}, name='other', losses={}, drives=0)
    assert fingerprints(last) == first
    edit(tmp_path / 'b.yaml', ema_decay=0.9)
    changed = fingerprints(last)
    assert changed[0] == first[0]
    assert not {*changed[1:]} & {*first}
    edit(tmp_path / 'a.yaml', seed=4)
    assert not {*fingerprints(last)} & {*changed, *first}


def test_files_of_a_recipe_are_its_own_and_those_it_is_based_on(tmp_path: Path) -> None:
    base = write_recipe(tmp_path, 'base', after={'out/x': 'x.yaml'})
    folder = tmp_path / 'below'
    folder.mkdir()
    recipe = folder / 'mine.yaml'
    recipe.write_text('base: ../base.yaml\nname: mine')
    assert [file.resolve() for file in recipe_files(recipe)] == [recipe, base]
    # Beside the file that names it, not beside the one that is based on that.
    after = load_recipe(recipe).after
    assert {place: file.resolve() for place, file in after.items()} == {
        'out/x': tmp_path / 'x.yaml'
    }
    recipe.write_text('base: ../base.yaml\nname: mine\nafter:')
    assert load_recipe(recipe).after == {}


def test_recipes_that_come_after_each_other_are_refused(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    edit(tmp_path / 'a.yaml', after={str(tmp_path / 'run' / 'c'): 'c.yaml'})
    with pytest.raises(ChainError, match=r'which comes after it; break the circle'):
        read_chain(last, tmp_path / 'run' / 'c')


def test_one_folder_of_two_recipes_and_two_of_one_are_refused(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    with pytest.raises(ChainError, match=r'a.yaml and .*c.yaml would both run in .*/a;'):
        read_chain(last, tmp_path / 'run' / 'x' / '..' / 'a')
    edit(tmp_path / 'b.yaml', after={str(tmp_path / 'run' / 'z'): 'a.yaml'}, start=None)
    with pytest.raises(ChainError, match=r'a.yaml would run in .*run/a and in .*run/z'):
        read_chain(last, tmp_path / 'run' / 'c')


def test_what_a_run_does_not_leave_is_named(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    edit(last, start=str(tmp_path / 'run' / 'b' / 'stages' / '02.safetensors'))
    with pytest.raises(ChainError, match=r'c.yaml reads .*02.safetensors \(start\), which .*b.y'):
        read_chain(last, tmp_path / 'run' / 'c')


def test_a_recipe_that_is_missing_is_named(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    (tmp_path / 'a.yaml').unlink()
    with pytest.raises(RecipeError, match=r'cannot read the recipe .*a.yaml'):
        read_chain(last, tmp_path / 'run' / 'c')


def test_what_no_recipe_makes_is_named_before_anything_is_run(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    edit(last, after={str(tmp_path / 'run' / 'b'): 'b.yaml'})
    links = read_chain(last, tmp_path / 'run' / 'c')
    with pytest.raises(ChainError, match=r'reads .*a/stages/00.* \(imitate\), .*say after:'):
        check(plan(links))


def test_without_the_others_they_are_named(tmp_path: Path) -> None:
    links = read_chain(write_chain(tmp_path), tmp_path / 'run' / 'c')
    with pytest.raises(ChainError, match=r'b/model .*not there; .*b.yaml makes it: .*--all'):
        check(plan(links[-1:]))


def test_material_that_is_missing_is_named_before_anything_is_run(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    edit(last, voted={'town': {'folder': str(tmp_path / 'town')}})
    links = read_chain(last, tmp_path / 'run' / 'c')
    with pytest.raises(ChainError, match=r'c.yaml learns from .*/town: not there'):
        check(plan(links))


def test_encoders_that_are_missing_are_named_before_anything_is_run(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    edit(last, context_from='no-such-encoder')
    links = read_chain(last, tmp_path / 'run' / 'c')
    with pytest.raises(BackboneError, match=r"encoder 'no-such-encoder'"):
        check(plan(links))


def test_answers_of_a_teacher_that_is_trained_anew_are_named(tmp_path: Path) -> None:
    last = write_chain(tmp_path)
    answers = tmp_path / 'answers'
    weights = str(tmp_path / 'run' / 'b' / 'weights.safetensors')
    edit(last, teacher={'weights': weights, 'model': MODEL, 'answers': str(answers)})
    links = read_chain(last, tmp_path / 'run' / 'c')
    check(plan(links))
    answers.mkdir()
    (answers / 'teacher.json').write_text('{}')
    with pytest.raises(ChainError, match=r'answers holds .* and .*b.yaml trains another'):
        check(plan(links))
