"""Web addresses against a server on this machine that hangs up, stalls, refuses, redirects and lies."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Source, SourceKind
from depthview.engine.sources.web import open_web
from depthview.engine.sources.web_stream import Patience, Stream
from depthview.engine.sources.web_video import WebVideo
from tests.engine.coded_clips import coded_clip, number_in
from tests.engine.live_fakes import PATIENCE_S, wait_until
from tests.engine.web_reading import COUNT, FPS, QUICK, assert_whole, next_frame, numbers, read_all, web_threads
from tests.engine.web_server import Reply, Request, WebServer, web_server


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """100 numbered frames, large enough (noise) that the network is still in the middle of it half way."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return coded_clip(path, COUNT, noise=True, container={"movflags": "faststart"}, size_hw=(240, 320)).read_bytes()


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


# --- what a remote list may not do


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A clip on this disk whose frames are numbered from 0 like the others, but which is three times as wide."""
    return coded_clip(tmp_path / "secret.ts", 20, fmt="mpegts", size_hw=(96, 528))


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


def test_a_refusal_right_after_the_look_is_said_plainly(
    web: WebServer, opened: Callable[..., Source], clip: bytes
) -> None:
    web.pages["/a.mp4"] = lambda _: Reply(clip, "video/mp4") if web.asked("/a.mp4") == 1 else Reply(status=403)
    with pytest.raises(UserError, match=r"refuses to give this file \(403\)"):
        opened(web.url("/a.mp4"))


def test_silence_right_after_the_look_is_said_plainly(
    web: WebServer, opened: Callable[..., Source], clip: bytes
) -> None:
    web.pages["/a.mp4"] = lambda _: Reply(
        clip, "video/mp4", cut_at=None if web.asked("/a.mp4") == 1 else 0, stall_s=30.0
    )
    with pytest.raises(UserError, match=r"127\.0\.0\.1.*check the network"):
        opened(web.url("/a.mp4"), patience=Patience(answer_s=0.5, stall_s=0.5))


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
        asked: list[socket.socket] = []

        def stop_once_asked() -> None:
            asked.append(silent.accept()[0])
            stop.stop()

        threading.Thread(target=stop_once_asked, daemon=True).start()
        before = web_threads()
        with pytest.raises(Stopped):
            opened(address, stop=stop, patience=Patience(answer_s=60.0))
        assert web_threads() - before, "the question was waited for to the end, not left behind"
        asked[0].close()


def test_reading_stops_within_a_moment_of_the_token(web: WebServer, opened: Callable[..., Source], clip: bytes) -> None:
    stop = StopToken()
    web.pages["/a.mp4"] = Reply(clip, "video/mp4", cut_at=len(clip) // 2, stall_s=60.0)
    source = opened(web.url("/a.mp4"), stop=stop, patience=Patience(answer_s=60.0, stall_s=60.0))

    def stop_in_the_stall() -> None:
        wait_until(lambda: web.stalling > 0)
        stop.stop()

    threading.Thread(target=stop_in_the_stall, daemon=True).start()
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
        thread.join(PATIENCE_S)
    assert not [t for t in own if t.is_alive()]


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
