"""A video at a web address that survives what the web does: hang-ups, stalls, expired addresses, half-sent data.

What FFmpeg does was measured, not assumed. When a connection breaks, its first sign is a packet cut short or an early
end, not an error; the 403 is seen only when the address is opened again. A segment of a streaming list that is refused
is passed over without a word. So every such sign makes this source open the address again and go on behind the last
picture it gave; only what comes again at the same place is believed to be in the video itself.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import av.error
import cv2
import numpy as np

from depthview.engine.errors import Stopped, UserError
from depthview.engine.frames import Frame
from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Notice, SourceInfo, SourceKind
from depthview.engine.sources.decode import Damage, Decoder, InputLost, Picture
from depthview.engine.sources.patient import PatientThread
from depthview.engine.sources.renewal import Renewal
from depthview.engine.sources.web_address import host_of, identity_of
from depthview.engine.sources.web_failure import refusal_of, sentence_for
from depthview.engine.sources.web_stream import Patience, Stream, decoder_options

T = TypeVar("T")

_SAME_MOMENT_S = 1e-6
_LOOK_S = 0.1


class WebVideo:
    """A recording or a broadcast at a web address; `open_web` makes it.

    Raises UserError when the address cannot be opened as a video, Stopped when `stop` is set. While the connection is
    taken up again, `read` gives notices; it raises UserError when every attempt failed, and begins anew when it is
    called again.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        identity: str | None = None,
        ranges: bool = True,
        stop: StopToken | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stream = stream
        self._stop = stop if stop is not None else StopToken()
        self._patience = patience if patience is not None else Patience()
        self._renewal = Renewal(stream, self._patience, clock)
        self._thread = PatientThread("depthview-web-video")
        self._decoder: Decoder | None = None
        self._waiting: deque[Frame | Notice] = deque()
        self._seq = 0
        self._last_s: float | None = None
        self._skip_until_s: float | None = None
        self._resume_s: float | None = None
        self._offset_s = 0.0
        self._given_at = time.monotonic()
        self._signs: dict[int, int] = {}
        self._attempts = 0
        self._next_try = 0.0
        self._ended = False
        try:
            decoder = self._open_decoder()
        except (InputLost, TimeoutError) as error:
            self._thread.end()
            raise sentence_for(stream, error) from error
        except BaseException:
            self._thread.end()
            raise
        self._decoder = decoder
        live = stream.live or (stream.streaming_list and decoder.duration_s is None)
        self._ranges = ranges or stream.streaming_list
        self._info = SourceInfo(
            kind=SourceKind.LIVE if live else SourceKind.VIDEO,
            title=stream.title,
            identity=identity if identity is not None else identity_of(stream.page or stream.address),
            size_hw=decoder.size_hw,
            fps=decoder.fps,
            duration_s=None if live else decoder.duration_s,
            seekable=self._ranges and decoder.seekable and not live,
            hint=decoder.stereo,
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | Notice | None:
        self._stop.raise_if_stopped()
        while True:
            if self._waiting:
                return self._waiting.popleft()
            if self._ended:
                return None
            if self._decoder is None:
                return self._take_up_again()
            if (fresh := self._renewal.ahead(self._stream)) is not None:
                self._stream = fresh
                return self._lose("The video's address is renewed before it expires", trouble=False)
            item = self._read_decoder(self._decoder)
            if isinstance(item, Picture):
                frame = self._to_frame(item)
                if frame is not None:
                    return frame
            elif item is not None:
                return item
            else:
                return None

    def _read_decoder(self, decoder: Decoder) -> Picture | Notice | None:
        try:
            item = self._run(decoder.read, self._patience.stall_s + 1.0)
        except (InputLost, TimeoutError):
            return self._lose(f"The connection to {host_of(self._stream.address)} was lost{self._at()}")
        if isinstance(item, Damage):
            return self._doubt(f"Data did not arrive whole{self._at()}") or item
        if isinstance(item, Notice):
            return item
        if item is None:
            return self._at_end()
        gap = self._gap_before(item)
        if gap is not None:
            notice = self._doubt(f"A part of the video did not arrive{self._at()}")
            if notice is not None:
                return notice
            frame = self._to_frame(item)
            if frame is not None:
                self._waiting.append(frame)
            return gap
        return item

    def _at_end(self) -> Notice | None:
        duration_s, last_s = self._info.duration_s, self._last_s
        if self._info.kind is SourceKind.LIVE:
            return self._lose("The broadcast stopped")
        if duration_s is not None and duration_s - (last_s or 0.0) > max(0.5, 3 / (self._info.fps or 25)):
            notice = self._doubt(f"The connection ended early{self._at()}")
            if notice is not None:
                return notice
        self._ended = True
        return None

    def _gap_before(self, picture: Picture) -> Notice | None:
        """In a streaming list, a hole in time is a segment that FFmpeg passed over."""
        if not self._stream.streaming_list or self._info.kind is SourceKind.LIVE or self._last_s is None:
            return None
        if picture.pts_s - self._last_s <= max(0.5, 5 / (self._info.fps or 25)):
            return None
        return Notice(f"The video from {self._last_s:.1f} s to {picture.pts_s:.1f} s could not be read and was skipped")

    def _doubt(self, text: str) -> Notice | None:
        """Open again for a sign of loss; None when it came again here, so that it is to be believed."""
        place = round(1000 * (self._last_s if self._last_s is not None else -1.0))
        seen = self._signs[place] = self._signs.get(place, 0) + 1
        if len(self._signs) > 1000:
            self._signs.clear()
        if seen == 1:
            return self._lose(text)
        if seen == 2 and self._renewal.allowed:
            notice = self._lose(text)
            self._renewal.begin(self._stream)
            return notice
        return None

    def _lose(self, text: str, *, trouble: bool = True) -> Notice:
        self._drop_decoder()
        if self._resume_s is None and self._skip_until_s is None:
            self._skip_until_s = self._last_s
        self._attempts = 0
        self._next_try = time.monotonic()
        return Notice(text, trouble)

    def _take_up_again(self) -> Notice | None:
        told_at = time.monotonic()
        while True:
            self._stop.raise_if_stopped()
            if time.monotonic() - told_at > self._patience.notice_every_s:
                return Notice(f"Still waiting for {host_of(self._stream.page or self._stream.address)}")
            try:
                if self._renewal.running:
                    fresh = self._renewal.poll(_LOOK_S)
                    if fresh is None:
                        continue
                    self._stream = fresh
                elif time.monotonic() < self._next_try:
                    self._stop.wait(min(_LOOK_S, max(0.0, self._next_try - time.monotonic())))
                    continue
                decoder = self._open_decoder()
            except (UserError, TimeoutError) as error:
                self._after_failure(error)
                if self._ended:
                    return None
                continue
            return self._go_on_with(decoder)

    def _after_failure(self, error: Exception) -> None:
        """Decide what comes next: a fresh address, a pause, or the end of patience (raises UserError)."""
        code, cause = refusal_of(error)
        # A list whose every segment is refused is "invalid data" to FFmpeg.
        if self._stream.page is not None and (code is not None or isinstance(cause, av.error.InvalidDataError)):
            if self._renewal.allowed:
                self._renewal.begin(self._stream)
                return
            self._attempts = self._patience.attempts
        self._attempts += 1
        pause_s = min(self._patience.longest_pause_s, self._patience.first_pause_s * 2 ** (self._attempts - 1))
        self._next_try = time.monotonic() + pause_s
        if self._attempts < (2 if code is not None else self._patience.attempts):
            return
        self._attempts = 0
        if code in (404, 410) and self._info.kind is SourceKind.LIVE:
            self._ended = True
            return
        raise sentence_for(self._stream, error) from cause

    def _go_on_with(self, decoder: Decoder) -> Notice | None:
        if self._info.kind is SourceKind.LIVE:
            if decoder.duration_s is not None and not self._stream.live:
                # What was a broadcast is now a finished list: it would begin again.
                decoder.close()
                self._ended = True
                return None
            self._offset_s = (self._last_s or 0.0) + time.monotonic() - self._given_at
            self._skip_until_s = self._resume_s = None
            self._decoder = decoder
            return Notice("The broadcast is back", trouble=False)
        self._decoder = decoder
        target_s = self._resume_s if self._resume_s is not None else self._skip_until_s
        if target_s and self._ranges and decoder.seekable:
            lost = self._seek_decoder(decoder, target_s)
            if lost is not None:
                return lost
        if self._resume_s is not None:
            self._skip_until_s = self._resume_s - 2 * _SAME_MOMENT_S
            self._resume_s = None
        return Notice(f"The video goes on{self._at()}", trouble=False)

    def seek(self, pts_s: float) -> None:
        self._waiting.clear()
        self._ended = False
        self._last_s = None
        self._skip_until_s = None
        self._resume_s = max(0.0, pts_s)
        if self._decoder is not None:
            lost = self._seek_decoder(self._decoder, self._resume_s)
            if lost is None:
                self._resume_s = None
            else:
                self._waiting.append(lost)

    def _seek_decoder(self, decoder: Decoder, pts_s: float) -> Notice | None:
        # Decoder.seek may land three times before it is exact; each landing has the time-out of one read.
        try:
            self._run(lambda: decoder.seek(pts_s), 1.25 * self._patience.stall_s)
        except (UserError, TimeoutError):
            return self._lose(f"The connection was lost while looking for {pts_s:.1f} s")
        return None

    def close(self) -> None:
        self._renewal.cancel()
        self._drop_decoder()
        self._ended = True
        self._waiting.clear()
        self._thread.end()

    def _to_frame(self, picture: Picture) -> Frame | None:
        if self._skip_until_s is not None:
            if picture.pts_s <= self._skip_until_s + _SAME_MOMENT_S:
                return None
            self._skip_until_s = None
        image = picture.image
        if image.shape[:2] != self._info.size_hw:
            height, width = self._info.size_hw
            image = np.ascontiguousarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        pts_s = self._offset_s + picture.pts_s
        frame = Frame(image, None, self._seq, pts_s, time.perf_counter())
        self._seq += 1
        self._last_s = pts_s
        self._given_at = time.monotonic()
        return frame

    def _open_decoder(self) -> Decoder:
        stream, patience = self._stream, self._patience
        opened: list[Decoder] = []

        def work() -> None:
            opened.append(
                Decoder(
                    stream.address,
                    options=decoder_options(stream, patience),
                    timeout_s=(patience.answer_s, patience.stall_s),
                    low_delay=stream.live,
                    container="hls" if stream.streaming_list else None,
                )
            )

        def if_late() -> None:
            for decoder in opened:
                decoder.close()

        self._thread.run(work, timeout_s=patience.answer_s + 1.0, stop=self._stop, if_late=if_late)
        return opened[0]

    def _drop_decoder(self) -> None:
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            with contextlib.suppress(TimeoutError, UserError):
                self._thread.run(decoder.close, timeout_s=1.0)

    def _run(self, work: Callable[[], T], timeout_s: float) -> T:
        decoder = self._decoder

        def if_late() -> None:
            if decoder is not None:
                decoder.close()

        try:
            return self._thread.run(work, timeout_s=timeout_s, stop=self._stop, if_late=if_late)
        except (Stopped, TimeoutError):
            # The thread that was left behind closes it.
            self._decoder = None
            raise

    def _at(self) -> str:
        return "" if self._last_s is None else f" at {self._last_s:.1f} s"
