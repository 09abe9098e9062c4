"""The thread that loads the engine and segments, so that the executor only ever receives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import threading
import time
from typing import TYPE_CHECKING, Generic

from time2general_ros.ros.engine.engine_state import EngineState
from time2general_ros.ros.engine.mailbox import Item, Mailbox

if TYPE_CHECKING:
    from time2general_ros.ros.engine.model_start import Plan, Served


class Worker(Generic[Item]):
    """
    Build a segmenter, then hand it the items of a mailbox, in a thread of its own.

    Once it is stopped nobody is told any more: what it has to say is about what is gone.

    :param plan: What to build.
    :param serve: Called with the segmenter and items of different cameras; answers for what goes
        wrong with them.
    :param report: Told how the build comes along; called in the thread.
    :param on_ready: Told that items are taken from now on; called in the thread.
    :param on_failure: Told that :attr:`failure` is set; called in the thread.
    :param building: Held while an engine lives, so that an earlier worker's is gone before.
    """

    def __init__(
        self,
        plan: Plan,
        mailbox: Mailbox[Item],
        serve: Callable[[Served, Mapping[str, Item]], None],
        *,
        report: Callable[[str], None],
        on_ready: Callable[[], None],
        on_failure: Callable[[], None],
        building: threading.Lock,
    ) -> None:
        self._plan = plan
        self._mailbox = mailbox
        self._serve = serve
        self._report = report
        self._on_ready = on_ready
        self._on_failure = on_failure
        self._building = building
        self._lock = threading.Lock()
        self._segmenter: Served | None = None
        self._failure: Exception | None = None
        self._state = EngineState(plan.engine_name, 'building', 'waiting to start')
        self._began = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name='segmentation', daemon=True)

    @property
    def is_ready(self) -> bool:
        """Whether the segmenter takes frames."""
        return self._segmenter is not None

    @property
    def failure(self) -> Exception | None:
        """Why there is no segmenter; None while there may be one."""
        return self._failure

    @property
    def building_s(self) -> float:
        """How long the build has been going on, in seconds; 0 if it is not."""
        is_building = not self.is_ready and self._state.state == 'building'
        return time.monotonic() - self._began if is_building else 0.0

    def engine_state(self) -> EngineState:
        """Tell what the engine is doing."""
        with self._lock:
            if self._segmenter is None:
                return self._state
            engine = self._segmenter.engine
            return EngineState(
                engine.name,
                'ready',
                self._state.detail,
                engine.device,
                engine.precision,
                engine.device_memory_mb(),
            )

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, patience_s: float = 0.0) -> dict[str, Item]:
        """
        Finish the items in hand, close the segmenter and end the thread.

        A build cannot be broken off: its thread ends, and frees what was built, after it.

        :param patience_s: How long to wait for a build.
        :returns: The items that were never taken, by camera.
        """
        with self._lock:
            self._stopped.set()
        left = self._mailbox.close()
        if self._thread.is_alive():
            self._thread.join(None if self.is_ready else patience_s)
        return left

    def _run(self) -> None:
        with self._building:
            if self._stopped.is_set():
                return
            try:
                self._work()
            except Exception as error:
                self._fail(error)

    def _work(self) -> None:
        segmenter = self._plan.build(self._tell)
        try:
            engine = segmenter.engine
            seconds = time.monotonic() - self._began
            self._tell(
                f'the engine {engine.name} ({engine.precision}, {engine.device}) is ready '
                f'after {seconds:.1f} s'
            )
            self._segmenter = segmenter
            with self._lock:
                if not self._stopped.is_set():
                    self._on_ready()
            while (items := self._mailbox.take(engine.batch)) is not None:
                self._serve(segmenter, items)
        finally:
            with self._lock:
                self._segmenter = None
                self._state = EngineState(self._plan.engine_name)
            segmenter.close()

    def _fail(self, error: Exception) -> None:
        with self._lock:
            if self._stopped.is_set():
                return
            self._failure = error
            self._state = EngineState(self._plan.engine_name, 'failed', str(error))
            self._on_failure()

    def _tell(self, text: str) -> None:
        with self._lock:
            if self._stopped.is_set():
                return
            self._state = EngineState(self._plan.engine_name, 'building', text)
            self._report(text)
