"""The table of panorama figures, on a photo that the network in it reads without a fault."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.panorama_judge import cylinder
from benchmarks.panorama_quality import Asked, run, show
from depthview.engine.errors import UserError
from depthview.engine.estimators import whole_sphere
from depthview.engine.panorama.views import ViewSet
from tests.engine import onnx_graphs, panorama_graphs
from tests.engine.seen_models import seen

HW = (128, 256)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def write_photo(folder: Path) -> None:
    """As red as it is far away; above 60 degrees nothing is known of it."""
    distance = 4 * cylinder(HW, 0.5, 0.7)
    red = np.rint(distance / 0.05).astype(np.uint8)
    picture = np.dstack([np.full_like(red, 30), np.full_like(red, 60), red])
    truth = red.astype(np.uint16) * 200
    truth[:21] = 0
    folder.mkdir()
    assert cv2.imwrite(str(folder / "da2_one_rgb.png"), picture)
    assert cv2.imwrite(str(folder / "da2_one_dist_x4000.png"), truth)


def test_every_row_is_judged_and_the_network_that_is_right_has_no_error(tmp_path: Path) -> None:
    write_photo(tmp_path / "photos")
    bundled = panorama_graphs.bundled_graph(tmp_path / "range.onnx", *whole_sphere.USUAL_HW)
    around = seen(panorama_graphs.bundled_graph(tmp_path / "around.onnx", *whole_sphere.USUAL_HW))
    mono = seen(onnx_graphs.mono_graph(tmp_path / "mono.onnx", "h", "w", bias=5.0))
    told: list[str] = []
    asked = Asked((str(around), str(mono)), ViewSet.FAST, tmp_path / "photos", bundled)
    figures = run(asked, told.append)
    means = {row["name"]: row["means"]["DA2"] for row in figures["rows"]}
    assert list(means) == told
    assert told == [
        "constant",
        "best cylinder (fitted to the truth)",
        "DepthView panorama, shown once",
        "DepthView panorama",
        "around",
        "mono: fast views",
        "mono: fast views, and DepthView panorama",
    ]
    for name in ("DepthView panorama, shown once", "DepthView panorama", "around"):
        assert means[name]["abs_rel"] < 0.01, name
        assert means[name]["answered"] == 1.0
    assert means["constant"]["abs_rel"] > 0.1
    assert means["best cylinder (fitted to the truth)"]["abs_rel"] < 0.03
    both, alone = means["mono: fast views, and DepthView panorama"], means["mono: fast views"]
    assert both["abs_rel"] < alone["abs_rel"]
    assert "da2_one" in show(figures)


def test_without_photos_one_is_told_where_to_put_them(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no photos with a known range: give their folder with --data"):
        run(Asked((), ViewSet.FAST, tmp_path, None), lambda _what: None)
