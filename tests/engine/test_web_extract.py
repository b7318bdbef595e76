"""yt-dlp in its child process, against pages on this machine; and its errors, raised by itself, as sentences."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.frames import Frame
from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Notice, Source, SourceKind
from depthview.engine.sources.extract import DIRECT_FIRST, STREAMING_LIST_FIRST, ask_yt_dlp
from depthview.engine.sources.extraction import Extraction
from depthview.engine.sources.renewal import Renewal
from depthview.engine.sources.web import open_web
from depthview.engine.sources.web_messages import extraction_error
from depthview.engine.sources.web_stream import Patience, Stream
from depthview.engine.sources.web_video import WebVideo
from tests.engine.coded_clips import coded_clip, number_in
from tests.engine.live_fakes import wait_until
from tests.engine.web_server import Reply, Request, WebServer

COUNT = 100
QUICK = Patience(answer_s=5.0, stall_s=2.0, extract_s=120.0, attempts=3, first_pause_s=0.05, notice_every_s=3.0)
PAGE = "https://video.example/watch?v=1"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return coded_clip(path, COUNT, noise=True, container={"movflags": "faststart"}, size_hw=(240, 320)).read_bytes()


def page(body: str, head: str = "") -> Reply:
    html = f"<!doctype html><html><head><title>A film</title>{head}</head><body>{body}</body></html>"
    return Reply(html.encode(), "text/html; charset=utf-8")


def read_all(source: Source) -> tuple[list[Frame], list[Notice]]:
    frames: list[Frame] = []
    notices: list[Notice] = []
    while (item := source.read()) is not None:
        (frames if isinstance(item, Frame) else notices).append(item)  # type: ignore[arg-type]
        assert len(notices) < 50, notices[-3:]
    source.close()
    return frames, notices


def assert_whole(frames: list[Frame]) -> None:
    assert [number_in(f.image) for f in frames] == list(range(COUNT))
    assert [f.seq for f in frames] == list(range(COUNT))


# --- pages, through the child process


def test_a_page_with_a_video_plays(web: WebServer, clip: bytes) -> None:
    web.pages["/watch"] = page('<video controls><source src="/v.mp4?token=1" type="video/mp4"></video>')
    web.pages["/v.mp4"] = Reply(clip, "video/mp4")
    source = open_web(web.url("/watch?id=7"), patience=QUICK)
    assert source.info.kind is SourceKind.VIDEO
    assert source.info.identity == web.url("/watch?id=7"), "settings belong to the page, not to the file behind it"
    assert source.info.title.startswith("A film")
    assert source.info.seekable
    source.seek(2.0 - 0.001)
    found = source.read()
    assert isinstance(found, Frame)
    assert number_in(found.image) == 50
    sent = web.requests[-1].headers
    assert sent["Referer"] == web.url("/watch?id=7"), "the headers that yt-dlp names go along"
    assert "Lavf" not in sent["User-Agent"]
    source.close()


def test_a_yt_dlp_in_the_working_folder_is_not_run(
    web: WebServer, clip: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens DepthView in a folder of downloads must not run what lies there."""
    trap = "from pathlib import Path\nPath({!r}).touch()\n".format(str(tmp_path / "it ran"))
    for name in ("yt_dlp.py", "depthview.py", "json.py"):
        (tmp_path / name).write_text(trap)
    monkeypatch.chdir(tmp_path)
    web.pages["/watch"] = page('<video src="/v.mp4" type="video/mp4"></video>')
    web.pages["/v.mp4"] = Reply(clip, "video/mp4")
    assert Extraction(web.url("/watch")).wait(None).address == web.url("/v.mp4")
    assert not (tmp_path / "it ran").exists()


def test_a_page_that_names_its_video_in_og_video(web: WebServer, clip: bytes) -> None:
    web.pages["/og"] = page("", f'<meta property="og:video" content="{web.url("/v.mp4")}">')
    web.pages["/v.mp4"] = Reply(clip, "video/mp4")
    assert ask_yt_dlp(web.url("/og"), DIRECT_FIRST)["video"]["url"] == web.url("/v.mp4")


def test_when_the_file_is_refused_the_page_is_asked_for_a_streaming_list(web: WebServer, clip: bytes) -> None:
    """Here the page has none, so what is said is that the file is refused; but yt-dlp was asked a second time."""
    web.pages["/watch"] = page('<video src="/v.mp4" type="video/mp4"></video>')
    web.pages["/v.mp4"] = Reply(status=403)
    with pytest.raises(UserError, match=r"refuses to give this file \(403\)"):
        open_web(web.url("/watch"), patience=QUICK)
    assert web.asked("/watch") >= 3, "the look, and twice by yt-dlp"


def test_a_page_without_a_video(web: WebServer) -> None:
    web.pages["/words"] = page("only words")
    with pytest.raises(UserError, match="No video found at this address") as caught:
        open_web(web.url("/words"), patience=QUICK)
    assert str(caught.value).endswith(web.url("/words"))
    assert "Unsupported URL" in caught.value.details


def test_a_sign_in_page_under_a_video_name(web: WebServer) -> None:
    web.pages["/film.mp4"] = Reply(page("Welcome to the hotel. Please sign in.").body, "video/mp4")
    with pytest.raises(UserError, match="promises a file but gives a web page"):
        open_web(web.url("/film.mp4"), patience=QUICK)


def test_a_page_cannot_point_to_a_local_file(web: WebServer, tmp_path: Path) -> None:
    secret = coded_clip(tmp_path / "secret.mp4", 5)
    web.pages["/evil"] = page(f'<video src="{secret.as_uri()}" type="video/mp4"></video>')
    with pytest.raises(UserError, match="Only http and https"):
        open_web(web.url("/evil"), patience=QUICK)


@dataclass
class Renewing:
    """A page whose video address carries a token, a new one each time the page is fetched.

    Tokens up to `breaking` serve half of the file on one connection and are refused afterwards, like all older than the
    newest when `strict`.
    """

    web: WebServer
    clip: bytes
    breaking: int = -1
    strict: bool = False
    newest: int = 0
    used: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.web.pages["/watch"] = self.watch
        self.web.pages["/v.mp4"] = self.video

    def watch(self, request: Request) -> Reply:
        self.newest += 1
        return page(f'<video src="/v.mp4?token={self.newest}" type="video/mp4"></video>')

    def video(self, request: Request) -> Reply:
        token = int(request.query.partition("&")[0].removeprefix("token="))
        self.used[token] = self.used.get(token, 0) + 1
        if token > self.breaking and (token == self.newest or not self.strict):
            return Reply(self.clip, "video/mp4")
        if token == self.breaking and self.used[token] == 1:
            return Reply(self.clip, "video/mp4", cut_at=len(self.clip) // 2)
        return Reply(status=403)


def test_a_refusal_half_way_asks_the_page_again_and_loses_no_frame(web: WebServer, clip: bytes) -> None:
    site = Renewing(web, clip, strict=True)
    stream = Extraction(web.url("/watch")).wait(None)
    site.breaking = int(stream.address.rpartition("token=")[2])
    source = WebVideo(stream, patience=QUICK)
    frames, notices = read_all(source)
    assert_whole(frames)
    assert [f.pts_s for f in frames] == pytest.approx([n / 25 for n in range(COUNT)], abs=2e-3)
    # On a machine under load yt-dlp takes its time, and that it is waited for is said now and then.
    told = [n for n in notices if not n.text.startswith("Still waiting for ")]
    assert [n.trouble for n in told] == [True, False], told
    assert (notices[0], notices[-1]) == (told[0], told[1]), "what happened comes first, how it ended last"
    assert len(site.used) == 2, "one fresh address was enough"


def test_when_fresh_addresses_are_refused_too_it_says_so(web: WebServer, clip: bytes) -> None:
    site = Renewing(web, clip)
    stream = Stream(web.url("/v.mp4?token=0"), "film", page=web.url("/watch"))
    source = WebVideo(stream, patience=replace(QUICK, renewals=1))
    source.seek(3.0)
    source.read()
    site.breaking = 1000
    source.seek(0.0)  # back: what lies ahead may have come already on the old connection
    with pytest.raises(UserError, match=r"refuses to give this file \(403\)"):
        read_all(source)
    source.close()
    assert site.newest > 0, "the page was asked"


def test_the_page_is_asked_three_times_in_five_minutes_at_most(web: WebServer) -> None:
    stream = Stream(web.url("/v.mp4"), "film", page=web.url("/watch"))
    renewal = Renewal(stream, Patience(), time.time)
    for _ in range(3):
        assert renewal.allowed
        renewal.begin(stream)
        renewal.cancel()
    assert not renewal.allowed
    assert not renewal.running
    later = Renewal(stream, Patience(renewals_within_s=0.0), time.time)
    for _ in range(4):
        assert later.allowed
        later.begin(stream)
        later.cancel()
    assert not Renewal(Stream(web.url("/v.mp4"), "film"), Patience(), time.time).allowed, "no page, nobody to ask"


def test_a_fresh_address_is_asked_for_ahead_of_expiry(web: WebServer, clip: bytes) -> None:
    now = time.time()
    Renewing(web, clip)
    clock = {"now": now}
    stream = Stream(web.url("/v.mp4?token=0"), "film", page=web.url("/watch"), expires_at=now + 5000)
    source = WebVideo(stream, patience=QUICK, clock=lambda: clock["now"])
    seen = [source.read() for _ in range(10)]
    assert all(isinstance(item, Frame) for item in seen)
    assert web.asked("/watch") == 0, "more than ten minutes are left"
    clock["now"] += 4500
    notices: list[Notice] = []
    item = source.read()  # asks, and the old address serves until the new one is there
    seen.append(item)
    wait_until(lambda: source._renewal._extraction is None or source._renewal._extraction._child.poll() is not None)
    while len(notices) < 2:
        item = source.read()
        assert item is not None, "the film ended before the fresh address came"
        if isinstance(item, Notice):
            notices.append(item)
        else:
            seen.append(item)
    rest, more = read_all(source)
    frames = [f for f in [*seen, *rest] if isinstance(f, Frame)]
    assert_whole(frames)
    assert not any(n.trouble for n in notices)
    assert not more
    assert "token=0" not in {r.query.partition("&")[0] for r in web.requests[-1:]}


def test_an_address_that_never_had_ten_minutes_is_not_renewed_ahead(web: WebServer, clip: bytes) -> None:
    Renewing(web, clip)
    stream = Stream(web.url("/v.mp4?token=0"), "film", page=web.url("/watch"), expires_at=time.time() + 300)
    frames, _ = read_all(WebVideo(stream, patience=QUICK))
    assert_whole(frames)
    assert web.asked("/watch") == 0


def test_opening_a_page_stops_within_a_moment_and_leaves_no_process(web: WebServer) -> None:
    """The page stalls for a minute inside yt-dlp; the token ends it, and the child with it."""
    stop = StopToken()
    hits = {"n": 0}

    def watch(request: Request) -> Reply:
        hits["n"] += 1
        if hits["n"] == 1:
            return page("look at me")
        stop.stop()
        return Reply(b"x" * 100, "text/html", cut_at=10, stall_s=60.0)

    web.pages["/slow"] = watch
    with pytest.raises(Stopped):
        open_web(web.url("/slow"), stop=stop, patience=Patience())
    wait_until(lambda: web.stalling > 0, "the stall, which is not waited for to the end")
    assert not [p for p in psutil.Process().children() if "depthview.engine.sources.extract" in p.cmdline()]


def test_a_child_that_takes_too_long_is_ended(web: WebServer) -> None:
    web.pages["/slow"] = Reply(b"x" * 100, "text/html", cut_at=10, stall_s=60.0)
    with pytest.raises(UserError, match=r"No connection to 127\.0\.0\.1"):
        Extraction(web.url("/slow"), longest_s=1.0).wait(None)
    assert not [p for p in psutil.Process().children() if "depthview.engine.sources.extract" in p.cmdline()]


# --- the table: what yt-dlp raises, raised by yt-dlp


def sentence(raising: Callable[[Any], Any]) -> str:
    """What a person reads when an extractor does this, by way of the real YoutubeDL."""
    from yt_dlp.extractor.common import InfoExtractor

    class RaisingIE(InfoExtractor):  # type: ignore[misc]
        _VALID_URL = r"https://video\.example/.*"

        def _real_extract(self, url: str) -> Any:
            return raising(self)

    answer = ask_yt_dlp(PAGE, DIRECT_FIRST, RaisingIE())
    assert "error" in answer, answer
    said = answer["error"]
    error = extraction_error(PAGE, said["kinds"], said["text"], said["warnings"])
    assert str(error).endswith(PAGE)
    assert "Traceback" not in str(error)
    return str(error)


def raises(message: str) -> Callable[[Any], Any]:
    def work(ie: Any) -> Any:
        from yt_dlp.utils import ExtractorError

        raise ExtractorError(message, expected=True)

    return work


def not_live(ie: Any) -> Any:
    from yt_dlp.utils import UserNotLive

    raise UserNotLive(video_id="1")


def unsupported(ie: Any) -> Any:
    from yt_dlp.utils import UnsupportedError

    raise UnsupportedError(PAGE)


def timed_out(ie: Any) -> Any:
    from yt_dlp.networking.exceptions import TransportError
    from yt_dlp.utils import ExtractorError

    cause = TransportError("Read timed out. (read timeout=10.0)")
    raise ExtractorError("Unable to download API page", cause=cause, expected=True) from cause


def only_thumbnails(ie: Any) -> Any:
    """What is left of a YouTube page when every stream is missing: its storyboard."""
    board = {"format_id": "sb0", "url": "https://h/sb.jpg", "vcodec": "none", "acodec": "none", "ext": "mhtml"}
    return {"id": "1", "title": "t", "formats": [board | {"protocol": "mhtml"}]}


def only_sabr(ie: Any) -> Any:
    ie.report_warning("Some web client https formats have been skipped as they are missing a URL. YouTube is forcing "
                      "SABR streaming for this client")  # fmt: skip
    return only_thumbnails(ie)


def without_javascript(ie: Any) -> Any:
    ie.report_warning("No supported JavaScript runtime could be found. Only deno is enabled by default")
    return {"id": "1", "title": "t", "formats": []}


def drm(ie: Any) -> Any:
    ie.report_drm("1")


def drm_formats(ie: Any) -> Any:
    return {"id": "1", "title": "t", "formats": [{"format_id": "a", "url": "https://h/x.mp4", "has_drm": True}]}


@pytest.mark.parametrize(
    ("raising", "begins"),
    [
        (unsupported, "No video found at this address"),
        (lambda ie: ie.raise_geo_restricted(countries=["KR"]), "This video is blocked in your country"),
        (raises("The uploader has not made this video available in your country"), "This video is blocked in your"),
        (raises("Sign in to confirm you\N{RIGHT SINGLE QUOTATION MARK}re not a bot. Use --cookies-from-browser"),
         "The site is limiting this network"),
        (raises("This content isn't available, try again later. The current session has been rate-limited by YouTube"),
         "The site is limiting this network"),
        (raises("Sign in to confirm your age. This video may be inappropriate for some users."),
         "This video needs a signed-in account"),
        (raises("Private video. Sign in if you've been granted access to this video"), "This video needs a signed-in"),
        (raises("Join this channel to get access to members-only content like this video, and other exclusive perks."),
         "This video needs a signed-in account"),
        (lambda ie: ie.raise_login_required(), "This video needs a signed-in account"),
        (not_live, "This channel is not live now"),
        (raises("This live event will begin in 5 days."), "This broadcast has not begun yet"),
        (raises("Premieres in 3 hours"), "This broadcast has not begun yet"),
        (drm, "This video is protected and cannot be read"),
        (drm_formats, "This video is protected and cannot be read"),
        (only_thumbnails, "The site offers no stream that can be opened right now; update yt-dlp"),
        (only_sabr, "The site offers no stream that can be opened right now; update yt-dlp"),
        (without_javascript, "YouTube needs a small helper, Deno"),
        (raises("Video unavailable. This video has been removed by the uploader"), "This video is no longer there"),
        (timed_out, "No connection to video.example"),
        (raises("Something nobody has seen before"), "No video could be opened at this address"),
    ],
)  # fmt: skip
def test_what_yt_dlp_says_becomes_a_sentence(raising: Callable[[Any], Any], begins: str) -> None:
    assert sentence(raising).startswith(begins)


@pytest.mark.parametrize(
    ("status", "begins"),
    [
        (403, "The site does not give this page or video"),
        (404, "The site does not give this page or video"),
        (429, "The site is limiting this network"),
    ],
)
def test_what_a_site_answers_becomes_a_sentence(web: WebServer, status: int, begins: str) -> None:
    web.pages["/page"] = Reply(status=status)
    said = ask_yt_dlp(web.url("/page"), DIRECT_FIRST)["error"]
    error = extraction_error(web.url("/page"), said["kinds"], said["text"], said["warnings"])
    assert str(error).startswith(begins)


FORMATS = [
    {"format_id": "sound", "url": "https://h/s.m4a", "vcodec": "none", "acodec": "mp4a", "ext": "m4a"},
    {"format_id": "vp9", "url": "https://h/1.webm", "vcodec": "vp9", "acodec": "none", "height": 1080, "ext": "webm"},
    {"format_id": "avc", "url": "https://h/2.mp4", "vcodec": "avc1.64", "acodec": "none", "height": 1080, "ext": "mp4"},
    {"format_id": "4k", "url": "https://h/3.mp4", "vcodec": "avc1.64", "acodec": "none", "height": 2160, "ext": "mp4"},
    {"format_id": "hls", "url": "https://h/l.m3u8", "vcodec": "avc1.64", "acodec": "none", "height": 720, "ext": "mp4",
     "protocol": "m3u8_native"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("formats", "chosen"), [(DIRECT_FIRST, "https://h/2.mp4"), (STREAMING_LIST_FIRST, "https://h/l.m3u8")]
)
def test_which_format_is_taken(formats: str, chosen: str) -> None:
    from yt_dlp.extractor.common import InfoExtractor

    class OfferingIE(InfoExtractor):  # type: ignore[misc]
        _VALID_URL = r"https://video\.example/.*"

        def _real_extract(self, url: str) -> Any:
            return {"id": "1", "title": "t", "formats": [dict(f) for f in FORMATS]}

    assert ask_yt_dlp(PAGE, formats, OfferingIE())["video"]["url"] == chosen
