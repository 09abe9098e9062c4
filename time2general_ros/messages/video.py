"""Compressed video that comes in packets, one message each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.limits import check_size

if TYPE_CHECKING:
    import av
    import numpy.typing as npt

# Decoders of FFmpeg by what messages call their codecs, and the encoders of FFmpeg.
_CODECS = {
    'h264': re.compile(r'(lib)?[xh]\.?264(rgb)?(_\w+)?|avc1?'),
    'hevc': re.compile(r'(lib)?[xh]\.?265(_\w+)?|hevc(_\w+)?|hvc1'),
}
_READ = 'read are H.264 and H.265; record another codec as jpeg, or convert it'
_START = re.compile(b'\0\0\1')


class Decoded(NamedTuple):
    """
    One image of a stream.

    :param number: Of the packet that it came in.
    :param image: RGB, uint8 [H, W, 3].
    """

    number: int
    image: npt.NDArray[np.uint8]


class VideoDecoder:
    """
    Decodes one stream of packets in Annex B, as cameras send it.

    What comes before the first key frame cannot be decoded, nor what follows a damaged packet
    until the next key frame.
    """

    def __init__(self) -> None:
        self._context: av.VideoCodecContext | None = None
        self._codec = ''
        self._is_synchronous = False

    def decode(self, codec: str, data: bytes, number: int) -> list[Decoded]:
        """
        Take the next packet.

        :param codec: As its message names it, such as ``h264`` or ``hevc_nvenc``.
        :param number: Ascending; images are told by it, since they may come out later.
        :returns: The images that are finished.
        :raises BadImageError: ``codec`` if it is not read, ``no_keyframe`` if the packet refers to
            images that are not known, ``decode`` if it is damaged.
        """
        name = codec_name(codec)
        if name != self._codec:
            self._open(name)
        if not self._is_synchronous and not begins_anew(data, name):
            raise no_keyframe()
        return self._feed(data, number)

    def flush(self) -> list[Decoded]:
        """Return the images that the decoder still holds, at the end of the stream."""
        if self._context is None or not self._is_synchronous:
            return []
        images = self._feed(None, 0)
        self._open(self._codec)
        return images

    def _open(self, name: str) -> None:
        import av

        self._codec = name
        self._is_synchronous = False
        context = av.CodecContext.create(name, 'r')
        assert isinstance(context, av.VideoCodecContext)
        # Threads of frames would hold images back.
        context.thread_type = 'SLICE'
        self._context = context

    def _feed(self, data: bytes | None, number: int) -> list[Decoded]:
        import av

        assert self._context
        packet = None
        if data is not None:
            packet = av.Packet(data)
            packet.pts = packet.dts = number
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError as error:
            self._open(self._codec)
            raise undecodable(self._codec, error) from error
        self._is_synchronous = True
        return [Decoded(_number(frame, number), _rgb(frame)) for frame in frames]


def no_keyframe() -> BadImageError:
    """Tell of a packet without the images that it refers to."""
    return BadImageError(
        'no_keyframe',
        'the packet refers to images that are not there, as where a stream begins inside '
        'a group of pictures; record from a key frame on, or have the encoder send more',
    )


def undecodable(codec: str, error: object) -> BadImageError:
    """Tell of data that the decoder of a codec does not take."""
    return BadImageError(
        'decode', f'the {codec} data cannot be decoded: {error}; it may be damaged'
    )


def codec_name(codec: str) -> str:
    """
    Name the decoder for what a message calls its codec.

    :raises BadImageError: ``codec`` if there is none.
    """
    # ffmpeg_image_transport adds pixel formats: "h264;yuv420p;bgr8;bgr8".
    named = codec.partition(';')[0].strip().lower()
    for name, pattern in _CODECS.items():
        if pattern.fullmatch(named):
            return name
    raise BadImageError('codec', f'the codec {codec[:40]!r} is not read; {_READ}')


def begins_anew(data: bytes, codec: str) -> bool:
    """
    Tell whether a packet can be decoded without those before it.

    :param data: NAL units in Annex B.
    :param codec: ``h264`` or ``hevc``.
    """
    heads = (data[match.end()] for match in _START.finditer(data, 0, max(0, len(data) - 1)))
    if codec == 'h264':
        return any(head & 0x1F == 5 for head in heads)
    return any(16 <= (head >> 1 & 0x3F) <= 23 for head in heads)


def _number(frame: av.VideoFrame, last: int) -> int:
    return last if frame.pts is None else int(frame.pts)


def _rgb(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    check_size(frame.width, frame.height)
    return np.asarray(frame.to_ndarray(format='rgb24'), np.uint8)
