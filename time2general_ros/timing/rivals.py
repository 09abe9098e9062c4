"""What a model can be timed against, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.errors import Time2GeneralError
from time2general_ros.timing.clip_recompute import CLIP, ClipAtOnce, ClipOneByOne
from time2general_ros.timing.errors import TimingError
from time2general_ros.timing.frame_path import FramePath
from time2general_ros.timing.models import model_at, reload, segformer_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from time2general_ros.streaming.engines.engine import Engine
    from time2general_ros.timing.camera import CameraMessage
    from time2general_ros.timing.frame_path import RoundTimes


class Rival(NamedTuple):
    """
    One way to do what ours does.

    :param how: In words, where a name has several ways; the fastest of them counts.
    :param run: Does one round, an answer for every camera.
    :param close: Gives back what it holds.
    """

    how: str
    run: Callable[[], RoundTimes]
    close: Callable[[], None]


class Setting(NamedTuple):
    """
    What is the same for all that are timed in a run.

    :param folder: For exported graphs.
    :param report: Gets lines for the user.
    """

    engine: Engine
    messages: Sequence[CameraMessage]
    cameras: int
    threads: int | None
    folder: Path
    report: Callable[[str], None] = lambda line: None


def clip(setting: Setting) -> list[Rival]:
    """Recompute a clip of five frames for every answer, in steps and, if possible, at once."""
    engine, cameras = setting.engine, setting.cameras
    one_by_one = ClipOneByOne(engine, cameras)
    rivals = [Rival(one_by_one.how, one_by_one.run, lambda: None)]
    try:
        batched = _engine_for_five(setting)
    except Time2GeneralError as error:
        setting.report(f'clip is timed as {one_by_one.how} only: {error}')
        return rivals
    at_once = ClipAtOnce(batched, cameras)
    return [*rivals, Rival(at_once.how, at_once.run, batched.close)]


def segformer_b0(setting: Setting) -> list[Rival]:
    """Take the same messages through SegFormer-B0 in the same engine."""
    engine = setting.engine
    model = segformer_at(engine.model, engine.name, setting.folder / 'segformer-b0')
    other = reload(engine, model, setting.threads, setting.cameras)
    path = FramePath(other, setting.messages, setting.cameras)
    how = 'transformers, random weights, same engine, precision, threads and input'
    return [Rival(how, path.run, other.close)]


RIVALS: dict[str, Callable[[Setting], list[Rival]]] = {
    'clip': clip,
    'segformer-b0': segformer_b0,
}


def _engine_for_five(setting: Setting) -> Engine:
    """Load the model so that it serves five at once, exported anew if its graph does not."""
    engine = setting.engine
    batched = reload(engine, engine.model, setting.threads, CLIP)
    if batched.batch >= CLIP:
        return batched
    batched.close()
    folder = setting.folder / 'five'
    model = model_at(engine.model, engine.name, engine.model.input_size, CLIP, folder)
    batched = reload(engine, model, setting.threads, CLIP)
    if batched.batch < CLIP:
        batched.close()
        raise TimingError(f'{engine.name} on {engine.device} serves one camera after the other')
    return batched
