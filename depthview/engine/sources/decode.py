"""One video stream, decoded exactly: every picture with its own time, exact seek, damage reported and passed over."""

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import cast

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from depthview.engine.errors import UserError
from depthview.engine.frames import Image, LayoutGuess
from depthview.engine.sources.base import Notice
from depthview.engine.sources.clock import StreamClock
from depthview.engine.sources.packing import guess_from_side_data
from depthview.engine.sources.picture import MAX_PIXELS, Orientation, is_picture_size, square_size, to_rgb

_TEXT_AS_VIDEO = {"ansi", "bintext", "idf", "xbin"}
"""Decoders that draw any text file as if it were a terminal."""

_MAX_BAD_IN_A_ROW = 500
_NOTICE_EVERY_S = 5.0
_SAME_MOMENT_S = 1e-6
_LONGEST_S = 30 * 24 * 3600.0
_NOWHERE_S = float("inf")


class InputLost(UserError):  # noqa: N818 - it names what happened
    """Bytes stopped coming: a disk that was pulled out, a server that hung up. `cause` is FFmpeg's error."""

    def __init__(self, location: str, cause: Exception) -> None:
        super().__init__("The video cannot be read any further: {path}", path=location, details=repr(cause))
        self.location = location
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Damage(Notice):
    """Data that could not be decoded was passed over near `at_s`."""

    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Picture:
    """`image`: (H, W, 3) uint8 RGB, upright. `pts_s`: seconds after the stream's first picture."""

    image: Image
    pts_s: float


class Decoder:
    """One video stream of a file or an address, through PyAV.

    `location` is a path or an http(s) address. `options` are FFmpeg's; without them only local files may be read, so
    that no file can make the program call an address. `timeout_s` is (open, read). `low_delay` decodes in slices
    instead of whole frames, for broadcasts. `container` names FFmpeg's demuxer where it is known ("hls"), else it looks
    for itself. Sound is never decoded. In messages it is `called` as the person called it, None: by its location.

    Raises UserError when this is not a video that can be read, InputLost (a UserError) when reading its bytes failed;
    `read` and `seek` may raise InputLost too. Used by one thread.
    """

    def __init__(
        self,
        location: str,
        *,
        options: dict[str, str] | None = None,
        timeout_s: tuple[float, float] | None = None,
        low_delay: bool = False,
        container: str | None = None,
        called: str | None = None,
    ) -> None:
        self._location, self._called = location, called or location
        self._options = {"protocol_whitelist": "file,crypto,data"} if options is None else options
        self._timeout_s = timeout_s
        self._low_delay = low_delay
        self._format = container
        self._reformatter = VideoReformatter()
        self._ready: deque[Picture | Notice] = deque()
        self._frames: deque[VideoFrame] = deque()
        self._noticed_at_s: float | None = None
        self._origin: int | None = None
        self._size_change_told = False
        self._end_told = False
        self._reached_s = 0.0
        self.duration_s: float | None = None
        self.fps: float | None = None
        self._open()
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        where = self._called
        try:
            self._container: InputContainer = av.open(
                self._location, "r", self._format, self._options, timeout=self._timeout_s, metadata_errors="replace"
            )
        except av.error.InvalidDataError as error:
            raise UserError("This is not a video that can be read: {path}", path=where, details=repr(error)) from error
        except av.error.FileNotFoundError as error:
            raise UserError("There is no file here: {path}", path=where) from error
        except av.error.PermissionError as error:
            raise UserError("There is no permission to read this file: {path}", path=where) from error
        except (av.error.LookupError, av.error.IsADirectoryError, ValueError) as error:
            raise UserError("This is not a video that can be read: {path}", path=where, details=repr(error)) from error
        except (av.error.FFmpegError, OSError) as error:
            raise InputLost(where, error) from error
        try:
            self._stream = self._choose_stream()
        except BaseException:
            self._container.close()
            raise
        # A transport stream flags whole packets beside every splice; elsewhere a flagged packet is one cut short.
        self._spliced = any(name in self._container.format.name for name in ("mpegts", "hls"))
        rate = self._stream.average_rate or self._stream.guessed_rate
        self._clock = StreamClock(self._stream.time_base, rate, self._origin)
        self._begin()

    def _begin(self) -> None:
        self._packets = self._demux()
        self._frames.clear()
        self._ended = False
        self._bad_in_a_row = 0
        self._clock.start_again()

    def _demux(self) -> "Generator[Packet[VideoStream], None, None]":
        # PyAV's demux is a generator; closing it is what ends its time-out.
        return cast("Generator[Packet[VideoStream], None, None]", self._container.demux(self._stream))

    def _choose_stream(self) -> VideoStream:
        no_video = Disposition.attached_pic | Disposition.timed_thumbnails
        streams = [s for s in self._container.streams.video if not s.disposition & no_video]
        if not streams:
            raise UserError("There is no video in this file: {path}", path=self._called)

        def rank(stream: VideoStream) -> tuple[bool, bool, int]:
            # A streaming list offers the same film in many sizes; above 1080 lines only the cost grows.
            size = stream.width * stream.height
            return bool(stream.disposition & Disposition.default), len(streams) == 1 or stream.height <= 1080, size

        chosen = max(streams, key=rank)
        if cast(object, chosen.codec_context) is None or chosen.codec_context.name in _TEXT_AS_VIDEO:
            raise UserError("This is not a video that can be read: {path}", path=self._called)
        if chosen.width and chosen.height and not is_picture_size(chosen.width, chosen.height):
            raise UserError(
                "The video's pictures are too large, {width} x {height} pixels: {path}",
                width=chosen.width,
                height=chosen.height,
                path=self._called,
            )
        for stream in self._container.streams:
            if stream is not chosen:
                stream.discard = Discard.all
        chosen.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        chosen.thread_type = "SLICE" if self._low_delay else "AUTO"
        return chosen

    def _start(self) -> None:
        """Decode the first picture: what is true of it is true of the stream, whatever the header claims."""
        frame = self._next_frame()
        if frame is None:
            raise UserError("No picture in this video can be decoded: {path}", path=self._called)
        has_time = frame.pts is not None or frame.dts is not None
        self._origin = self._clock.origin = self._clock.ticks_of(frame)
        self._orientation = Orientation.from_matrix(_side_data(frame, "DISPLAYMATRIX"))
        self._coded_wh = (frame.width, frame.height)
        self._square_wh = square_size(self._coded_wh, self._pixel_aspect())
        picture = self._to_picture(frame, self._origin)
        height, width = picture.image.shape[:2]
        self.size_hw: tuple[int, int] = (height, width)
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.fps = float(rate) if rate and 0 < rate <= 1000 else None
        self.duration_s = self._duration_s()
        self.seekable: bool = has_time
        self.stereo: LayoutGuess | None = guess_from_side_data(
            _side_data(frame, "STEREO3D"),
            self._stream.metadata,
            self.size_hw,
            pixel_aspect=1.0,  # the pictures that come out have square pixels, and so have their halves
        )
        self._ready.append(picture)

    @property
    def words(self) -> tuple[dict[str, str], dict[str, str]]:
        """What the container and the stream say of themselves."""
        return self._container.metadata, self._stream.metadata

    def _pixel_aspect(self) -> float:
        """Width of a pixel / its height; 0 when nothing states it. The container's word counts before the codec's."""
        said, coded = self._stream.sample_aspect_ratio, self._stream.codec_context.sample_aspect_ratio
        if said == 1 and "stereo_mode" in self._stream.metadata:
            said = coded  # FFmpeg makes this 1 up when Matroska states two eyes
        return float(said or coded or 0)

    def _duration_s(self) -> float | None:
        if self._stream.duration is not None and self._stream.time_base is not None:
            duration_s = float(self._stream.duration * self._stream.time_base)
        elif self._container.duration is not None:
            duration_s = self._container.duration / av.time_base
        else:
            return None
        return duration_s if 0 < duration_s < _LONGEST_S else None

    def read(self) -> Picture | Notice | None:
        """The next picture, or a notice of what was passed over, or None at the end."""
        if not self._ready:
            frame = self._next_frame()
            if frame is not None:
                self._ready.append(self._to_picture(frame, self._clock.ticks_of(frame)))
        return self._ready.popleft() if self._ready else None

    def seek(self, pts_s: float) -> None:
        """Make the next `read` give the first picture whose pts_s is not before this one (the last, if none is).

        A container's own index is only a proposal: frames are decoded from a key frame before the target, and when the
        first one that comes out is already past it, the search starts further back.
        """
        target_s = max(0.0, pts_s)
        back_s = 0.0
        while True:
            start_s = max(0.0, target_s - back_s)
            if back_s >= _NOWHERE_S or not self._reposition(start_s):
                # The one sure way to the first picture: transport streams land behind it when asked to seek there.
                self._reopen()
                start_s = -1.0
            self._ready.clear()
            self._noticed_at_s = None
            first_s, found = self._forward_to(target_s)
            must_begin_by_s = target_s if start_s > 0 else 0.0
            if start_s >= 0 and (found is None or first_s > must_begin_by_s + _SAME_MOMENT_S):
                back_s = max(1.0, back_s * 2) if start_s > 0 else _NOWHERE_S
                continue
            if found is not None:
                self._ready.append(self._to_picture(*found))
            return

    def _reposition(self, pts_s: float) -> bool:
        """Go to a key frame before this time; False when the container cannot."""
        if not self.seekable:
            return False
        self._packets.close()
        try:
            self._container.seek(self._clock.ticks_at(pts_s), stream=self._stream)
        except av.error.FFmpegError:
            return False
        self._begin()
        return True

    def _reopen(self) -> None:
        self._packets.close()
        self._container.close()
        self._open()

    def _forward_to(self, target_s: float) -> tuple[float, tuple[VideoFrame, int] | None]:
        first_s: float | None = None
        found: tuple[VideoFrame, int] | None = None
        while (frame := self._next_frame()) is not None:
            ticks = self._clock.ticks_of(frame)
            found = frame, ticks
            pts_s = self._clock.seconds(ticks)
            first_s = pts_s if first_s is None else first_s
            if pts_s >= target_s - _SAME_MOMENT_S:
                break
        return first_s or 0.0, found

    def _next_frame(self) -> VideoFrame | None:
        """The next good frame, or None at the end; what is bad on the way becomes a notice."""
        while not self._frames:
            if self._ended:
                return None
            packet: Packet[VideoStream] | None = None
            try:
                packet = next(self._packets, None)
                if packet is None:
                    self._ended = True
                    return None
                if packet.is_corrupt and not self._spliced:
                    self._skip_damage(packet)
                    continue
                if packet.size == 0 and (damage := self._early_end()) is not None:
                    # Before the decoder is emptied: what it still holds may not be in order without what is missing.
                    self._ready.append(damage)
                if packet.size:
                    self._reached_s = max(self._reached_s, self._damage_s(packet))
                decoded = packet.decode()
            except av.error.EOFError:
                self._ended = True
            except av.error.InvalidDataError:
                self._skip_damage(packet)
            except (av.error.FFmpegError, OSError) as error:
                if packet is None:
                    raise InputLost(self._called, error) from error
                self._skip_damage(packet)
            else:
                good = [f for f in decoded if not f.is_corrupt]
                self._frames.extend(good)
                if len(good) < len(decoded):
                    self._skip_damage(packet)
                elif good:
                    self._bad_in_a_row = 0
        return self._frames.popleft()

    def _skip_damage(self, packet: "Packet[VideoStream] | None") -> None:
        if packet is None:
            # The generator ended with its exception; a new one goes on behind the damage.
            self._packets = self._demux()
        self._bad_in_a_row += 1
        if self._bad_in_a_row > _MAX_BAD_IN_A_ROW:
            self._ended = True
            self._ready.append(Damage("The rest of the video is damaged and was left out", at_s=self._damage_s(packet)))
            return
        at_s = self._damage_s(packet)
        if self._noticed_at_s is None or abs(at_s - self._noticed_at_s) >= _NOTICE_EVERY_S:
            self._noticed_at_s = at_s
            self._ready.append(Damage(f"Damaged data at {at_s:.1f} s was skipped", at_s=at_s))

    def _early_end(self) -> Damage | None:
        alone = len(self._container.streams) == 1 or "://" in self._location
        known = self._stream.duration is not None or alone
        if self._clock.origin is None or self.duration_s is None or not known or self._end_told:
            return None
        if self.duration_s - self._reached_s <= max(0.5, 3 / (self.fps or 25)):
            return None
        self._end_told = True
        said = f"The video ends at {self._reached_s:.1f} s, before its stated {self.duration_s:.1f} s"
        return Damage(said, at_s=self._reached_s)

    def _damage_s(self, packet: "Packet[VideoStream] | None") -> float:
        if packet is not None and packet.pts is not None:
            return max(0.0, self._clock.seconds(packet.pts))
        return self._clock.last_s

    def _to_picture(self, frame: VideoFrame, ticks: int) -> Picture:
        if (frame.width, frame.height) != self._coded_wh and not self._size_change_told:
            self._size_change_told = True
            self._ready.append(
                Notice(f"The video changes its size to {frame.width} x {frame.height}; it is shown at the first size")
            )
        image = self._orientation.apply(to_rgb(frame, self._square_wh, self._reformatter))
        return Picture(image, self._clock.seconds(ticks))

    def close(self) -> None:
        """Let the file go. May be called twice."""
        self._ready.clear()
        self._frames.clear()
        self._ended = True
        self._packets.close()
        self._container.close()


def _side_data(frame: VideoFrame, name: str) -> bytes:
    """The bytes of a frame's side data, empty when it carries none of that name."""
    data = cast("bytes | None", frame.side_data.get(name))
    return b"" if data is None else bytes(data)
