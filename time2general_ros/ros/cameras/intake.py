"""What becomes of a message of a camera: a frame, or a counted drop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.darkness import REMEDY, is_nearly_black
from time2general_ros.messages.decode import decode
from time2general_ros.messages.stamps import NS_PER_S, stamp_ns
from time2general_ros.ros.parameters.declared import IMAGE_BITS, STALE_AFTER_S
from time2general_ros.ros.statistics.stream_statistics import Drop, StreamStatistics
from time2general_ros.streaming.frame import Frame

if TYPE_CHECKING:
    from rclpy.clock import Clock

    from time2general_ros.messages.picture import RgbImage
    from time2general_ros.ros.cameras.throttled_log import ThrottledLog
    from time2general_ros.ros.parameters.server import ParameterServer


class Intake:
    """
    Decodes the messages of one camera; counts and tells what is wrong with them.

    :param camera: The key of its memory.
    """

    def __init__(
        self,
        camera: str,
        topic: str,
        clock: Clock,
        parameters: ParameterServer,
        statistics: StreamStatistics,
        log: ThrottledLog,
    ) -> None:
        self._camera = camera
        self._topic = topic
        self._clock = clock
        self._parameters = parameters
        self._statistics = statistics
        self._log = log

    def frame(self, message: Any) -> Frame | None:
        """
        Decode a message.

        :returns: The frame; None if there is none worth segmenting, which is counted.
        """
        try:
            stamp = stamp_ns(message.header)
            if self._is_stale(stamp):
                self._statistics.dropped(Drop.STALE)
                return None
            image = decode(message, self._parameters.read(IMAGE_BITS))
        except BadImageError as error:
            self._statistics.bad_message(error.reason)
            self._log.error(error.reason, f'dropped an image on {self._topic}: {error}')
            return None
        self._look_for_darkness(image)
        if stamp == 0:
            self._log.error(
                'no_stamp',
                f'the images on {self._topic} have no stamp, so that their masks read no memory: '
                'have the camera driver stamp its images',
            )
        return Frame(image, stamp, message.header.frame_id, self._camera)

    def _is_stale(self, stamp: int) -> bool:
        limit_s = self._parameters.read(STALE_AFTER_S)
        age_ns = self._clock.now().nanoseconds - stamp
        # How old an image without a stamp is nobody knows.
        return limit_s > 0.0 and stamp != 0 and age_ns > limit_s * NS_PER_S

    def _look_for_darkness(self, image: RgbImage) -> None:
        is_dark = is_nearly_black(image)
        self._statistics.looked(is_dark)
        if is_dark:
            self._log.warning(
                'dark',
                f'the images on {self._topic} are nearly black: '
                + REMEDY.format(option=f'the parameter {IMAGE_BITS.name}'),
            )
