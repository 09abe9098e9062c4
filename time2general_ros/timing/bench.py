"""Timing a model in an engine, in turn with what it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from time2general_ros.errors import Time2GeneralError
from time2general_ros.machine import machine_line
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.model_folder import ModelFolder, load_model_folder
from time2general_ros.timing.bench_result import BenchResult, RivalTimes
from time2general_ros.timing.camera import camera_messages
from time2general_ros.timing.errors import TimingError
from time2general_ros.timing.frame_path import FramePath, RoundTimes
from time2general_ros.timing.models import is_known, model_at
from time2general_ros.timing.process_memory import peak_rss_mb
from time2general_ros.timing.rivals import RIVALS, Rival, Setting
from time2general_ros.timing.roofline import Ceiling, Roofline, frame_gflop, matmul_ceiling
from time2general_ros.timing.turns import Runner, take_turns

if TYPE_CHECKING:
    from time2general_ros.streaming.engines.engine import Engine
    from time2general_ros.timing.bench_plan import BenchPlan

Report = Callable[[str], None]
OnTurn = Callable[[int, int], None]
Times = dict[str, list[RoundTimes]]

# Rounds of which nothing is kept: before all, until memory is full and buffers are in place, and
# at the start of each turn.
FIRST_WARMUP = 12
TURN_WARMUP = 2
# Ours runs this many times as often in a turn as what takes several times as long.
OFTENER = 4
OURS, CEILING = 'ours', 'ceiling'


def run_bench(
    plan: BenchPlan,
    report: Report = lambda line: None,
    on_turn: OnTurn = lambda done, total: None,
) -> BenchResult:
    """
    Time a model.

    Peak memory is read when ours alone has run; only then is anything else loaded.

    :param report: Gets lines for the user.
    :param on_turn: Called with the number of turns done and in all.
    :raises Time2GeneralError: if something cannot be loaded, exported or run.
    """
    with TemporaryDirectory(prefix='time2general-bench-') as place, ExitStack() as stack:
        folder = Path(place)
        model = _model(plan, folder / 'model')
        engine = create_engine(
            plan.engine,
            model,
            precision=plan.precision,
            threads=plan.threads,
            cameras=plan.cameras,
            report=report,
        )
        stack.callback(engine.close)
        messages = camera_messages(plan.image_size, plan.encoding)
        ours = FramePath(engine, messages, plan.cameras)
        for _ in range(max(FIRST_WARMUP, model.slots + 2)):
            ours.run()
        memory = {'peak_rss_mb': peak_rss_mb(), 'device_memory_mb': engine.device_memory_mb()}
        setting = Setting(engine, messages, plan.cameras, plan.threads, folder, report)
        rivals = {name: _load(name, setting, stack) for name in plan.against}
        ceiling = _ceiling(setting, stack)
        times = _take_turns(plan, ours, rivals, ceiling, on_turn)
        result = BenchResult(
            about=_about(plan, engine),
            cameras=plan.cameras,
            rounds=times[OURS],
            memory=memory,
            against={name: _fastest(name, ways, times) for name, ways in rivals.items()},
        )
        result.roofline = _roofline(model, result, ceiling, times)
        return result


def _model(plan: BenchPlan, out: Path) -> ModelFolder:
    model = load_model_folder(plan.model)
    size = plan.input_size or model.input_size
    # Of an unknown engine is told at once, when it is loaded.
    if size == model.input_size or not is_known(plan.engine):
        return model
    return model_at(model, plan.engine, size, model.batch, out)


def _load(name: str, setting: Setting, stack: ExitStack) -> list[Rival]:
    setting.report(f'preparing {name}')
    rivals = RIVALS[name](setting)
    for rival in rivals:
        stack.callback(rival.close)
    return rivals


def _ceiling(setting: Setting, stack: ExitStack) -> Ceiling | str:
    """Return what measures the ceiling, or why nothing does."""
    try:
        ceiling = matmul_ceiling(setting)
    except Time2GeneralError as error:
        return str(error)
    stack.callback(ceiling.rival.close)
    return ceiling


def _take_turns(
    plan: BenchPlan,
    ours: FramePath,
    rivals: dict[str, list[Rival]],
    ceiling: Ceiling | str,
    on_turn: OnTurn,
) -> Times:
    fewer = -(-plan.frames_per_turn // OFTENER)
    runners = {OURS: Runner(ours.run, plan.frames_per_turn)}
    for name, ways in rivals.items():
        runners |= {f'{name} {rival.how}': Runner(rival.run, fewer) for rival in ways}
    if isinstance(ceiling, Ceiling):
        runners[CEILING] = Runner(ceiling.rival.run, fewer)
    return take_turns(runners, plan.turns, TURN_WARMUP, on_turn)


def _fastest(name: str, ways: list[Rival], times: Times) -> RivalTimes:
    tried = [RivalTimes(rival.how, times[f'{name} {rival.how}']) for rival in ways]
    return min(tried, key=lambda rival: rival.ms_p50)


def _roofline(
    model: ModelFolder, result: BenchResult, ceiling: Ceiling | str, times: Times
) -> Roofline | str:
    if isinstance(ceiling, str):
        return ceiling
    try:
        gflop = frame_gflop(model)
    except TimingError as error:
        return str(error)
    ceiling_s = 1e-3 * RivalTimes(CEILING, times[CEILING]).ms_p50
    step_s = 1e-3 * result.ms('step')
    return Roofline(gflop, ceiling.gflop / ceiling_s, gflop * result.cameras / step_s)


def _about(plan: BenchPlan, engine: Engine) -> dict[str, Any]:
    return {
        'engine': engine.name,
        'precision': engine.precision,
        'device': engine.device,
        'machine': machine_line(),
        'model': engine.model.name,
        'input_size': list(engine.model.input_size),
        'image_size': list(plan.image_size),
        'encoding': plan.encoding,
        'cameras': plan.cameras,
        'batch': engine.batch,
        'threads': plan.threads,
        'frames': plan.frames_per_turn * plan.turns,
        'turns': plan.turns,
    }
