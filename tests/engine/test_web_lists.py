"""Streaming lists and broadcasts: refused parts, silence, an end; and what a remote list may never read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame
from depthview.engine.sources.base import Notice, Source, SourceKind
from depthview.engine.sources.web_stream import Stream, decoder_options
from tests.engine.coded_clips import coded_clip, number_in
from tests.engine.web_reading import COUNT, FPS, QUICK, assert_whole, next_frame, numbers, read_all
from tests.engine.web_server import Reply, Request, WebServer


@pytest.fixture(scope="module")
def hls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A list and its five segments of 20 frames."""
    folder = tmp_path_factory.mktemp("hls")
    how = {"hls_time": "0.8", "hls_list_size": "0", "hls_segment_filename": str(folder / "s%d.ts")}
    coded_clip(folder / "list.m3u8", COUNT, fmt="hls", container=how, gop=20)
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def hls_pages(hls: dict[str, bytes]) -> dict[str, Reply | Callable[[Request], Reply]]:
    types = {"m3u8": "application/vnd.apple.mpegurl", "ts": "video/mp2t"}
    return {f"/{name}": Reply(body, types[name.rpartition(".")[2]]) for name, body in hls.items()}


# --- a streaming list


def test_a_streaming_list_is_read_whole(web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]) -> None:
    web.pages.update(hls_pages(hls))
    source = opened(web.url("/list.m3u8"))
    assert source.info.kind is SourceKind.VIDEO
    assert source.info.duration_s == pytest.approx(4.0, abs=0.1)
    assert_whole(read_all(source)[0])
    for n in (61, 3, 99):
        source.seek(n / FPS - 0.001)
        assert number_in(next_frame(source).image) == n


def test_a_list_is_known_by_its_first_line_not_its_name(
    web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]
) -> None:
    web.pages.update(hls_pages(hls))
    web.pages["/play"] = Reply(hls["list.m3u8"].replace(b"s2.ts", b"part?number=2"), "text/plain")
    web.pages["/part"] = Reply(hls["s2.ts"], "application/octet-stream")
    assert_whole(read_all(opened(web.url("/play")))[0])


def test_a_segment_refused_for_a_while_costs_no_frame(
    web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]
) -> None:
    web.pages.update(hls_pages(hls))
    whole = Reply(hls["s2.ts"], "video/mp2t")
    web.pages["/s2.ts"] = lambda request: whole if web.asked("/list.m3u8") > 2 else Reply(status=403)
    frames, notices = read_all(opened(web.url("/list.m3u8")))
    assert_whole(frames)
    assert notices[0].trouble


def test_a_segment_that_is_gone_is_passed_over_and_told(
    web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]
) -> None:
    web.pages.update(hls_pages(hls))
    web.pages["/s2.ts"] = Reply(status=404)
    frames, notices = read_all(opened(web.url("/list.m3u8")))
    assert numbers(frames) == [*range(40), *range(60, 100)]
    assert any(n.text == "The video from 1.6 s to 2.4 s could not be read and was skipped" for n in notices)


@dataclass
class Broadcast:
    """A list without an end: every time it is asked for, one more segment is on it, and old ones leave it."""

    web: WebServer
    hls: dict[str, bytes]
    silent: bool = False
    ended: bool = False
    shown: int = 1

    def __post_init__(self) -> None:
        self.web.pages.update(hls_pages(self.hls))
        self.web.pages["/live.m3u8"] = self.listing

    def listing(self, request: Request) -> Reply:
        if self.silent:
            return Reply(status=503)
        if not self.ended:
            self.shown = min(self.shown + 1, len(self.hls) - 1)
        head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n"
        lines = "".join(f"#EXTINF:0.8,\ns{n}.ts\n" for n in range(self.shown))
        end = "#EXT-X-ENDLIST\n" if self.ended else ""
        return Reply((head + lines + end).encode(), "application/vnd.apple.mpegurl")


def test_a_broadcast_is_live(web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]) -> None:
    Broadcast(web, hls)
    source = opened(web.url("/live.m3u8"))
    assert source.info.kind is SourceKind.LIVE
    assert not source.info.seekable
    assert source.info.duration_s is None
    frames = [next_frame(source) for _ in range(50)]
    seen = numbers(frames)
    assert seen == list(range(seen[0], seen[0] + 50))


def test_a_broadcast_that_falls_silent_comes_back(
    web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]
) -> None:
    site = Broadcast(web, hls)
    source = opened(web.url("/live.m3u8"))
    frames = [next_frame(source) for _ in range(10)]
    site.silent = True
    while isinstance(item := source.read(), Frame):
        frames.append(item)
    assert isinstance(item, Notice)
    assert item.trouble
    site.silent = False
    back = source.read()
    assert isinstance(back, Notice)
    assert not back.trouble
    frames.append(next_frame(source))
    times = [f.pts_s for f in frames]
    assert times == sorted(set(times)), "its own clock goes on, whatever the stream's does"
    assert [f.seq for f in frames] == list(range(len(frames)))


def test_a_broadcast_that_ends_ends(web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]) -> None:
    site = Broadcast(web, hls)
    source = opened(web.url("/live.m3u8"))
    next_frame(source)
    site.ended = True
    frames, notices = read_all(source)
    assert numbers(frames)[-1] == site.shown * 20 - 1
    assert source.read() is None
    assert len(notices) <= 1


def test_a_broadcast_whose_list_is_taken_away_ends(
    web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]
) -> None:
    Broadcast(web, hls)
    source = opened(web.url("/live.m3u8"))
    next_frame(source)
    web.pages["/live.m3u8"] = Reply(status=404)
    _, notices = read_all(source)
    assert [n.text for n in notices if n.trouble] == [notices[0].text]
    assert source.read() is None


# --- what a remote list may not do


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A clip on this disk whose frames are numbered from 0 like the others, but which is three times as wide."""
    return coded_clip(tmp_path / "secret.ts", 20, fmt="mpegts", size_hw=(96, 528))


def evil_lists(hls: dict[str, bytes], secret: Path) -> dict[str, bytes]:
    listing = hls["list.m3u8"].decode()
    only = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.8,\n{}\n#EXT-X-ENDLIST\n"
    master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n"
    return {
        "file address": listing.replace("s2.ts", secret.as_uri()).encode(),
        "absolute path": listing.replace("s2.ts", str(secret)).encode(),
        "concat": listing.replace("s2.ts", f"concat:{secret}").encode(),
        "subfile": listing.replace("s2.ts", f"subfile,,start,0,end,0,,:{secret}").encode(),
        "file address alone": only.format(secret.as_uri()).encode(),
        "bare path alone": only.format(secret).encode(),
        "list on disk": master.format(secret.with_suffix(".m3u8").as_uri()).encode(),
    }


@pytest.mark.parametrize(
    "kind",
    ["file address", "absolute path", "concat", "subfile", "file address alone", "bare path alone", "list on disk"],
)
def test_a_remote_list_cannot_make_it_read_a_local_file(
    web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes], secret: Path, kind: str
) -> None:
    secret.with_suffix(".m3u8").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.8,\n{secret}\n#EXT-X-ENDLIST\n"
    )
    web.pages.update(hls_pages(hls))
    web.pages["/evil.m3u8"] = Reply(evil_lists(hls, secret)[kind], "application/vnd.apple.mpegurl")
    try:
        frames, _ = read_all(opened(web.url("/evil.m3u8")))
    except UserError:
        return
    assert numbers(frames) == [*range(40), *range(60, 100)], "the segment on disk must be missing, the rest there"


def test_the_same_list_would_read_it_if_files_were_allowed(web: WebServer, hls: dict[str, bytes], secret: Path) -> None:
    """So that the tests above prove the guard and not an accident."""
    from depthview.engine.sources.decode import Decoder

    web.pages["/evil.m3u8"] = Reply(evil_lists(hls, secret)["file address alone"], "application/vnd.apple.mpegurl")
    options = decoder_options(Stream(web.url("/evil.m3u8"), "evil"), QUICK)
    decoder = Decoder(web.url("/evil.m3u8"), options=options | {"protocol_whitelist": "file,http,tcp"})
    assert decoder.size_hw == (96, 528)
    decoder.close()


def test_a_segment_that_redirects_to_a_local_file_is_not_read(
    web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes], secret: Path
) -> None:
    web.pages.update(hls_pages(hls))
    web.pages["/s2.ts"] = Reply(status=302, location=secret.as_uri())
    frames, _ = read_all(opened(web.url("/list.m3u8")))
    assert numbers(frames) == [*range(40), *range(60, 100)]
