"""Video files: one that holds both eyes, or one for each eye, paired by their frames' own times."""

import time
from collections import deque
from pathlib import Path

from depthview.engine.frames import Frame, Layout, LayoutGuess
from depthview.engine.sources.base import Notice, SourceInfo, SourceKind
from depthview.engine.sources.decode import Decoder, Picture
from depthview.engine.sources.lens import film_fov_deg
from depthview.engine.stereo.eyes.split import matched_size

_DEFAULT_FPS = 25.0
_TIMEOUT_S = (20.0, 20.0)
"""For opening and for every read: a sleeping disk needs ten seconds, a network drive that is gone never answers."""

_SAME_MOMENT_S = 1e-6


class VideoFileSource:
    """One video file. Damage in it comes as notices; used by one thread."""

    def __init__(self, path: Path) -> None:
        """Raises UserError when this is not a video that can be read."""
        # From the root: FFmpeg would take "12:30.mp4" for an address of the protocol "12".
        self._decoder = Decoder(str(path.absolute()), timeout_s=_TIMEOUT_S, called=str(path))
        self._seq = 0
        decoder = self._decoder
        self._info = SourceInfo(
            SourceKind.VIDEO,
            path.name,
            str(path.resolve()),
            decoder.size_hw,
            fps=decoder.fps,
            duration_s=decoder.duration_s,
            seekable=decoder.seekable,
            hint=decoder.stereo,
            fov_deg=film_fov_deg(decoder.words, decoder.size_hw),
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | Notice | None:
        got = self._decoder.read()
        if not isinstance(got, Picture):
            return got
        frame = Frame(got.image, None, self._seq, got.pts_s, time.perf_counter())
        self._seq += 1
        return frame

    def seek(self, pts_s: float) -> None:
        self._decoder.seek(pts_s)

    def close(self) -> None:
        self._decoder.close()


class _Track:
    """One eye's video with a look at the picture ahead."""

    def __init__(self, path: Path, eye: str, notices: deque[Notice]) -> None:
        self._eye = eye
        self._notices = notices
        self.decoder = Decoder(str(path.absolute()), timeout_s=_TIMEOUT_S, called=str(path))
        self.fps = self.decoder.fps or _DEFAULT_FPS
        self._ahead: Picture | None = None

    def peek(self) -> Picture | None:
        """The next picture, kept; None at the end."""
        while self._ahead is None:
            got = self.decoder.read()
            if isinstance(got, Notice):
                self._notices.append(Notice(f"The {self._eye} video: {got.text}", got.trouble))
                continue
            if got is None:
                return None
            self._ahead = got
        return self._ahead

    def take(self) -> None:
        self._ahead = None

    def seek(self, pts_s: float) -> Picture | None:
        self._ahead = None
        self.decoder.seek(pts_s)
        return self.peek()


class TwoVideoSource:
    """A video file for each eye.

    The slower of the two sets the pace; each of its frames gets the other's nearest in time, at most half of the slower
    one's frame away. Ends with the shorter one and says so. Used by one thread.
    """

    def __init__(self, left: Path, right: Path) -> None:
        """Raises UserError when one is not a video that can be read, or their pictures differ in shape."""
        self._notices: deque[Notice] = deque()
        self._left = _Track(left, "left", self._notices)
        try:
            self._right = _Track(right, "right", self._notices)
        except BaseException:
            self._left.decoder.close()
            raise
        self._seq = 0
        self._behind: Picture | None = None
        self._end_s = 0.0
        self._end_told = False
        self._gap_told = False
        right_leads = self._right.fps < self._left.fps * 0.99
        self._lead, self._other = (self._right, self._left) if right_leads else (self._left, self._right)
        self._tolerance_s = 0.5 / self._lead.fps
        try:
            self._compare(right)
        except BaseException:
            self.close()
            raise
        lengths = [d for d in (self._left.decoder.duration_s, self._right.decoder.duration_s) if d is not None]
        self._info = SourceInfo(
            SourceKind.VIDEO,
            f"{left.name} + {right.name}",
            f"{left.resolve()} | {right.resolve()}",
            self._left.decoder.size_hw,
            fps=self._lead.decoder.fps,
            duration_s=min(lengths, default=None),
            seekable=self._left.decoder.seekable and self._right.decoder.seekable,
            hint=LayoutGuess(Layout.SEPARATE, False, "each eye has its own video", certain=True),
            fov_deg=film_fov_deg(self._left.decoder.words, self._left.decoder.size_hw),
        )

    def _compare(self, right: Path) -> None:
        first, second = self._left.peek(), self._right.peek()
        if first is not None and second is not None:
            matched_size(second.image, first.image, where=str(right))
        (height, width), (right_h, right_w) = self._left.decoder.size_hw, self._right.decoder.size_hw
        if (height, width) != (right_h, right_w):
            self._notices.append(
                Notice(f"The right video has {right_w} x {right_h} pixels and is scaled to {width} x {height}")
            )
        if self._lead.fps < self._other.fps * 0.99:
            self._notices.append(
                Notice(
                    f"The videos run at {self._left.fps:.3g} and {self._right.fps:.3g} frames a second; "
                    "the slower one sets the pace"
                )
            )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | Notice | None:
        if not self._notices:
            frame = self._pair()
            # What was noticed on the way belongs before the frame it led to; the frame is still there afterwards.
            if not self._notices:
                return self._give(frame)
        return self._notices.popleft()

    def _give(self, pair: tuple[Picture, Picture] | None) -> Frame | Notice | None:
        if pair is None:
            return self._end()
        led, met = pair
        self._lead.take()
        self._end_s = led.pts_s + 1 / self._lead.fps
        first, second = (led, met) if self._lead is self._left else (met, led)
        right = matched_size(second.image, first.image)
        frame = Frame(first.image, right, self._seq, led.pts_s, time.perf_counter())
        self._seq += 1
        return frame

    def _pair(self) -> tuple[Picture, Picture] | None:
        """The leading track's next picture that has a partner, and that partner; None at the end. Takes neither."""
        while (led := self._lead.peek()) is not None:
            met = self._nearest(led.pts_s)
            if met is None:
                return None
            if abs(met.pts_s - led.pts_s) <= self._tolerance_s + _SAME_MOMENT_S:
                return led, met
            if met.pts_s < led.pts_s and self._other.peek() is None:
                return None
            self._lead.take()
            if not self._gap_told:
                self._gap_told = True
                self._notices.append(Notice(f"At {led.pts_s:.2f} s one video has no frame; such moments are left out"))
        return None

    def _nearest(self, pts_s: float) -> Picture | None:
        """The other track's picture nearest to a moment; goes forward only."""
        while (ahead := self._other.peek()) is not None and ahead.pts_s <= pts_s:
            self._behind = ahead
            self._other.take()
        if ahead is None or self._behind is None:
            return ahead or self._behind
        return self._behind if pts_s - self._behind.pts_s <= ahead.pts_s - pts_s else ahead

    def _end(self) -> Notice | None:
        """Once, which of the two was shorter."""
        led, ahead = self._lead.peek(), self._other.peek()
        if self._end_told:
            return None
        self._end_told = True
        if led is not None:
            shorter, end_s = self._other, (self._behind.pts_s if self._behind else 0.0) + 1 / self._other.fps
        elif ahead is not None and ahead.pts_s + 1 / self._other.fps > self._end_s + self._tolerance_s:
            shorter, end_s = self._lead, self._end_s
        else:
            return None
        name = "left" if shorter is self._left else "right"
        return Notice(f"The {name} video is the shorter one and ends at {end_s:.1f} s; the other stops there too")

    def seek(self, pts_s: float) -> None:
        self._behind = None
        back_s = self._tolerance_s + _SAME_MOMENT_S
        led = self._lead.seek(pts_s)
        if led is None:
            return
        self._other.seek(min(pts_s, led.pts_s) - back_s)
        if self._pair() is not None:
            return
        # The other one ends before the target: the last moment that both have.
        met = self._behind or self._other.peek()
        self._behind = None
        if met is not None and (led := self._lead.seek(met.pts_s - back_s)) is not None:
            self._other.seek(min(met.pts_s, led.pts_s) - back_s)

    def close(self) -> None:
        self._left.decoder.close()
        self._right.decoder.close()
        self._left.take()
        self._right.take()
        self._behind = None
