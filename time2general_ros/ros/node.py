"""The segmentation node: camera images in, stable class masks out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
import threading
from typing import TYPE_CHECKING, Any

from rclpy.clock import Clock, JumpThreshold, TimeJump
from rclpy.clock_type import ClockType
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.callback_guard import CallbackGuard
from time2general_ros.ros.cameras.camera_group import CameraGroup
from time2general_ros.ros.cameras.camera_services import CameraServices
from time2general_ros.ros.cameras.watchdog import Watchdog
from time2general_ros.ros.diagnostics.publisher import DiagnosticsPublisher
from time2general_ros.ros.diagnostics.report import write_report
from time2general_ros.ros.engine.engine_state import EngineState
from time2general_ros.ros.engine.model_start import ModelPlan, Plan
from time2general_ros.ros.optional_packages import missing_packages
from time2general_ros.ros.parameters.declared import AUTOSTART, DIAGNOSTICS_PERIOD_S, REPORT_PATH
from time2general_ros.ros.parameters.server import ParameterServer
from time2general_ros.ros.parameters.threshold_parameters import read_thresholds
from time2general_ros.ros.statistics.stream_statistics import Drop, Snapshot, StreamStatistics
from time2general_ros.ros.transition import transition

if TYPE_CHECKING:
    from rclpy.lifecycle import State
    from rclpy.service import Service

_WATCH_PERIOD_S = 0.5
# A build that takes longer is left behind when the process ends.
_BUILD_PATIENCE_S = 5.0


class StartError(Time2GeneralError):
    """The node could not be configured or its engine could not be built."""


class SegmentationNode(LifecycleNode):
    """
    Segment the images of some cameras and publish ``mask``, ``confidence`` and ``overlay``.

    The executor only receives; a worker thread loads the engine, decodes, segments and publishes.
    Configuring therefore succeeds as soon as the model folder and the engine are known to be there
    and the topics exist, and the node may be activated at once: until the engine is ready, only
    the newest image of a camera waits, and those before it are counted as ``engine_building``. A
    build that fails takes the node to ``unconfigured`` by way of error processing. Topics are
    relative to the namespace, which is ``segmentation`` unless it is remapped.

    :param make_plan: Describes the segmenter, from the parameters as they are then.
    :param command_line: Of the process, to warn of what it sets for no node.
    :param node_options: Keyword arguments of :class:`rclpy.node.Node`.
    :raises Time2GeneralError: if a parameter is refused or, with ``autostart``, the node cannot be
        configured.
    """

    def __init__(
        self,
        *,
        make_plan: Callable[[ParameterServer], Plan] = ModelPlan,
        namespace: str = 'segmentation',
        command_line: Sequence[str] = (),
        **node_options: Any,
    ) -> None:
        super().__init__('time2general', namespace=namespace, **node_options)
        self.failure: Exception | None = None
        self._guard = CallbackGuard(self.get_logger())
        for service in self.services:
            self._guard.cover(service)
        self._make_plan = make_plan
        self._group: CameraGroup | None = None
        self._is_active = False
        self._is_finalized = False
        self._configurations = 0
        self._building = threading.Lock()
        self._statistics: dict[str, StreamStatistics] = {}
        self._parameter_server = ParameterServer(self, lambda: self._group is not None)
        self._parameter_server.warn_of_unread(command_line)
        self._failed = self.create_guard_condition(self._leave_after_failure)
        CameraServices(self, ExitStack(), '~/', lambda: self._streams.values())
        self._diagnostics = DiagnosticsPublisher(
            self,
            lambda: read_thresholds(self._parameter_server),
            self.engine_state,
            lambda: {name: s.statistics.snapshot() for name, s in self._streams.items()},
            lambda: {name: s.labels for name, s in self._streams.items()},
        )
        self._watchdog = Watchdog(self, self._parameter_server)
        # On the steady clock, so that a simulated clock that stands still does not silence them.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(_WATCH_PERIOD_S, self._watch, clock=steady)
        period_s = self._parameter_server.read(DIAGNOSTICS_PERIOD_S)
        self.create_timer(period_s, self._diagnostics.tick, clock=steady)
        backward = JumpThreshold(
            min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=False
        )
        self._jumps = self.get_clock().create_jump_callback(
            backward, post_callback=self._guard.quiet(self._jumped)
        )
        for text in missing_packages():
            self.get_logger().info(f'not installed: {text}')
        if self._parameter_server.read(AUTOSTART):
            self._start()

    @property
    def statistics(self) -> dict[str, Snapshot]:
        """The counters of every camera so far, by the resolved name of its input topic."""
        return {topic: counters.snapshot() for topic, counters in self._statistics.items()}

    @property
    def is_ready(self) -> bool:
        """Whether the node is active and its engine takes frames."""
        return self._is_active and self._group is not None and self._group.worker.is_ready

    @property
    def is_building(self) -> bool:
        """Whether an engine exists or is being built, if only for a node that is closed by now."""
        return self._building.locked()

    @property
    def has_failed(self) -> bool:
        """Whether a node that started by itself is out of use because of an error."""
        return self._is_on_its_own and self._group is None and self.failure is not None

    def create_service(self, *arguments: Any, **options: Any) -> Service[Any, Any]:
        """Offer a service, which answers also where its callback raises an error."""
        service = super().create_service(*arguments, **options)
        # rclpy makes services of its own before there is a log.
        if hasattr(self, '_guard'):
            self._guard.cover(service)
        return service

    def survive(self, error: Exception) -> None:
        """Log what a callback raised; for who spins the node."""
        self._guard.tell(error)

    def engine_state(self) -> EngineState:
        """Tell what the engine is doing."""
        if self._group is not None:
            return self._group.worker.engine_state()
        if self.failure is not None:
            return EngineState(state='failed', detail=str(self.failure))
        return EngineState(state='finalized' if self._is_finalized else 'unloaded')

    @transition
    def on_configure(self, state: State) -> TransitionCallbackReturn:
        """Read the model folder, create topics and services, and begin to build the engine."""
        self.failure = None
        self._configurations += 1
        try:
            plan = self._make_plan(self._parameter_server)
            self._group = CameraGroup(
                self,
                self._parameter_server,
                plan,
                statistics=lambda topic: self._statistics.setdefault(topic, StreamStatistics()),
                on_failure=self._failed.trigger,
                building=self._building,
            )
        except Time2GeneralError as error:
            self.failure = error
            self.get_logger().error(f'cannot configure: {self._failure_in_short()}')
            return TransitionCallbackReturn.FAILURE
        self._parameter_server.warn_of_unread_qos()
        return super().on_configure(state)

    @transition
    def on_activate(self, state: State) -> TransitionCallbackReturn:
        """Answer images from now on, or as soon as the engine is ready."""
        result = super().on_activate(state)
        if self._group is not None:
            self._group.activate()
        self._is_active = True
        return self._unless_failed(result)

    @transition
    def on_deactivate(self, state: State) -> TransitionCallbackReturn:
        """Answer no more images and clear the memory of every camera."""
        self._is_active = False
        if self._group is not None:
            self._group.deactivate()
        return self._unless_failed(super().on_deactivate(state))

    @transition
    def on_cleanup(self, state: State) -> TransitionCallbackReturn:
        """Free the engine and leave the topics."""
        result = self._unless_failed(super().on_cleanup(state))
        self._close_group(0.0)
        return result

    @transition
    def on_shutdown(self, state: State) -> TransitionCallbackReturn:
        """Finish the frames in hand, count those that wait as dropped, and free everything."""
        self._is_finalized = True
        self._close_group(_BUILD_PATIENCE_S)
        return super().on_shutdown(state)

    def on_error(self, state: State) -> TransitionCallbackReturn:
        """Say what went wrong and free everything, so that the node can be configured again."""
        self.get_logger().error(
            f'back to unconfigured from {state.label}, because of an error: '
            f'{self._failure_in_short()}'
        )
        self._close_group(0.0)
        return TransitionCallbackReturn.SUCCESS

    def close(self) -> None:
        """
        Shut down, if that has not been done, and write the report.

        :raises Time2GeneralError: if the report cannot be written.
        """
        engine = self.engine_state()
        if not self._is_finalized:
            self.trigger_shutdown()
        self._jumps.unregister()
        if path := self._parameter_server.read(REPORT_PATH):
            settings = self._parameter_server.read_all()
            write_report(Path(path), settings, engine, self.statistics)

    def destroy_node(self) -> None:
        """
        Free what has not been freed, and leave the network.

        rclpy leaves the state machine, and with it the participant, to the garbage collector:
        until then callers of a service of that name would find two and ask the dead one.
        """
        # No transition may touch the state machine from here on.
        self._is_finalized = True
        self._close_group(0.0)
        super().destroy_node()
        self._state_machine.destroy_when_not_in_use()

    def start_error(self) -> Time2GeneralError:
        """Return why the node could not start, for who has to end the process."""
        if isinstance(self.failure, Time2GeneralError):
            return self.failure
        return StartError(f'the node could not start: {self.failure!r}; its log says more')

    @property
    def _is_on_its_own(self) -> bool:
        """Whether nobody but the node itself has configured it: nobody would bring it back."""
        return self._parameter_server.read(AUTOSTART) and self._configurations == 1

    def _failure_in_short(self) -> str:
        """Return what failed; its first line where the process ends and says the rest."""
        text = str(self.failure)
        return text.splitlines()[0] if self._is_on_its_own and text else text

    @property
    def _streams(self) -> Mapping[str, Any]:
        return self._group.streams if self._group else {}

    def _start(self) -> None:
        if self.trigger_configure() != TransitionCallbackReturn.SUCCESS:
            error = self.start_error()
            self._jumps.unregister()
            self.destroy_node()
            raise error
        # A build that has failed by now is no different from one that fails later.
        self.trigger_activate()

    def _close_group(self, patience_s: float) -> None:
        self._is_active = False
        group, self._group = self._group, None
        if group is not None:
            group.close(Drop.SHUTDOWN, patience_s)

    def _unless_failed(self, result: TransitionCallbackReturn) -> TransitionCallbackReturn:
        """Keep why there will be no engine, which leads to error processing; else the result."""
        if self._group is None or self._group.worker.failure is None:
            return result
        self.failure = self._group.worker.failure
        return TransitionCallbackReturn.ERROR

    def _leave_after_failure(self) -> None:
        """Take the node out of use, unless what failed has been left meanwhile."""
        if self._group is None or self._group.worker.failure is None:
            return
        if self._is_active:
            self.trigger_deactivate()
        else:
            self.trigger_cleanup()

    def _jumped(self, jump: TimeJump) -> None:
        seconds = -jump.delta.nanoseconds / 1e9
        self.get_logger().info(f'the clock went back by {seconds:.3f} s: memory is cleared')
        for stream in self._streams.values():
            stream.request_reset('clock_jump')

    def _watch(self) -> None:
        if self._group is not None:
            self._watchdog.watch(self._group)
