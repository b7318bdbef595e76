"""`models pull`, `check`, `remove`, `add`, `show`, `list --available`: against a server on this computer."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from depthview.commands import models as command
from depthview.engine.models import store as store_module
from depthview.engine.models.catalogue import Catalogue, CatalogueModel, RemoteFile, RemoteVariant, shipped_catalogue
from tests.commands.runner import ROOT, names_in, refused, run
from tests.engine import onnx_graphs as graphs
from tests.engine import panorama_graphs
from tests.engine.model_server import QUICK, ModelServer, entry, graph_bytes, model_server, sha256


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def web() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def graph(tmp_path: Path) -> bytes:
    return graph_bytes(tmp_path)


@pytest.fixture
def toy(web: ModelServer, graph: bytes, monkeypatch: pytest.MonkeyPatch) -> CatalogueModel:
    """The only entry of the catalogue: two variants at the server."""
    web.serve("a.onnx", graph)
    variants = tuple(
        RemoteVariant(
            f"iter{n}_32x64",
            (RemoteFile(f"toy_iter{n}_32x64.onnx", web.url("a.onnx"), len(graph), sha256(graph)),),
            n,
            (32, 64),
        )
        for n in (2, 5)
    )
    model = entry(variants=variants, default="iter5_32x64")
    monkeypatch.setattr(command, "shipped_catalogue", lambda: Catalogue((model,)))
    monkeypatch.setattr(store_module, "Patience", lambda: QUICK)
    return model


def test_pull_list_check_remove(toy: CatalogueModel, home: Path, graph: bytes) -> None:
    said = run("models", "pull", "toy", "--yes", "--json").said
    path = home / "models" / "toy" / "toy_iter5_32x64.onnx"
    assert (said["files"], said["downloaded"], said["variant"]) == ([str(path)], True, "iter5_32x64")
    assert said["pinned_at_first_download"] == []
    assert path.read_bytes() == graph
    assert run("models", "pull", "toy", "--json").said["downloaded"] is False, "what is there needs no question"
    assert run("models", "pull", "toy", "--iterations", 2, "--resolution", "32x64", "-y", "--json").said["downloaded"]
    listed = {m["id"]: m for m in run("models", "list", "--json").said["models"]}
    assert listed["toy"]["iterations"] == [2, 5]
    (available,) = run("models", "list", "--available", "--json").said["models"]
    assert (available["installed"], available["licence"]) == (["iter2_32x64", "iter5_32x64"], "MIT")
    assert [e["whole"] for e in run("models", "check", "--json").said["files"]] == [True, True]
    path.write_bytes(graph[:-1] + b"?")
    refused(run("models", "check", "toy"), "These files are damaged: remove and pull them again: toy_iter5_32x64.onnx")
    refused(run("models", "remove", "toy"), "Nobody can be asked here: add --yes if you mean it.")
    assert len(run("models", "remove", "toy", "--yes", "--json").said["removed"]) == 2
    assert names_in(home / "models" / "toy") == ["pulled.toml"]
    refused(run("models", "remove", "toy", "--yes"), "This computer has no model called toy")


def test_the_licence_is_shown_and_nothing_comes_unasked(toy: CatalogueModel, home: Path, web: ModelServer) -> None:
    refused(run("models", "pull", "toy"), "Toy stands under MIT (Free for everything); if that suits you, add --yes")
    assert web.asked == []
    outcome = run("models", "pull", "toy", "--yes")
    assert outcome.code == 0
    assert "Licence: MIT. Free for everything. https://example.org/toy" in outcome.stderr
    assert outcome.stdout == f"Downloaded: {home / 'models' / 'toy' / 'toy_iter5_32x64.onnx'}\n"


def test_bad_wishes_are_one_sentence(toy: CatalogueModel, web: ModelServer, home: Path) -> None:
    refused(run("models", "pull", "tay", "--yes"), "The catalogue has no model called tay")
    refused(run("models", "pull", "toy", "--iterations", 3, "--yes"), "Toy is not published like that: choose one of")
    refused(run("models", "pull", "toy", "--resolution", "big", "--yes"), "big is no resolution")
    refused(run("models", "remove", "sgm", "--yes"), "sgm is part of DepthView and stays.")
    refused(run("models", "check", "tay"), "This computer has no model called tay")
    web.serve("a.onnx", b"<html>sign in</html>")
    outcome = run("models", "pull", "toy", "--iterations", 2, "--yes", "--json")
    assert outcome.code == 2
    assert not list(home.rglob("*.onnx"))


def test_show_has_the_steps_of_what_must_be_exported() -> None:
    text = run("models", "show", "raft-stereo").stdout
    assert "depthview models add raft_stereo_iter12_480x640.onnx --as raft-stereo" in text
    refused(run("models", "pull", "raft-stereo"), "RAFT-Stereo is not published as ONNX; `depthview models show raft-")
    listed = run("models", "list", "--available").stdout
    assert all(f"{model.model_id}: {model.title}" in listed for model in shipped_catalogue().models)
    assert "sha256 fixed by the first download" in run("models", "show", "crestereo-init").stdout


def test_add_takes_the_weights_along_and_remove_takes_them_away(tmp_path: Path, home: Path) -> None:
    source = graphs.constant_graph(tmp_path / "mine" / "net.onnx", np.full((32, 64), 4, np.float32))
    onnx.save_model(onnx.load(str(source)), str(source), save_as_external_data=True, location="w.bin", size_threshold=0)
    said = run("models", "add", source, "--json").said
    folder = home / "models" / "own" / "net"
    assert said["file"] == str(folder / "net.onnx")
    assert (said["model"], said["kind"], said["copied"]) == ("net", "stereo", True)
    assert names_in(folder) == ["net.onnx", "net.onnx.toml", "w.bin"]
    assert names_in(home) == ["models"], "nothing is left of the trial"
    assert run("models", "add", source, "--json").said["copied"] is False
    assert [e["whole"] for e in run("models", "check", "net", "--json").said["files"]] == [True]
    (folder / "w.bin").write_bytes(b"")
    outcome = run("models", "check")
    assert outcome.code == 2
    assert "These files are damaged" in outcome.stderr
    assert source.exists()
    run("models", "remove", "net", "--yes")
    assert names_in(home / "models" / "own") == []


def test_add_knows_what_the_catalogue_says_of_an_exported_model(tmp_path: Path, home: Path) -> None:
    """Nothing but the catalogue says that this answer is to be turned round; of names that it lacks it is not asked."""
    source = graphs.pair_graph(tmp_path / "raft_stereo_iter12_32x64.onnx")
    said = run("models", "add", source, "--as", "raft-stereo", "--json").said
    path = home / "models" / "raft-stereo" / "raft_stereo_iter12_32x64.onnx"
    assert said["file"] == str(path)
    assert said["meaning"] == "disparity"
    manifest = path.with_name(path.name + ".toml").read_text(encoding="utf-8")
    assert "sign = -1" in manifest
    other = graphs.pair_graph(tmp_path / "s2m2_32x64.onnx")
    assert run("models", "add", other, "--as", "s2m2", "--json").said["meaning"] == "disparity"


def test_a_panorama_network_is_added_listed_and_sent_where_it_belongs(tmp_path: Path, home: Path) -> None:
    file = panorama_graphs.unifuse_graph(tmp_path / "unifuse_32x64.onnx", (1.0, 0.0, 0.0))
    answer = run("models", "add", file, "--as", "unifuse")
    assert "Added as unifuse (whole panoramas, range)" in answer.stdout
    assert "looks as if" not in answer.stderr
    assert "360° photos  range; for `depthview panorama`" in run("models", "list").stdout
    (listed,) = [m for m in run("models", "list", "--json").said["models"] if m["id"] == "unifuse"]
    assert (listed["projection"], listed["meaning"], listed["resolutions"]) == ("erp", "range", ["32x64"])
    assert "HoHoNet (hohonet), whole 360° photos" in run("models", "show", "hohonet").stdout
    assert "whole 360° photos; to be exported; MIT" in run("models", "list", "--available").stdout
    photo = tmp_path / "photo.png"
    assert cv2.imwrite(str(photo), np.zeros((32, 64, 3), np.uint8))
    refused(
        run("depth", photo, "--model", "unifuse", "-o", tmp_path / "out"),
        "The model unifuse is shown a whole 360° photo at once: use it with `depthview panorama`, and choose another",
    )
    (checked,) = run("models", "check", "--json").said["files"]
    assert (Path(checked["file"]).name, checked["whole"]) == ("unifuse_32x64.onnx", True)
    run("models", "remove", "unifuse", "--yes")
    assert not (home / "models" / "unifuse" / "unifuse_32x64.onnx").exists()


def test_what_only_looks_like_a_panorama_network_is_added_with_a_word_on_it(tmp_path: Path, home: Path) -> None:
    answer = run("models", "add", panorama_graphs.bundled_graph(tmp_path / "mine.onnx"))
    assert "Added as mine (whole panoramas, relative range)" in answer.stdout
    assert 'write projection = "perspective" below [yours]: ' in answer.stderr


def test_add_refuses_what_does_not_work(tmp_path: Path, home: Path) -> None:
    page = tmp_path / "page.onnx"
    page.write_bytes(b"<!doctype html><html></html>")
    refused(run("models", "add", page), "This is a web page, not the model")
    refused(run("models", "add", tmp_path / "none.onnx"), "There is no such file")
    assert names_in(home) == []
    good, other = graphs.pair_graph(tmp_path / "a" / "net.onnx"), graphs.pair_graph(tmp_path / "b" / "net.onnx", 64, 64)
    run("models", "add", good)
    refused(run("models", "add", other), "There is another model of this name already")
    assert (home / "models" / "own" / "net" / "net.onnx").read_bytes() == good.read_bytes()


_PULL = """
import sys
import depthview.commands.models as command
from depthview.commands.app import app
from depthview.engine.models.catalogue import Catalogue, RemoteFile
from tests.engine.model_server import entry
toy = entry(RemoteFile("toy.onnx", sys.argv.pop(1)))
command.shipped_catalogue = lambda: Catalogue((toy,))
app(prog_name="depthview")
"""


def pulling(web: ModelServer, *arguments: str, **how: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    command_line = [sys.executable, "-c", _PULL, web.url("a.onnx"), "models", "pull", "toy", *arguments]
    return subprocess.Popen(command_line, cwd=ROOT, env=environment, **how)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 130)])
def test_on_a_terminal_one_is_asked(web: ModelServer, graph: bytes, home: Path, answer: bytes, code: int) -> None:
    web.serve("a.onnx", graph)
    keyboard, terminal = pty.openpty()
    process = pulling(web, "--json", stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.write(keyboard, answer)
    out, err = process.communicate(timeout=60)
    os.close(keyboard)
    os.close(terminal)
    assert process.returncode == code, err
    assert b"Licence: MIT. Free for everything." in err
    assert b"Download it?" in err
    assert json.loads(out)["ok"] is (code == 0)
    assert (home / "models" / "toy" / "toy.onnx").exists() is (code == 0)


def test_ctrl_c_stops_at_once_and_keeps_what_came(web: ModelServer, graph: bytes, home: Path) -> None:
    half = len(graph) // 2
    served = web.serve("a.onnx", graph, cuts=[half], stall=True)
    # A job in the background ignores Ctrl-C, and so would what it starts.
    hears = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    process = pulling(web, "--yes", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **hears)
    part = home / "models" / "toy" / "toy.onnx.part"
    while process.poll() is None and not (part.exists() and part.stat().st_size == half):
        web.closing.wait(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.decode().splitlines()[-1].startswith("Stopped; what has come so far is kept")
    assert b"Traceback" not in out + err
    served.cuts.clear()
    again = pulling(web, "--yes", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    again.communicate(timeout=60)
    assert again.returncode == 0
    assert [a.range for a in web.asked] == [None, f"bytes={half}-"]
