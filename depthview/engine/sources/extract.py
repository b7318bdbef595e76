"""The child process that asks yt-dlp: `python -m depthview.engine.sources.extract ADDRESS [FORMATS]`, JSON on stdout.

A process of its own, because yt-dlp cannot be interrupted and runs code that changes from week to week: it can be
stopped within a moment, and nothing it does takes the window down. The parent is `extraction.py`.
"""

import contextlib
import json
import os
import sys
import threading
from typing import Any

DIRECT_FIRST = (
    "bv*[height<=1080][vcodec^=avc1][protocol^=http]/bv*[height<=1080][ext=mp4]/b[height<=1080]/bv*[height<=1080]/b/bv*"
)
"""One stream that decodes cheaply (avc1), up to 1080 lines; sound is not needed."""

STREAMING_LIST_FIRST = "bv*[height<=1080][protocol^=m3u8]/b[height<=1080][protocol^=m3u8]/" + DIRECT_FIRST
"""For when a site refuses its plain files: the streaming list often still works."""

LONGEST_S = 60.0

_KEPT = (
    "url", "protocol", "http_headers", "cookies", "title", "id", "extractor", "webpage_url", "is_live", "live_status",
    "duration", "width", "height", "fps", "ext", "vcodec", "release_timestamp", "has_drm",
)  # fmt: skip


class _Log:
    """Keeps yt-dlp's warnings for the report; stdout belongs to the answer."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, text: str) -> None:
        pass

    def info(self, text: str) -> None:
        pass

    def warning(self, text: str) -> None:
        self.warnings.append(text[:500])

    def error(self, text: str) -> None:
        self.warnings.append(text[:500])


def ask_yt_dlp(address: str, formats: str, extractor: Any = None) -> dict[str, Any]:
    """{"video": {...}} with the chosen format's address, headers and cookies, or {"error": {...}}.

    `extractor`: a yt-dlp InfoExtractor to ask instead of the one that yt-dlp would pick.
    """
    # Plug-ins would be code from the person's own folders, run in our name.
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    import yt_dlp
    from yt_dlp.utils import YoutubeDLError

    log = _Log()
    options: dict[str, Any] = {
        "quiet": True,
        "no_warnings": False,
        "logger": log,
        "noplaylist": True,
        "playlist_items": "1",
        "socket_timeout": 10,
        "retries": 2,
        "extractor_retries": 1,
        "format": formats,
        "enable_file_urls": False,
        "skip_download": True,
        "check_formats": False,
        "js_runtimes": {"deno": {}},
    }
    try:
        with yt_dlp.YoutubeDL(options) as ydl:
            if extractor is not None:
                ydl.add_info_extractor(extractor)
            key = None if extractor is None else extractor.ie_key()
            info = ydl.sanitize_info(ydl.extract_info(address, download=False, ie_key=key))
    except YoutubeDLError as error:
        return {"error": {"kinds": _kinds(error), "text": str(error)[:2000], "warnings": log.warnings[:20]}}
    while info and info.get("entries"):
        info = next((entry for entry in info["entries"] if entry), None)
    if not info or not info.get("url"):
        upcoming = bool(info) and info.get("live_status") == "is_upcoming"
        text = "is_upcoming" if upcoming else "No video formats found"
        return {"error": {"kinds": ["NoVideo"], "text": text, "warnings": log.warnings[:20]}}
    return {"video": {key: info.get(key) for key in _KEPT}, "warnings": log.warnings[:20]}


def _kinds(error: BaseException) -> list[str]:
    """The class names of an error and of what it was raised from; yt-dlp wraps what matters in DownloadError."""
    kinds: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(kinds) < 10:
        kinds.append(type(seen).__name__)
        wrapped = getattr(seen, "exc_info", None)
        inner = wrapped[1] if isinstance(wrapped, tuple) and len(wrapped) > 1 else None
        cause = getattr(seen, "cause", None)
        candidates = (inner, cause, seen.__cause__)
        seen = next((c for c in candidates if isinstance(c, BaseException) and c is not seen), None)
    return kinds


def main() -> int:
    # Should the parent die, nobody is left to stop this process.
    watchdog = threading.Timer(LONGEST_S, os._exit, (3,))
    watchdog.daemon = True
    watchdog.start()
    formats = sys.argv[2] if len(sys.argv) > 2 else DIRECT_FIRST
    with contextlib.redirect_stdout(sys.stderr):
        answer = ask_yt_dlp(sys.argv[1], formats)
    json.dump(answer, sys.stdout)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
