"""The image sizes that are believed: a message is untrusted until its fields are checked."""

from __future__ import annotations

from time2general_ros.messages.bad_image import BadImageError

MAX_SIDE = 16384
MAX_PIXELS = 1 << 26


def check_size(width: int, height: int) -> None:
    """
    Refuse sizes that no camera has, before memory is allocated for them.

    :raises BadImageError: ``zero_size`` or ``too_large``.
    """
    if width < 1 or height < 1:
        raise BadImageError(
            'zero_size',
            f'the image is {width}x{height} pixels; check that the camera driver delivers frames',
        )
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadImageError(
            'too_large',
            f'the image claims {width}x{height} pixels, more than {MAX_SIDE} on a side or '
            f'{MAX_PIXELS} in all; reduce the camera resolution or repair the message',
        )
