"""The training material of a recipe, in memory, and batches drawn from it."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from time2general_ros.data.clips import Clip, ClipSource, draw_clip
from time2general_ros.data.lazy_takes import takes_of
from time2general_ros.data.normalise import normalised
from time2general_ros.data.rendered_takes import rendered_takes
from time2general_ros.data.specs import open_data
from time2general_ros.data.takes import TranslatedFrames, load_camvid, load_voted_videos
from time2general_ros.data.voted import load_voted
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.groups import Groups
from time2general_ros.labels.label_set import UNLABELLED, LabelSetError
from time2general_ros.labels.relations import MAP_EXAMPLE, read_class_map
from time2general_ros.training.batch import Batch, LabelTensors
from time2general_ros.training.footage import footage_takes
from time2general_ros.training.recipes.recipe import RecipeError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.clips import Labels
    from time2general_ros.data.labelled_video import LabelledVideos
    from time2general_ros.data.takes import Take
    from time2general_ros.data.voted import VotedFolder
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.training.recipes.recipe import DataSource, Recipe, Stage

READ_AHEAD = 3


class Material:
    """
    All takes of a recipe, opened when a stage first needs them.

    :param cache: Folder for rendered drives.
    :param labels: The classes of the network.
    :param groups: Of coarse labels, as far as the sources of the stages so far have any.
    :param voted: The recipe's voted folders, with the answers of its teacher once ``taught``.
    """

    taught = False

    def __init__(self, recipe: Recipe, cache: Path, labels: LabelSet) -> None:
        self.groups = Groups(labels)
        # Votes and synthetic drives are in the classes of streets, whatever the network learns.
        streets = street_labels()
        self._streets = self.groups if labels == streets else Groups(streets)
        self.voted: Mapping[str, VotedFolder] = recipe.voted
        self._recipe = recipe
        self._cache = cache
        self._takes: dict[Hashable, list[Take]] = {}
        self._open: dict[str, tuple[LabelledVideos, npt.NDArray[np.uint8]]] = {}

    def check(self, stage: Stage) -> None:
        """
        See that a stage uses something, and nothing that the recipe says nothing of.

        Data sets are opened, nothing of them is read.

        :raises RecipeError: if that is not so; DataError: if a data set cannot be opened.
        """
        recipe, shares = self._recipe, stage.sources
        kinds = {
            'camvid': (shares.camvid, recipe.camvid),
            'videos': (shares.videos, recipe.videos),
            'synthetic': (shares.synthetic, recipe.drives),
            'footage': (shares.footage, recipe.footage),
        }
        own = [name for name, share in shares.data.items() if share > 0]
        voted = [name for name, share in shares.voted.items() if share > 0]
        used = [name for name, (share, _) in kinds.items() if share > 0]
        if not (used or own or voted):
            known = sorted({*kinds, *recipe.data, *recipe.voted})
            raise RecipeError(f'stage {stage.name!r} has no share of any of {known}')
        missing = [name for name in used if not kinds[name][1]]
        missing += [name for name in own if name not in recipe.data]
        missing += [name for name in voted if name not in recipe.voted]
        if missing:
            raise RecipeError(f'a stage uses {missing[0]!r} but the recipe says nothing of it')
        for name in own:
            self._opened(name, recipe.data[name])

    def sources(self, stage: Stage) -> list[ClipSource]:
        """
        Return the sources of a stage.

        :raises RecipeError: as :meth:`check`.
        """
        self.check(stage)
        shares = stage.sources
        kinds = {'camvid': shares.camvid, 'videos': shares.videos, 'synthetic': shares.synthetic}
        footage = [(self._footage(stage), shares.footage)] if shares.footage > 0 else []
        sources = [
            *footage,
            *((self._kind(kind, stage), s) for kind, s in kinds.items() if s > 0),
            *((self._data(name, stage), s) for name, s in shares.data.items() if s > 0),
            *((self._voted(name, stage), s) for name, s in shares.voted.items() if s > 0),
        ]
        return [ClipSource(takes, share, self.groups.first) for takes, share in sources]

    def _kind(self, kind: str, stage: Stage) -> list[Take]:
        recipe = self._recipe
        key = (kind, stage.drive_size if kind == 'synthetic' else None)
        if key not in self._takes:
            if kind == 'camvid':
                assert recipe.camvid
                takes = load_camvid(recipe.camvid)
            elif kind == 'videos':
                assert recipe.videos
                takes = load_voted_videos(recipe.videos)
            else:
                drives = (recipe.drive_seed, recipe.drives)
                takes = list(rendered_takes(*drives, self._cache, stage.drive_size))
            self._takes[key] = self._of_streets(kind, takes)
        return self._takes[key]

    def _footage(self, stage: Stage) -> list[Take]:
        key = ('footage', stage.frames)
        if key not in self._takes:
            self._takes[key] = footage_takes(self._recipe.footage, stage.frames)
        return self._takes[key]

    def _data(self, name: str, stage: Stage) -> list[Take]:
        key = ('data', name, stage.frames)
        if key not in self._takes:
            source = self._recipe.data[name]
            data, table = self._opened(name, source)
            self._takes[key] = takes_of(data, stage.frames, table, unlabelled=source.unlabelled)
        return self._takes[key]

    def _voted(self, name: str, stage: Stage) -> list[Take]:
        key = ('voted', name, stage.frames)
        if key not in self._takes:
            takes = load_voted(self.voted[name], self._streets, stage.frames)
            self._takes[key] = self._of_streets(name, takes)
        return self._takes[key]

    def _opened(
        self, name: str, source: DataSource
    ) -> tuple[LabelledVideos, npt.NDArray[np.uint8]]:
        """Open a data set, once, and say what its ids are to the network."""
        if name not in self._open:
            data = open_data(source.spec, source.split)
            self._open[name] = data, self._table(name, source, data.label_set)
        return self._open[name]

    def _table(self, name: str, source: DataSource, labels: LabelSet) -> npt.NDArray[np.uint8]:
        """Say what the ids of a data set are to the network; nothing is dropped unsaid."""
        mapped = read_class_map(source.map) if source.map else None
        try:
            table = self.groups.code_table(labels, mapped)
        except LabelSetError as error:
            raise RecipeError(f'data {name!r}: {error}') from error
        unknown = [c for i, c in enumerate(labels.classes) if table[i] == UNLABELLED]
        if unknown and mapped is None:
            raise RecipeError(
                f'data {name!r} has classes that the network does not learn: {unknown}; it learns '
                f'{list(self.groups.fine.classes)}. Name their set as label_set '
                f'of the model, or say what they are with map: FILE, like {MAP_EXAMPLE}'
            )
        return table

    def _of_streets(self, name: str, takes: list[Take]) -> list[Take]:
        """Bring labels in the classes of streets to those of the network."""
        if self._streets is self.groups:
            return takes
        table = self.groups.codes_of(self._streets)
        if (table == UNLABELLED).all():
            raise RecipeError(
                f'{name!r} is labelled in the classes of streets, of which the network learns '
                f'none but {list(self.groups.fine.classes)}; leave it out of the recipe, or give '
                'these groups of those'
            )
        return [replace(take, labels=TranslatedFrames(take.labels, table)) for take in takes]


def batch_seed(recipe: Recipe, stage_index: int, step: int, rank: int = 0) -> tuple[int, ...]:
    """Return what a batch is drawn from: (seed, stage, step), and the rank unless it is 0."""
    return recipe.seed, stage_index, step, *([rank] if rank else [])


def batches(
    sources: list[ClipSource],
    recipe: Recipe,
    stage_index: int,
    first: int,
    full: tuple[int, int],
    rank: int = 0,
    *,
    mirrored: bool = True,
) -> Iterator[Batch]:
    """
    Yield the batches of a stage from step ``first`` on.

    Each batch follows from its seed alone, so that a resumed run sees the same ones.

    :param rank: Of the process, among those that train together.
    :param mirrored: Whether left and right are exchanged in half of the clips.
    """
    cv2.setNumThreads(1)
    stage = recipe.stages[stage_index]

    def draw(step: int) -> Batch:
        rng = np.random.default_rng(batch_seed(recipe, stage_index, step, rank))
        return collate(
            [
                draw_clip(
                    rng,
                    sources,
                    stage.frames,
                    full,
                    stage.crop,
                    strides=stage.strides,
                    rare=stage.rare,
                    scales=stage.scales,
                    aspects=stage.aspects,
                    style=stage.style,
                    mirrored=mirrored,
                    label_stride=stage.label_stride,
                )
                for _ in range(stage.batch)
            ]
        )

    with ThreadPoolExecutor(1, 'clips') as pool:
        waiting: deque[Future[Batch]] = deque()
        for step in range(first, stage.steps):
            while len(waiting) < READ_AHEAD and step + len(waiting) < stage.steps:
                waiting.append(pool.submit(draw, step + len(waiting)))
            yield waiting.popleft().result()


def collate(clips: list[Clip]) -> Batch:
    """Stack clips and normalise their images."""
    images = normalised(np.stack([clip.images for clip in clips]))
    finer = [clip.finer for clip in clips if clip.finer]
    return Batch(
        torch.from_numpy(np.ascontiguousarray(images.transpose(0, 1, 4, 2, 3))),
        *_tensors([clip.labels for clip in clips]),
        torch.from_numpy(np.stack([clip.stamps_s for clip in clips])),
        torch.from_numpy(np.stack([clip.views for clip in clips])),
        LabelTensors(*_tensors(finer)) if finer else None,
    )


def _tensors(labels: list[Labels]) -> tuple[torch.Tensor, torch.Tensor]:
    ids, weights = (np.stack(parts) for parts in zip(*labels, strict=True))
    return torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(weights)
