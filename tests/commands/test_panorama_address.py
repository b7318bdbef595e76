"""`depthview panorama ADDRESS`: a photo from the web, and the sentences where there is none."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.commands.runner import refused, run
from tests.commands.test_panorama import GREY, model
from tests.engine.web_server import Reply, WebServer, web_server


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_photo_at_an_address_is_reconstructed(web: WebServer, tmp_path: Path) -> None:
    grain = np.random.default_rng(1).integers(-6, 7, (64, 128, 1))
    stream = io.BytesIO()
    Pillow.fromarray((GREY + np.repeat(grain, 3, axis=-1)).astype(np.uint8)).save(stream, "PNG")
    web.pages["/rooms/hall.png"] = Reply(stream.getvalue(), "image/png")
    out = tmp_path / "o"
    outcome = run("panorama", web.url("/rooms/hall.png"), "--model", model(tmp_path), "-o", out, "--json")
    assert outcome.code == 0, outcome
    assert outcome.said["photo"] == "hall.png"
    assert np.load(out / "range.npy").shape == (64, 128)


def test_what_is_no_photo_at_an_address_is_told_in_a_sentence(web: WebServer, tmp_path: Path) -> None:
    out, net = tmp_path / "o", model(tmp_path)
    web.pages["/album"] = Reply(b"<!DOCTYPE html><html>" + b" " * 600, "text/html")
    refused(run("panorama", web.url("/album"), "--model", net, "-o", out), "At this address is no photo, but a page")
    refused(run("panorama", web.url("/gone.jpg"), "--model", net, "-o", out), "There is nothing at this address any")
    refused(run("panorama", "https://", "--model", net, "-o", out), "This web address names no host")
    assert not out.exists()
