"""`depthview splats film`: once round a scene, or along a path."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from depthview.engine.splats.camera_path_file import read_camera_path
from depthview.engine.splats.formats.inria_ply import read, write
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from tests.commands.runner import refused, run
from tests.engine.splats.planted_splats import ball, round_splats


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    xyz = ball(300, 1.0)
    write(round_splats(xyz, size=0.15, colour=np.clip(0.5 + xyz / 2, 0.1, 0.9)), tmp_path / "ball.ply")
    return tmp_path / "ball.ply"


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_once_round(scene: Path, tmp_path: Path) -> None:
    out = tmp_path / "round.mp4"
    kept = tmp_path / "round.json"
    arguments = ("--keep-path", kept, "--seconds", "1", "--fps", "8", "--size", "96x64", "--background", "255,255,255")
    said = run("splats", "film", scene, "-o", out, *arguments, "--json").said
    assert said["seconds"] == pytest.approx(1.0)
    assert said["bytes"] == out.stat().st_size
    film = pictures(out)
    assert len(film) == 8
    assert read_camera_path(kept).end_s == pytest.approx(1.0)
    for picture in film:
        assert picture[:8, :8].min() > 245, "the ground is white"
        assert picture[32, 48].min() < 200, "the ball is in the middle"
    assert np.abs(film[0].astype(int) - film[4]).mean() > 5, "from the other side it has other colours"


def test_along_a_path(scene: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "path.json", tmp_path / "a.mp4"
    eyes = ([0, 0, -4], [4, -1, 0])
    rows = [{"time_s": n, "eye": eye, "target": [0, 0, 0], "fov_deg": 50} for n, eye in enumerate(eyes)]
    path.write_text(json.dumps({"kind": "depthview camera path", "keyframes": rows}))
    assert "1 s" in run("splats", "film", scene, "-o", out, "--path", path, "--fps", "4", "--size", "96x64").stdout
    film = pictures(out)
    assert len(film) == 5
    flight = read_camera_path(path)
    with Rasterizer(prepared([Placed(read(scene))])) as rasterizer:
        for number in (0, 4):
            truth = rasterizer.draw(flight.view_at(number / 4, (96, 64))).over((0, 0, 0))
            assert np.abs(film[number].astype(int) - truth).mean() < 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--seconds", "0"), "0 seconds are no film"),
        (("--seconds", "nan"), "nan seconds are no film"),
        (("--fps", "1000"), "1000 pictures a second"),
        (("--fov", "180"), "180"),
        (("--size", "96"), "no size of a picture"),
        (("--background", "transparent"), "no transparent ground"),
        (("--up", "0,0,0"), "Up must point somewhere"),
        (("--path", "none.json"), "none.json"),
    ],
)
def test_what_cannot_be_filmed_is_a_sentence(
    scene: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    outcome = run("splats", "film", scene, "-o", tmp_path / "a.mp4", *arguments)
    assert outcome.code == 2
    assert sentence in outcome.stderr
    assert not (tmp_path / "a.mp4").exists()


def test_a_film_is_an_mp4(scene: Path, tmp_path: Path) -> None:
    refused(run("splats", "film", scene, "-o", tmp_path / "a.avi"), "The film is written as MP4")
