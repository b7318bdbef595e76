"""Photos at web addresses: what comes whole is taken, everything else is a sentence, and nothing is left behind."""

import io
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.errors import Stopped, UserError
from depthview.engine.panorama.opening.photo import read_photo
from depthview.engine.panorama.opening.web_photo import Patience, fetch_photo, is_address, photo_at_hand
from depthview.engine.progress import Progress, StopToken
from tests.engine.coded_clips import coded_clip
from tests.engine.model_server import ModelServer, model_server
from tests.engine.panorama.test_photo import SCENE
from tests.engine.web_server import Reply, WebServer

HASTY = Patience(silence_s=2, longest_s=60)
CALM = Patience(silence_s=20, longest_s=300)
"""Where nobody is silent: a busy machine takes its time."""


def encoded(kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(SCENE).save(stream, kind)
    return stream.getvalue()


PNG = encoded()


def waiting_threads() -> list[threading.Thread]:
    """Those that have not ended yet, some seconds after they were told to."""
    left = [thread for thread in threading.enumerate() if thread.name == "depthview-web-photo"]
    for thread in left:
        thread.join(timeout=20)
    return [thread for thread in left if thread.is_alive()]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "HDR"])
def test_a_photo_of_every_format_comes_whole(web: WebServer, tmp_path: Path, kind: str) -> None:
    floats = SCENE.astype(np.float32)
    body = bytes(cv2.imencode(".hdr", floats)[1]) if kind == "HDR" else encoded(kind)
    web.pages["/a/방 1.img"] = Reply(body, "text/html")  # what the server calls it does not count
    web.pages["/a/%EB%B0%A9%201.img"] = web.pages["/a/방 1.img"]
    seen: list[Progress] = []
    path = fetch_photo(web.url("/a/방 1.img"), tmp_path, report=seen.append, patience=CALM)
    assert path == tmp_path / "방 1.img"
    assert path.read_bytes() == body
    assert read_photo(path).size_hw == (128, 256)
    assert (seen[-1].done, seen[-1].total) == (len(body) / 1e6, len(body) / 1e6)
    assert not waiting_threads()


def test_redirects_are_followed(web: WebServer, tmp_path: Path) -> None:
    web.pages["/short"] = Reply(status=302, location="/pano.png")
    web.pages["/pano.png"] = Reply(PNG)
    assert fetch_photo(web.url("/short"), tmp_path, patience=CALM).read_bytes() == PNG
    web.pages["/away"] = Reply(status=302, location="file:///etc/passwd")
    with pytest.raises(UserError, match="not on the web"):
        fetch_photo(web.url("/away"), tmp_path, patience=CALM)


def clip(folder: Path) -> bytes:
    coded_clip(folder / "clip.mp4", 3)
    data = (folder / "clip.mp4").read_bytes()
    (folder / "clip.mp4").unlink()
    return data


def test_what_is_no_photo_is_not_taken(web: WebServer, tmp_path: Path) -> None:
    film = clip(tmp_path)
    for name, reply, sentence in (
        (
            "page.jpg",
            Reply(b"<!DOCTYPE html><title>My photos</title>" + b" " * 900, "image/jpeg"),
            "is no photo, but a",
        ),
        ("text.jpg", Reply(b"hello", "image/jpeg"), "is no photo, but a"),
        ("film.jpg", Reply(film, "image/jpeg"), "is a video, not a photo"),
        ("empty.jpg", Reply(b"", "image/jpeg"), "The file at this address is empty"),
        ("gone.jpg", Reply(b"", status=404), "nothing at this address any more .the server says 404"),
        ("secret.jpg", Reply(b"", status=403), "refuses to give this file .403.; it may need a signed-in"),
        ("busy.jpg", Reply(b"", status=503), "in trouble or too busy .503.; try again later"),
        ("cut.png", Reply(PNG, cut_at=len(PNG) // 2), rf"did not come whole .{len(PNG) // 2} of {len(PNG)} bytes"),
        ("stalls.png", Reply(PNG, cut_at=3000, stall_s=20), "does not answer; check the network"),
        ("stalls at once.png", Reply(PNG, cut_at=0, stall_s=20), "does not answer; check the network"),
    ):
        web.pages["/x"] = reply
        address = web.url(f"/x?name={name}")
        with pytest.raises(UserError, match=sentence) as refused:
            fetch_photo(address, tmp_path, patience=HASTY if reply.stall_s else CALM)
        assert str(refused.value).endswith(address.replace(" ", "%20")), name
        assert list(tmp_path.iterdir()) == [], name


@pytest.fixture
def lying() -> object:
    with model_server() as server:
        yield server


def test_a_server_that_lies_about_the_length(lying: ModelServer, tmp_path: Path) -> None:
    lying.serve("more.png", PNG, claims=len(PNG) + 500)
    with pytest.raises(UserError, match="did not come whole"):
        fetch_photo(lying.url("more.png"), tmp_path, patience=CALM)
    lying.serve("silent.png", PNG, claims=-1)
    assert fetch_photo(lying.url("silent.png"), tmp_path, patience=CALM).read_bytes() == PNG
    lying.serve("less.png", PNG, claims=len(PNG) - 500)
    with pytest.raises(UserError, match=r"cut off before its end|damaged"):
        read_photo(fetch_photo(lying.url("less.png"), tmp_path, patience=CALM))


def test_no_more_is_taken_than_a_photo_can_be(lying: ModelServer, tmp_path: Path) -> None:
    endless = PNG + bytes(3_000_000)
    for name, claims in (("says so.png", None), ("does not say.png", -1)):
        lying.serve(name.replace(" ", "_"), endless, claims=claims)
        with pytest.raises(UserError, match="larger than 1 MB"):
            fetch_photo(lying.url(name.replace(" ", "_")), tmp_path, patience=CALM, most_bytes=1_000_000)
        assert list(tmp_path.iterdir()) == []


def test_who_does_not_want_to_wait_does_not_have_to(web: WebServer, tmp_path: Path) -> None:
    web.pages["/pano.png"] = Reply(PNG, cut_at=2000, stall_s=30)
    stop = StopToken()
    threading.Timer(0.3, stop.stop).start()
    with pytest.raises(Stopped):  # and not the sentence that comes after the silence
        fetch_photo(web.url("/pano.png"), tmp_path, stop=stop, patience=Patience(silence_s=25))
    assert list(tmp_path.iterdir()) == []


def test_a_drip_ends_when_the_whole_takes_too_long(lying: ModelServer, tmp_path: Path) -> None:
    lying.serve("slow.png", PNG + bytes(5_000_000), pace_s=0.1)
    with pytest.raises(UserError, match="does not answer"):
        fetch_photo(lying.url("slow.png"), tmp_path, patience=Patience(silence_s=5, longest_s=0.5))


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc%2fpasswd", "a" * 300 + ".jpg", "C%3A%5Cpano.jpg", "", "...", "%00%0A.jpg"]
)
def test_whatever_it_is_called_it_stays_in_its_folder(web: WebServer, tmp_path: Path, name: str) -> None:
    web.pages[f"/{name}"] = Reply(PNG)
    path = fetch_photo(web.url(f"/{name}"), tmp_path, patience=CALM)
    assert path.parent == tmp_path
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert len(path.name) <= 90


def test_addresses_and_files_are_told_apart() -> None:
    assert is_address("https://example.org/pano.jpg")
    assert is_address(" HTTP://10.0.0.1:8080/a")
    assert not any(is_address(name) for name in ("pano.jpg", "/a/https://pano.jpg", "C:\\pano.jpg", "C://p.jpg", ""))
    with pytest.raises(UserError, match="Only http and https addresses"), photo_at_hand("ftp://example.org/pano.jpg"):
        pass


def test_at_hand_only_as_long_as_it_is_wanted(web: WebServer, tmp_path: Path) -> None:
    web.pages["/pano.png"] = Reply(PNG)
    with photo_at_hand(web.url("/pano.png")) as path:
        assert read_photo(path).title == "pano.png"
    assert not path.parent.exists()
    with photo_at_hand(str(tmp_path / "own.png")) as own:
        assert own == tmp_path / "own.png"
