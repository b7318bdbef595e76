"""Real SOG scenes, of both versions: read as they are, written again and read again."""

import json
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.formats.sog import read, write
from depthview.engine.splats.scene import SplatScene, opacity

SCENES = Path(__file__).parents[3] / "shared" / "data" / "splats"
PLAYBOT = SCENES / "playbot_sog"
LOGO = SCENES / "playcanvas-logo_sog"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not LOGO.is_dir(), reason=f"no real scenes at {SCENES}"),
]


def sound(scene: SplatScene) -> None:
    assert np.isfinite(scene.xyz).all()
    assert np.isfinite(scene.log_scale).all()
    assert np.linalg.norm(scene.rotation, axis=1) == pytest.approx(np.ones(len(scene)), abs=1e-5)


def test_version_2_with_view_dependent_colours() -> None:
    scene = read(PLAYBOT)
    sound(scene)
    assert (len(scene), scene.degree) == (500_000, 2)
    meta = json.loads((PLAYBOT / "meta.json").read_text())
    ends = [np.log1p(np.abs(place)) * np.sign(place) for place in (scene.xyz.min(axis=0), scene.xyz.max(axis=0))]
    # Positions reach from one end of what the meta says to the other: bytes are put together in the right order.
    assert ends[0] == pytest.approx(meta["means"]["mins"], abs=1e-4)
    assert ends[1] == pytest.approx(meta["means"]["maxs"], abs=1e-4)
    # Splats that follow each other are neighbours, as the writer sorted them; a wrong byte order scatters them.
    assert np.median(np.linalg.norm(np.diff(scene.xyz, axis=0), axis=1)) < 0.05


def test_version_1() -> None:
    scene = read(LOGO / "meta.json")
    sound(scene)
    assert (len(scene), scene.degree) == (307_128, 0)
    # A solid thing: most of what is seen is opaque.
    assert np.median(opacity(scene.opacity_logit)) > 0.5


@pytest.mark.parametrize("folder", [PLAYBOT, LOGO], ids=["playbot", "logo"])
def test_written_again_nothing_is_lost_but_what_codebooks_lose(folder: Path, tmp_path: Path) -> None:
    scene = read(folder)
    write(scene, tmp_path / "again.sog")
    found = read(tmp_path / "again.sog")
    assert len(found) == len(scene)
    # Sorted by colour and place, both are the same list: the writer brings its own order.
    for name in ("opacity_logit", "log_scale", "sh_dc"):
        first, second = (np.sort(getattr(one, name).ravel()) for one in (scene, found))
        assert np.abs(first - second).mean() < 0.002 * np.ptp(first), name
    stored = sum(file.stat().st_size for file in folder.glob("*.webp"))
    assert (tmp_path / "again.sog").stat().st_size < 1.05 * stored
