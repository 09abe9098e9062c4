"""What came out of a run that was watched: figures of its model folder, and a page of them."""

from __future__ import annotations

from contextlib import contextmanager
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.data.moving_stills import moving_stills
from time2general_ros.data.sets.videos import UnlabelledVideo, UnlabelledVideos, video_files
from time2general_ros.data.specs import open_data
from time2general_ros.data.survey.survey import drive_of
from time2general_ros.errors import Time2GeneralError
from time2general_ros.evaluation.drive_scores import DriveScores
from time2general_ros.evaluation.evaluate import evaluate
from time2general_ros.evaluation.pictures import WorstPictures
from time2general_ros.evaluation.report import per_class_figures, stride_figures, write_json
from time2general_ros.evaluation.segmenter_predictor import SegmenterPredictor
from time2general_ros.labels.label_set import LabelSetError
from time2general_ros.replay.evidence.bootstrap import DRAWS, Plan, interval
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.engines.options import AUTO
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.streaming.segmenter import Segmenter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from time2general_ros.data.labelled_video import LabelledVideos
    from time2general_ros.evaluation.pictures import Picture
    from time2general_ros.streaming.model_folder import ModelFolder
    from time2general_ros.training.recipes.recipe import Recipe

# Pictures on the page; stills that are set in motion; frames of unlabelled video, in all.
WORST, STILLS, FOOTAGE = 6, 20, 160
# Pixels across a picture of the page.
WIDTH = 300


class Learned(NamedTuple):
    """
    What a model has learned.

    :param summary: As in ``summary.json``; worst: the pictures that it is worst at.
    """

    summary: dict[str, Any]
    worst: list[Picture]


def score_model(
    folder: Path, spec: str, split: str, start: Path | None, footage: tuple[Path, ...]
) -> Learned:
    """
    Score a model folder on held-out drives, and its memory against none.

    Flicker is measured without labels along unlabelled video where there is some; else on the
    labels of held-out videos; else on those of held-out stills in invented motion.

    :param start: What the model started from, which is scored too where its classes can be
        compared.
    """
    model = load_model_folder(folder)
    data = open_data(spec, split)
    with _predictor(model) as predictor, FrameProgress('frames scored') as progress:
        drives = _by_drive(predictor, data)
        worst = WorstPictures(drives, data.label_set, WORST)
        result = evaluate(worst, data, (1,), with_flow=False, on_frame=progress.show)[1]
    figures = stride_figures(result)
    summary = {
        'classes': list(model.labels.classes),
        'miou': figures['miou'],
        'miou_interval': _interval(drives, figures['miou']),
        'per_class_iou': per_class_figures(result),
        'frames': result.frames,
        'flicker': _flicker(model, data, footage),
    }
    if start is not None and (before := _before(start, data)):
        summary['before'] = before
    return Learned(summary, worst.pictures)


def write_outcome(out: Path, recipe: Recipe, about: dict[str, Any], seconds: float) -> None:
    """
    Write ``summary.json`` and ``summary.html`` beside a model folder.

    :param out: Folder of a run with held-out drives; about: entries of the model's card.
    :param seconds: What the run took before this.
    """
    from time2general_ros.report.learned_page import write_learned_page
    from time2general_ros.report.pictures import photo, shrunk, tint
    from time2general_ros.training.own.curve import verdict
    from time2general_ros.training.own.outcome import curves, read_curve
    from time2general_ros.training.run_folder import RunFolder

    began = time.monotonic()
    if recipe.held_out is None:
        return
    source = recipe.data[recipe.held_out.data]
    points = read_curve(out)
    learned = score_model(out / 'model', source.spec, source.split, recipe.start, recipe.footage)
    told = {'verdict': verdict(points)} if points else {}
    summary = {
        'name': recipe.name,
        **learned.summary,
        'hours': round((seconds + time.monotonic() - began) / 3600, 4),
        'data': about['data'],
        'command': about['command'],
        **told,
    }
    write_json(out / 'summary.json', summary)
    labels = load_model_folder(out / 'model').labels
    truth = open_data(source.spec, source.split).label_set
    rows = [
        {
            'name': shown.frame.name,
            'miou': shown.miou,
            'image': photo(shrunk(shown.frame.image, WIDTH)),
            'labels': tint(shrunk(shown.frame.labels, WIDTH), truth.colours),
            'answer': tint(shrunk(shown.prediction, WIDTH), labels.colours),
        }
        for shown in learned.worst
    ]
    write_learned_page(out / 'summary.html', summary, curves(RunFolder(out), points), rows)


def _before(start: Path, data: LabelledVideos) -> dict[str, Any] | None:
    """Score what was started from; None where it cannot be run, or its classes be compared."""
    try:
        with (
            _predictor(load_model_folder(start)) as predictor,
            FrameProgress('frames scored before') as progress,
        ):
            drives = _by_drive(predictor, data)
            result = evaluate(drives, data, (1,), with_flow=False, on_frame=progress.show)[1]
    except LabelSetError:
        return None
    except Time2GeneralError as error:
        # Trained parts have no graph: they can be started from, but not run.
        print(f'{start} is not scored beside it: {error}', file=sys.stderr)
        return None
    miou = stride_figures(result)['miou']
    return {
        'miou': miou,
        'miou_interval': _interval(drives, miou),
        'per_class_iou': per_class_figures(result),
    }


def _by_drive(predictor: SegmenterPredictor, data: LabelledVideos) -> DriveScores:
    return DriveScores(predictor, data.label_set, [drive_of(video) for video in data.videos])


def _interval(drives: DriveScores, miou: float | None) -> list[float] | None:
    """Tell what the figure may be on other drives like these; None of too few drives."""
    drawn = Plan(by_recording=True, units=len(drives), means=1)
    if miou is None or (widening := drawn.widening(len(drives))) is None:
        return None
    found = interval(drives.drawn_miou(DRAWS), miou, widening)
    return found and [round(max(0.0, found[0]), 2), round(min(100.0, found[1]), 2)]


def _flicker(
    model: ModelFolder, data: LabelledVideos, footage: tuple[Path, ...]
) -> dict[str, Any]:
    moving, key, told = _moving(model, data, footage)
    found: dict[str, Any] = {}
    for name in ('on', 'off'):
        with (
            _predictor(model, memory=name == 'on') as predictor,
            FrameProgress(f'frames with memory {name}') as progress,
        ):
            result = evaluate(
                predictor, moving, (1,), with_flow=bool(footage), on_frame=progress.show
            )[1]
        found[f'memory_{name}'] = stride_figures(result)[key]
    on, off = found['memory_on'], found['memory_off']
    return {
        **found,
        'ratio': round(on / off, 4) if on is not None and off else None,
        'measured_on': told,
    }


def _moving(
    model: ModelFolder, data: LabelledVideos, footage: tuple[Path, ...]
) -> tuple[LabelledVideos, str, str]:
    """Choose what flicker is measured on: data, the figure, and how to call it."""
    if footage:
        files = [file for path in footage for file in video_files(path)]
        most = max(2, FOOTAGE // len(files))
        videos = UnlabelledVideos(model.labels, [UnlabelledVideo(file, most) for file in files])
        return videos, 'flow_flicker', 'video without labels, along its optical flow'
    if any(len(video) > 1 for video in data.videos):
        return data, 'flicker', 'held-out videos'
    return moving_stills(data, STILLS, model.input_size), 'flicker', 'held-out stills in motion'


@contextmanager
def _predictor(model: ModelFolder, *, memory: bool = True) -> Iterator[SegmenterPredictor]:
    segmenter = Segmenter(create_engine(AUTO, model), use_memory=memory)
    try:
        yield SegmenterPredictor(segmenter)
    finally:
        segmenter.close()
