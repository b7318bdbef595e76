"""What is written as SOG comes back within the format's own steps, in a file that says what is in it."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import Progress, StopToken
from depthview.engine.splats.formats.recognition import SplatFormat, format_of
from depthview.engine.splats.formats.sog import read, write
from depthview.engine.splats.formats.sog.codebook import codebook, nearest
from depthview.engine.splats.formats.sog.palette import palette
from depthview.engine.splats.formats.writing import write_splats
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene, opacity
from tests.engine.splats.drawn_splats import random_scene

COUNT = 3000


def written(scene: SplatScene, folder: Path) -> SplatScene:
    write(scene, folder / "scene.sog")
    return read(folder / "scene.sog")


def paired(scene: SplatScene, found: SplatScene) -> SplatScene:
    """`scene` in the order of `found`, by the nearest place: the writer sorts."""
    distance = ((found.xyz[:, None].astype(np.float64) - scene.xyz[None]) ** 2).sum(axis=2)
    which = distance.argmin(axis=1)
    assert len(set(which.tolist())) == len(found)
    return scene.take(which)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_every_field_comes_back_within_its_steps(tmp_path: Path, degree: int) -> None:
    scene = random_scene(COUNT, 3, degree)
    found = written(scene, tmp_path)
    assert (len(found), found.degree) == (COUNT, degree)
    wanted = paired(scene, found)
    logarithms = [np.sign(xyz) * np.log1p(np.abs(xyz.astype(np.float64))) for xyz in (wanted.xyz, found.xyz)]
    step = np.ptp(logarithms[0], axis=0) / 65535
    assert (np.abs(logarithms[0] - logarithms[1]) <= 0.5001 * step + 1e-6).all()
    unit = wanted.rotation / np.linalg.norm(wanted.rotation, axis=1, keepdims=True)
    unit *= np.sign((unit * found.rotation).sum(1))[:, None]
    # Half a step of one of the three is 1 / 255 / sqrt(2); the largest takes what the three are wrong by.
    assert np.abs(unit - found.rotation).max() < 3 * 0.51 / 255 * np.sqrt(2)
    assert np.abs(opacity(wanted.opacity_logit) - opacity(found.opacity_logit)).max() <= 0.501 / 255
    for name in ("log_scale", "sh_dc", *(["sh_rest"] if degree else [])):
        # 256 even steps over the range would be wrong by this; a codebook is never worse.
        values = getattr(wanted, name)
        error = np.sqrt(np.mean((values - getattr(found, name)) ** 2))
        assert error < np.ptp(values) / 255 / np.sqrt(12)


def test_splats_of_one_look_share_an_entry_of_the_palette(tmp_path: Path) -> None:
    scene = random_scene(COUNT, 4, 3)
    kinds = scene.sh_rest[np.arange(COUNT) % 700]
    scene = replace(scene, sh_rest=kinds)
    found = written(scene, tmp_path)
    assert np.abs(paired(scene, found).sh_rest - found.sh_rest).max() < 6 * np.ptp(kinds) / 255
    with zipfile.ZipFile(tmp_path / "scene.sog") as archive:
        assert json.loads(archive.read("meta.json"))["shN"]["count"] == 700


def test_what_was_written_once_is_written_the_same_again(tmp_path: Path) -> None:
    scene = written(random_scene(COUNT, 5, 2), tmp_path)
    again = written(scene, tmp_path)
    scene = paired(scene, again)
    for name in ("log_scale", "sh_dc", "sh_rest", "opacity_logit"):
        assert np.array_equal(getattr(again, name), getattr(scene, name)), name
    # The logarithm of a float32 is another number in its last digits.
    assert again.xyz == pytest.approx(scene.xyz, rel=2e-6, abs=1e-6)


def test_the_same_scene_is_the_same_file(tmp_path: Path) -> None:
    for name in ("one.sog", "two.sog"):
        write(random_scene(COUNT, 5, 2), tmp_path / name)
    assert (tmp_path / "one.sog").read_bytes() == (tmp_path / "two.sog").read_bytes()


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    scene = random_scene(100, 6, 1, antialiased=True)
    assert written(scene, tmp_path).antialiased
    assert format_of(tmp_path / "scene.sog") is SplatFormat.SOG
    with zipfile.ZipFile(tmp_path / "scene.sog") as archive:
        meta = json.loads(archive.read("meta.json"))
        files = [name for part in ("means", "quats", "scales", "sh0", "shN") for name in meta[part]["files"]]
        assert sorted([*files, "meta.json"]) == sorted(archive.namelist())
    assert (meta["version"], meta["count"], meta["shN"]["bands"]) == (2, 100, 1)
    assert len(meta["scales"]["codebook"]) == len(meta["sh0"]["codebook"]) == 256


def test_neighbours_in_space_are_neighbours_in_the_file(tmp_path: Path) -> None:
    scene = random_scene(COUNT, 7, 0)
    found = written(scene, tmp_path)

    def steps(xyz: np.ndarray) -> float:
        return float(np.median(np.linalg.norm(np.diff(xyz, axis=0), axis=1)))

    assert steps(found.xyz) < 0.2 * steps(scene.xyz)


def test_the_fourth_degree_is_left_out(tmp_path: Path) -> None:
    scene = random_scene(200, 8, 4)
    assert written(scene, tmp_path).degree == 3


def test_what_cannot_be_drawn_is_left_out_and_what_can_is_kept(tmp_path: Path) -> None:
    scene = random_scene(10, 9, 1)
    numbers: dict[str, Any] = {
        name: np.array(getattr(scene, name)) for name in ("xyz", "log_scale", "rotation", "sh_dc", "sh_rest")
    }
    opacities = np.array(scene.opacity_logit)
    numbers["xyz"][0, 1] = np.nan
    numbers["log_scale"][1, 0] = np.inf
    numbers["rotation"][2] = 0
    numbers["sh_dc"][3, 2] = np.inf
    opacities[4] = np.nan
    # These are odd, but they are seen.
    numbers["log_scale"][5] = -np.inf
    opacities[6:8] = np.inf, -np.inf
    numbers["sh_rest"][8] = np.nan
    found = written(replace(scene, opacity_logit=opacities, **numbers), tmp_path)
    assert len(found) == 5
    assert all(np.isfinite(getattr(found, name)).all() for name in (*numbers, "opacity_logit"))
    assert np.exp(found.log_scale).min() < 1e-12


def test_nothing_to_write_is_said(tmp_path: Path) -> None:
    scene = random_scene(3, 10, 0)
    with pytest.raises(UserError, match="no splat that could be drawn"):
        write(replace(scene, rotation=np.zeros((3, 4), np.float32)), tmp_path / "scene.sog")
    with pytest.raises(UserError, match="no splat that could be drawn"):
        write(scene.take(slice(0, 0)), tmp_path / "scene.sog")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [1, 2, 5, 64, 65])
def test_few_splats(tmp_path: Path, count: int) -> None:
    found = written(random_scene(count, count, 2), tmp_path)
    assert found.sh_rest.shape == (count, COEFFICIENTS[2], 3)


def test_it_tells_how_far_it_is_and_stops_when_told(tmp_path: Path) -> None:
    scene = random_scene(COUNT, 11, 1)
    told: list[Progress] = []
    write(scene, tmp_path / "scene.sog", told.append)
    done = [one.done for one in told]
    assert done == sorted(done)
    assert done[-1] == told[-1].total
    stop = StopToken()

    def stop_on_the_way(progress: Progress) -> None:
        if progress.done > 2:
            stop.stop()

    with pytest.raises(Stopped):
        write(scene, tmp_path / "other.sog", stop_on_the_way, stop)
    assert [one.name for one in tmp_path.iterdir()] == ["scene.sog"]


def test_a_codebook_keeps_few_kinds_exactly_and_is_better_than_even_steps_for_many() -> None:
    few = np.array([3.5, -1, 3.5, 7, -1], np.float32)
    book = codebook(few)
    assert np.array_equal(book[nearest(book, few)], few)
    many = np.random.default_rng(12).standard_t(3, 100_000).astype(np.float32)
    book = codebook(many)
    error = float(np.mean((book[nearest(book, many)] - many) ** 2))
    even = np.linspace(many.min(), many.max(), 256, dtype=np.float32)
    assert error < 0.02 * float(np.mean((even[nearest(even, many)] - many) ** 2))


def test_a_codebook_bears_one_number_far_from_all_others() -> None:
    numbers = np.random.default_rng(13).normal(0, 1, 50_000).astype(np.float32)
    book = codebook(numbers)
    error = float(np.mean((book[nearest(book, numbers)] - numbers) ** 2))
    with_one = np.append(numbers, np.float32(1e7))
    book = codebook(with_one)
    found = book[nearest(book, with_one)]
    assert found[-1] == pytest.approx(1e7)
    assert float(np.mean((found[:-1] - numbers) ** 2)) < 1.5 * error


def test_a_palette_is_nearly_as_good_as_comparing_with_every_entry() -> None:
    chance = np.random.default_rng(14)
    middles = chance.normal(0, 1, (500, 9))
    rows = (middles[chance.integers(0, 500, 20_000)] + chance.normal(0, 0.05, (20_000, 9))).astype(np.float32)
    entries, labels = palette(rows, lambda _share: None, 4096)
    assert len(entries) == 4096
    error = ((rows - entries[labels]) ** 2).sum(1).mean()
    some = rows[:1000]
    exact = ((some[:, None] - entries[None]) ** 2).sum(2).min(1)
    assert ((some - entries[labels[:1000]]) ** 2).sum(1).mean() < 1.02 * exact.mean()
    # As many rows, chosen as entries by chance, are what anything that learns has to beat.
    chosen = rows[chance.permutation(len(rows))[:4096]]
    assert error < 0.8 * ((some[:, None] - chosen[None]) ** 2).sum(2).min(1).mean()


def test_whoever_writes_by_kind_hears_how_far_it_is(tmp_path: Path) -> None:
    told: list[Progress] = []
    write_splats(random_scene(50, 15, 1), tmp_path / "scene.sog", SplatFormat.SOG, told.append, StopToken())
    assert len(told) > 5
    assert len(read(tmp_path / "scene.sog")) == 50
