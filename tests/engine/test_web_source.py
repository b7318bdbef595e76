"""Web addresses against a server on this machine that hangs up, stalls, refuses, redirects and lies."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from depthview.engine.errors import Stopped, UserError
from depthview.engine.frames import Frame
from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Notice, Source, SourceKind
from depthview.engine.sources.web import open_web
from depthview.engine.sources.web_address import checked_address, content_of, expires_at, identity_of
from depthview.engine.sources.web_stream import Patience, Stream, cookie_lines, decoder_options
from depthview.engine.sources.web_video import WebVideo
from tests.engine.coded_clips import coded_clip, number_in
from tests.engine.web_server import Reply, Request, WebServer, web_server

COUNT = 100
FPS = 25
QUICK = Patience(answer_s=3.0, stall_s=1.0, extract_s=20.0, attempts=3, first_pause_s=0.05, notice_every_s=3.0)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """100 numbered frames, large enough (noise) that the network is still in the middle of it half way."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return coded_clip(path, COUNT, noise=True, container={"movflags": "faststart"}, size_hw=(240, 320)).read_bytes()


@pytest.fixture(scope="module")
def hls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A list and its five segments of 20 frames."""
    folder = tmp_path_factory.mktemp("hls")
    how = {"hls_time": "0.8", "hls_list_size": "0", "hls_segment_filename": str(folder / "s%d.ts")}
    coded_clip(folder / "list.m3u8", COUNT, fmt="hls", container=how, gop=20)
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture
def opened() -> Iterator[Callable[..., Source]]:
    sources: list[Source] = []

    def opening(address: str, **how: object) -> Source:
        source = open_web(address, **{"patience": QUICK, **how})  # type: ignore[arg-type]
        sources.append(source)
        return source

    yield opening
    for source in sources:
        source.close()


def read_all(source: Source, most: int = 1000) -> tuple[list[Frame], list[Notice]]:
    frames: list[Frame] = []
    notices: list[Notice] = []
    for _ in range(most):
        item = source.read()
        if item is None:
            return frames, notices
        if isinstance(item, Frame):
            frames.append(item)
        else:
            notices.append(item)
    raise AssertionError(f"no end after {most} items: {notices[-3:]}")


def next_frame(source: Source) -> Frame:
    for _ in range(50):
        item = source.read()
        if isinstance(item, Frame):
            return item
        assert item is not None, "the end, where a frame was expected"
    raise AssertionError("only notices")


def web_threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name.startswith("depthview-web")}


def numbers(frames: list[Frame]) -> list[int]:
    return [number_in(f.image) for f in frames]


def assert_whole(frames: list[Frame]) -> None:
    """Every frame once, in order, at its own time, counted without gaps."""
    assert numbers(frames) == list(range(COUNT))
    assert [f.pts_s for f in frames] == pytest.approx([n / FPS for n in range(COUNT)], abs=2e-3)
    assert [f.seq for f in frames] == list(range(COUNT))


def hls_pages(hls: dict[str, bytes]) -> dict[str, Reply | Callable[[Request], Reply]]:
    types = {"m3u8": "application/vnd.apple.mpegurl", "ts": "video/mp2t"}
    return {f"/{name}": Reply(body, types[name.rpartition(".")[2]]) for name, body in hls.items()}


# --- a plain file


def test_a_file_is_read_whole_and_known(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    web.pages["/films/my%20clip.mp4"] = Reply(clip, "video/mp4")
    source = opened(web.url("/films/my clip.mp4?token=abc&v=7"))
    info = source.info
    assert (info.kind, info.size_hw, info.seekable) == (SourceKind.VIDEO, (240, 320), True)
    assert info.duration_s == pytest.approx(COUNT / FPS, abs=0.1)
    assert info.fps == pytest.approx(FPS)
    assert info.title == "my clip.mp4"
    assert info.identity == web.url("/films/my%20clip.mp4?v=7")
    frames, notices = read_all(source)
    assert_whole(frames)
    assert not notices


def test_seek_over_ranges_is_exact(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    web.pages["/a.mp4"] = Reply(clip, "video/mp4")
    source = opened(web.url("/a.mp4"))
    for n in (70, 10, 99, 0, 41):
        source.seek(n / FPS - 0.001)
        assert number_in(next_frame(source).image) == n
    source.seek(50.0)
    assert number_in(next_frame(source).image) == 99
    assert source.read() is None
    source.seek(0.0)
    assert number_in(next_frame(source).image) == 0


def test_a_redirect_is_followed(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    web.pages["/short"] = Reply(status=302, location="/long.mp4")
    web.pages["/long.mp4"] = Reply(clip, "video/mp4")
    frames, _ = read_all(opened(web.url("/short")))
    assert_whole(frames)


def test_a_server_without_ranges_plays_and_rewinds(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    web.pages["/a.mp4"] = Reply(clip, "video/mp4", ranges=False)
    source = opened(web.url("/a.mp4"))
    assert not source.info.seekable
    assert_whole(read_all(source)[0])
    source.seek(0.0)
    assert number_in(next_frame(source).image) == 0


@pytest.mark.parametrize("ranges", [True, False])
def test_a_hang_up_half_way_costs_no_frame(
    web: WebServer, opened: Callable[..., Source], clip: bytes, ranges: bool
) -> None:
    def answer(request: Request) -> Reply:
        # The third request for it (the first is the look at it, the second plays) and later ones are served whole.
        return Reply(clip, "video/mp4", ranges=ranges, cut_at=len(clip) // 2 if web.asked("/a.mp4") <= 2 else None)

    web.pages["/a.mp4"] = answer
    frames, _ = read_all(opened(web.url("/a.mp4")))
    assert_whole(frames)


def test_a_refusal_half_way_goes_on_where_it_was(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    """The connection breaks in the middle; taking it up again is refused twice, then served."""

    def answer(request: Request) -> Reply:
        asked = web.asked("/a.mp4")
        if asked <= 2:
            return Reply(clip, "video/mp4", cut_at=len(clip) // 2)
        return Reply(status=403) if asked <= 4 else Reply(clip, "video/mp4")

    web.pages["/a.mp4"] = answer
    frames, notices = read_all(opened(web.url("/a.mp4")))
    assert_whole(frames)
    assert web.asked("/a.mp4") > 4
    assert [n.trouble for n in notices] == [True, False]
    assert "goes on at" in notices[-1].text


def test_a_refusal_for_good_is_said(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    def answer(request: Request) -> Reply:
        return Reply(clip, "video/mp4", cut_at=len(clip) // 2) if web.asked("/a.mp4") <= 2 else Reply(status=403)

    web.pages["/a.mp4"] = answer
    source = opened(web.url("/a.mp4"))
    with pytest.raises(UserError, match=r"refuses to give this file \(403\)"):
        read_all(source)
    web.pages["/a.mp4"] = Reply(clip, "video/mp4")
    following = next_frame(source)
    assert number_in(following.image) == following.seq, "reading again tries again, behind the last frame given"


def test_a_stall_is_taken_up_again(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    def answer(request: Request) -> Reply:
        return Reply(clip, "video/mp4", cut_at=len(clip) // 2 if web.asked("/a.mp4") <= 2 else None, stall_s=30.0)

    web.pages["/a.mp4"] = answer
    frames, _ = read_all(opened(web.url("/a.mp4")))
    assert_whole(frames)


def test_a_server_that_stalls_for_ever_ends_in_a_sentence(
    web: WebServer, opened: Callable[..., Source], clip: bytes
) -> None:
    def answer(request: Request) -> Reply:
        cut = len(clip) // 2 if web.asked("/a.mp4") <= 2 else 0
        return Reply(clip, "video/mp4", cut_at=cut, stall_s=30.0)

    web.pages["/a.mp4"] = answer
    patience = Patience(answer_s=0.5, stall_s=0.5, attempts=2, first_pause_s=0.05)
    with pytest.raises(UserError, match=r"127\.0\.0\.1"):
        read_all(opened(web.url("/a.mp4"), patience=patience))


def test_a_file_that_is_really_short_is_believed(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    """The server has only the first half, and says so honestly: asked twice, then taken for what it is."""
    web.pages["/a.mp4"] = Reply(clip[: len(clip) // 2], "video/mp4")
    frames, notices = read_all(opened(web.url("/a.mp4")))
    got = numbers(frames)
    assert 30 < len(got) < 60
    assert got[:30] == list(range(30))
    assert any("before its stated 4.0 s" in n.text for n in notices)


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


def test_a_broadcast_is_live_and_goes_on_after_a_gap(
    web: WebServer, opened: Callable[..., Source], hls: dict[str, bytes]
) -> None:
    """A list without an end, which grows; then the server is gone for a moment."""
    web.pages.update(hls_pages(hls))
    head = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n"

    def listing(request: Request) -> Reply:
        shown = min(5, 2 + web.asked("/live.m3u8"))
        lines = "".join(f"#EXTINF:0.8,\ns{n}.ts\n" for n in range(shown))
        return Reply(head + lines.encode(), "application/vnd.apple.mpegurl")

    web.pages["/live.m3u8"] = listing
    source = opened(web.url("/live.m3u8"))
    assert source.info.kind is SourceKind.LIVE
    assert not source.info.seekable
    frames = [next_frame(source) for _ in range(30)]
    seen = numbers(frames)
    assert seen == list(range(seen[0], seen[0] + 30))
    assert [f.pts_s for f in frames] == sorted(f.pts_s for f in frames)


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


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x.mp4", "data:text/html,hi", "concat:/x"])
def test_a_redirect_to_anything_but_the_web_is_refused(
    web: WebServer, opened: Callable[..., Source], target: str
) -> None:
    web.pages["/a.mp4"] = Reply(status=302, location=target)
    with pytest.raises(UserError, match="not on the web"):
        opened(web.url("/a.mp4"))


def test_a_redirect_that_turns_bad_after_the_look_is_refused(
    web: WebServer, opened: Callable[..., Source], clip: bytes, secret: Path
) -> None:
    def answer(request: Request) -> Reply:
        return Reply(clip, "video/mp4") if web.asked("/a.mp4") == 1 else Reply(status=302, location=secret.as_uri())

    web.pages["/a.mp4"] = answer
    with pytest.raises(UserError):
        opened(web.url("/a.mp4"))


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "ftp://host/x.mp4", "data:video/mp4;base64,AAAA", "concat:a|b", "javascript:alert(1)",
        "rtsp://cam/1", "http:", "https://", "", "no address", "http://a b/c", "http://host:99999/x", "http://[::1/x",
        "https://host/\nx", "C:\\films\\a.mp4", "/home/me/a.mp4",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(UserError) as caught:
        open_web(address)
    assert "\n" not in str(caught.value)


def test_a_server_that_cannot_prove_who_it_is_is_not_believed(
    opened: Callable[..., Source], clip: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by the look at it nor by FFmpeg, which on its own believes any certificate."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, "-keyout", key, "-out", certificate, *names], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with web_server(tls) as web:
        web.pages["/a.mp4"] = Reply(clip, "video/mp4")
        with pytest.raises(UserError, match="cannot prove who it is"):
            opened(web.url("/a.mp4"))
        stream = Stream(web.url("/a.mp4"), "a")
        with pytest.raises(UserError):
            WebVideo(stream, patience=QUICK)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        source = WebVideo(stream, patience=QUICK)
        assert number_in(next_frame(source).image) == 0, "the same server, vouched for"
        source.close()


# --- pictures, pages, and nothing


def test_a_picture(web: WebServer, opened: Callable[..., Source], tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 160, 3), dtype=np.uint8)
    PillowImage.fromarray(pixels).save(tmp_path / "pair.png")
    web.pages["/pair.png"] = Reply((tmp_path / "pair.png").read_bytes(), "image/png")
    source = opened(web.url("/pair.png"))
    assert source.info.kind is SourceKind.IMAGE
    frames, _ = read_all(source)
    np.testing.assert_array_equal(frames[0].image, pixels)


def test_an_address_that_is_not_there(web: WebServer, opened: Callable[..., Source]) -> None:
    with pytest.raises(UserError, match=r"nothing at this address.*404") as caught:
        opened(web.url("/gone.mp4"))
    assert str(caught.value).endswith(web.url("/gone.mp4"))


def test_a_server_in_trouble_and_one_that_refuses(web: WebServer, opened: Callable[..., Source]) -> None:
    web.pages["/busy.mp4"] = Reply(status=503)
    web.pages["/shut.mp4"] = Reply(status=403)
    with pytest.raises(UserError, match=r"in trouble or too busy \(503\)"):
        opened(web.url("/busy.mp4"))
    with pytest.raises(UserError, match=r"refuses to give this file \(403\)"):
        opened(web.url("/shut.mp4"))


def test_an_empty_file(web: WebServer, opened: Callable[..., Source]) -> None:
    web.pages["/empty.mp4"] = Reply(b"", "video/mp4")
    with pytest.raises(UserError, match="is empty"):
        opened(web.url("/empty.mp4"))


def test_rubbish_under_a_video_type(web: WebServer, opened: Callable[..., Source]) -> None:
    web.pages["/noise.mp4"] = Reply(bytes(range(256)) * 40, "video/mp4")
    with pytest.raises(UserError, match="not a video that can be read"):
        opened(web.url("/noise.mp4"))


def test_nobody_listens(opened: Callable[..., Source]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UserError, match=r"127\.0\.0\.1 refuses the connection"):
        opened(f"http://127.0.0.1:{port}/a.mp4")


def test_a_host_that_does_not_exist(opened: Callable[..., Source]) -> None:
    with pytest.raises(UserError, match=r"no computer called nowhere\.invalid|No connection to nowhere\.invalid"):
        opened("http://nowhere.invalid/a.mp4")


def test_a_server_that_never_answers(opened: Callable[..., Source]) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/a.mp4"
        with pytest.raises(UserError, match="does not answer"):
            opened(address, patience=Patience(answer_s=0.4))


# --- stopping


def test_opening_stops_within_a_moment_of_the_token(opened: Callable[..., Source]) -> None:
    """The server would keep it waiting for 60 s; the token is what ends it."""
    stop = StopToken()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/a.mp4"
        threading.Timer(0.2, stop.stop).start()
        before = web_threads()
        with pytest.raises(Stopped):
            opened(address, stop=stop, patience=Patience(answer_s=60.0))
        assert web_threads() - before, "the question was waited for to the end, not left behind"


def test_reading_stops_within_a_moment_of_the_token(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    stop = StopToken()
    web.pages["/a.mp4"] = Reply(clip, "video/mp4", cut_at=len(clip) // 2, stall_s=60.0)
    source = opened(web.url("/a.mp4"), stop=stop, patience=Patience(answer_s=60.0, stall_s=60.0))
    threading.Timer(0.5, stop.stop).start()
    with pytest.raises(Stopped):
        read_all(source)
    source.close()
    assert not web.closing.is_set()
    assert web.stalling, "the server's stall was waited for to the end, not left behind"


def test_closing_leaves_no_thread_behind(web: WebServer, clip: bytes) -> None:
    web.pages["/a.mp4"] = Reply(clip, "video/mp4")
    before = web_threads()
    source = open_web(web.url("/a.mp4"), patience=QUICK)
    next_frame(source)
    own = web_threads() - before
    assert own
    source.close()
    source.close()
    for thread in own:
        thread.join(5)
    assert not [t for t in own if t.is_alive()]


# --- small things


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("  https://youtu.be/abc?t=3#x ", "https://youtu.be/abc?t=3"),
        ("youtu.be/abc", "https://youtu.be/abc"),
        ("<HTTP://Example.org/A b.mp4>", "http://example.org/A%20b.mp4"),
        ("https://example.org/영상.mp4", "https://example.org/%EC%98%81%EC%83%81.mp4"),
        ("http://127.0.0.1:8080/a%20b?x=%2F", "http://127.0.0.1:8080/a%20b?x=%2F"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    ],
)
def test_addresses_as_people_type_them(typed: str, address: str) -> None:
    assert checked_address(typed) == address


def test_identity_forgets_what_changes() -> None:
    one = identity_of("https://cdn.example/v.mp4?id=5&Expires=1800000000&Signature=abc&X-Amz-Date=1")
    two = identity_of("https://user:pw@cdn.example/v.mp4?id=5&Expires=1900000000&Signature=xyz&X-Amz-Date=2")
    assert one == two == "https://cdn.example/v.mp4?id=5"
    assert identity_of("https://www.youtube.com/watch?v=aaa") != identity_of("https://www.youtube.com/watch?v=bbb")


@pytest.mark.parametrize(
    ("address", "at"),
    [
        ("https://h/videoplayback?expire=1763700000&ip=1.2.3.4", 1763700000.0),
        ("https://h/v.mp4?Expires=1763700000&Signature=s", 1763700000.0),
        ("https://h/api/manifest/expire/1763700000/ei/x/file.m3u8", 1763700000.0),
        ("https://h/v.mp4?expire=soon", None),
        ("https://h/v.mp4?expire=5", None),
        ("https://h/v.mp4", None),
    ],
)
def test_expiry(address: str, at: float | None) -> None:
    assert expires_at(address) == at


@pytest.mark.parametrize(
    ("head", "content_type", "content"),
    [
        (b"\x89PNG\r\n\x1a\n", "text/html", "image"),
        (b"\xff\xd8\xff\xe0", "application/octet-stream", "image"),
        (b"\0\0\0\x20ftypisom", "text/plain", "video"),
        (b"\0\0\0\x20ftypavif", "video/mp4", "image"),
        (b"\x1aE\xdf\xa3", "application/octet-stream", "video"),
        (b"\xef\xbb\xbf#EXTM3U\n", "text/plain", "streaming list"),
        (b"  <!DOCTYPE html>", "video/mp4", "page"),
        (b"G" + b"\0" * 187 + b"G" + b"\0" * 187 + b"G", "", "video"),
        (b"?", "video/mp4", "video"),
        (b"{}", "application/json", "page"),
    ],
)
def test_what_the_first_bytes_show(head: bytes, content_type: str, content: str) -> None:
    assert content_of(head, content_type) == content


def test_headers_and_cookies_go_along(web: WebServer, clip: bytes) -> None:
    web.pages["/a.mp4"] = Reply(clip, "video/mp4")
    headers = {"User-Agent": "Somebody/1", "Referer": "https://page.example/", "Bad": "x\r\nEvil: 1"}
    cookies = "session=abc; Domain=127.0.0.1; Path=/; Secure; Expires=1; second=2; Domain=127.0.0.1; Path=/"
    source = WebVideo(Stream(web.url("/a.mp4"), "a", headers=headers, cookies=cookies), patience=QUICK)
    source.close()
    sent = web.requests[-1].headers
    assert sent["User-Agent"] == "Somebody/1"
    assert sent["Referer"] == "https://page.example/"
    assert "Evil" not in sent
    assert sent["Cookie"] == "session=abc; second=2"


def test_cookies_are_split_where_the_next_begins() -> None:
    cookies = "a=1; Domain=.x.y; Path=/; Secure; Expires=9; b=2; Path=/z"
    assert cookie_lines(cookies) == "a=1; Domain=.x.y; Path=/\nb=2; Path=/z"
    assert cookie_lines(cookies, with_domain=False) == "a=1; Path=/\nb=2; Path=/z"
