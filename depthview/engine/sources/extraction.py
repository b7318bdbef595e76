"""The parent of `extract.py`: asks yt-dlp in a child process for the stream behind a page, and can stop asking."""

import contextlib
import json
import subprocess
import sys
import time
from typing import Any

import psutil

from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER
from depthview.engine.progress import StopToken
from depthview.engine.sources.extract import DIRECT_FIRST, LONGEST_S
from depthview.engine.sources.web_address import checked_address, expires_at
from depthview.engine.sources.web_messages import extraction_error
from depthview.engine.sources.web_stream import Stream

_POLL_S = 0.1


class Extraction:
    """One question to yt-dlp, in the background. `poll` until it gives a Stream; `cancel` at any time."""

    def __init__(self, page: str, formats: str = DIRECT_FIRST, *, longest_s: float = LONGEST_S) -> None:
        self._page = page
        self._deadline = time.monotonic() + longest_s
        self._child = subprocess.Popen(
            [sys.executable, "-m", "depthview.engine.sources.extract", page, formats],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # `-m` imports from the working folder first: there may be no DepthView, or a stranger's yt_dlp.py.
            cwd=IMPORT_FOLDER,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def poll(self, wait_s: float = 0.0) -> Stream | None:
        """The answer, or None when it is not there after `wait_s`. Raises UserError when there is no video."""
        try:
            out, err = self._child.communicate(timeout=max(wait_s, 0.001))
        except subprocess.TimeoutExpired:
            if time.monotonic() < self._deadline:
                return None
            self.cancel()
            raise extraction_error(self._page, [], "timed out", []) from None
        return self._read_answer(out, err)

    def wait(self, stop: StopToken | None) -> Stream:
        """Block until there is an answer. Raises Stopped within a moment of the token, UserError as `poll` does."""
        try:
            while (stream := self.poll(_POLL_S)) is None:
                if stop is not None:
                    stop.raise_if_stopped()
        except BaseException:
            self.cancel()
            raise
        return stream

    def cancel(self) -> None:
        """End the child and what it started (a JavaScript runtime)."""
        if self._child.poll() is None:
            with contextlib.suppress(psutil.Error):
                for process in psutil.Process(self._child.pid).children(recursive=True):
                    with contextlib.suppress(psutil.Error):
                        process.kill()
            self._child.kill()
        with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
            self._child.communicate(timeout=2)

    def _read_answer(self, out: bytes, err: bytes) -> Stream:
        try:
            answer: dict[str, Any] = json.loads(out)
        except ValueError as error:
            raise UserError(
                "The program that looks for the video failed; update yt-dlp (pip install -U yt-dlp): {path}",
                path=self._page,
                details=err.decode(errors="replace")[-4000:],
            ) from error
        if "error" in answer:
            said = answer["error"]
            raise extraction_error(self._page, said["kinds"], said["text"], said["warnings"])
        video: dict[str, Any] = answer["video"]
        if video.get("has_drm"):
            raise extraction_error(self._page, [], "DRM", [])
        address = checked_address(str(video["url"]))
        return Stream(
            address=address,
            title=str(video.get("title") or video.get("id") or self._page),
            page=self._page,
            headers={str(k): str(v) for k, v in (video.get("http_headers") or {}).items()},
            cookies=str(video.get("cookies") or ""),
            live=bool(video.get("is_live")) or video.get("live_status") == "is_live",
            streaming_list="m3u8" in str(video.get("protocol")),
            expires_at=expires_at(address),
        )
