"""The images of a video file, and those that are lost in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from time2general_ros.messages.video import no_keyframe, undecodable
from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import av

    from time2general_ros.messages.bad_image import BadImageError

# Of these one packet is one image, which is not so of VP8.
_ONE_BY_ONE = ('h264', 'hevc')
# Matroska declares a duration only; players take the end of the last packet for it or not.
_TOLERANCE_S = 0.5
# Bytes of a packet of a transport stream: plain, with a time, with a checksum.
_TRANSPORT_PACKETS = (188, 192, 204)


class Shown(NamedTuple):
    """
    One image in order of presentation.

    :param pts: In the time base of the stream; None if the file does not say.
    :param content: The image, or why there is none.
    """

    pts: int | None
    content: av.VideoFrame | BadImageError


class VideoStream:
    """
    Decodes the first video stream of a container, packet by packet.

    What comes before the first key frame is lost, and what follows a damaged packet until the
    next key frame. :attr:`flaws` tell what else is wrong; complete once all has been shown.

    :raises ReplayError: if there is no decoder for the stream.
    """

    def __init__(self, container: av.container.InputContainer, name: str) -> None:
        self._container = container
        self._stream = container.streams.video[0]
        if self._stream.codec_context is None:
            raise ReplayError(
                f'the codec of {name} is not read; convert it to H.264, as with: ffmpeg -i '
                f'{name} drive.mp4'
            )
        self._context = self._stream.codec_context
        # Threads of frames would tell of an error some packets later.
        self._context.thread_type = 'SLICE'
        self.flaws: list[str] = []
        self._lost: list[Shown] = []
        self._is_synchronous = False
        self._follows_damage = False
        self._packets = self._corrupt = self._fed = self._came = 0
        self._has_fields = False
        self._end_s = 0.0

    def shown(self) -> Iterator[Shown]:
        """Decode all images."""
        import av

        for packet in self._read():
            if not self._is_synchronous:
                if not packet.is_keyframe:
                    self._lost.append(Shown(packet.pts, no_keyframe()))
                    continue
                yield from self._begin()
            try:
                frames = self._context.decode(packet)
            except av.FFmpegError as error:
                self._lost.append(Shown(packet.pts, undecodable(self._context.name, error)))
                self._is_synchronous = False
                continue
            self._fed += not packet.is_discard
            yield from self._checked(frames)
        yield from self._begin()
        self.flaws += self._compare()

    def count(self) -> int:
        """Count the images by their packets, without decoding them."""
        return sum(not packet.is_discard for packet in self._read())

    def _read(self) -> Iterator[av.Packet[Any]]:
        """Yield the packets of the stream; those of all tell how far the file reaches."""
        import av

        try:
            for packet in self._container.demux():
                if packet.pts is not None and packet.time_base is not None:
                    end_s = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                    self._end_s = max(self._end_s, end_s)
                # The last one of each stream is empty.
                if packet.stream is self._stream and packet.size:
                    self._packets += 1
                    self._corrupt += packet.is_corrupt
                    yield packet
        except av.FFmpegError as error:
            self.flaws.append(f'cannot be read to its end ({error})')

    def _begin(self) -> Iterator[Shown]:
        """Give what the decoder still holds and what was lost, before the next key frame."""
        import av

        try:
            frames = self._context.decode(None)
        except av.FFmpegError as error:
            frames = []
            self.flaws.append(f'ends in what cannot be decoded ({error})')
        shown = [*self._checked(frames), *self._lost]
        if all(one.pts is not None for one in shown):
            shown.sort(key=lambda one: one.pts or 0)
        self._lost = []
        self._context.flush_buffers()
        self._is_synchronous, self._follows_damage = True, False
        yield from shown

    def _checked(self, frames: Iterable[av.VideoFrame]) -> Iterator[Shown]:
        for frame in frames:
            self._came += 1
            self._has_fields = self._has_fields or frame.interlaced_frame
            content: av.VideoFrame | BadImageError = frame
            if frame.is_corrupt:
                content = undecodable(self._context.name, 'parts of the image are missing')
                self._follows_damage = True
            elif self._follows_damage and not frame.key_frame:
                content = no_keyframe()
            else:
                self._follows_damage = False
            yield Shown(frame.pts, content)

    def _compare(self) -> Iterator[str]:
        """Hold what came against what the file declares."""
        kind = self._container.format.name
        # Edit lists leave out images that QuickTime and MP4 count.
        is_edited = 'mp4' in kind
        declared = len(self._stream.index_entries) if is_edited else self._stream.frames
        if self._packets < declared:
            yield f'declares {declared} images and holds {self._packets}'
        duration_s = (self._container.duration or 0) / 1e6
        if 'matroska' in kind and self._end_s < duration_s - _TOLERANCE_S:
            yield f'declares {duration_s:.1f} s and ends after {self._end_s:.1f} s'
        size = self._container.size
        if kind == 'mpegts' and all(size % length for length in _TRANSPORT_PACKETS):
            yield 'is no whole number of packets long'
        if self._corrupt:
            yield f'holds {self._corrupt} packets that are not whole'
        silent = self._fed - self._came
        if silent > 0 and self._context.name in _ONE_BY_ONE and not self._has_fields:
            yield f'holds {silent} packets that give no image'


def told(name: str, flaws: Sequence[str]) -> str | None:
    """Tell all flaws of a file in one line; None if there are none."""
    return f'{name} is cut off or damaged: it {", it ".join(flaws)}' if flaws else None
