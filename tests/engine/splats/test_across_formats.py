"""The same scene in every format that is written: each number comes back within that format's own steps, no worse."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.writing import write_splats
from depthview.engine.splats.morton import morton_order
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene, opacity
from depthview.engine.splats.spherical_harmonics import C0
from tests.engine.splats.scenes import made_up_scene

HALF_EXTENT = 5.0


@dataclass(frozen=True)
class Steps:
    """The most that a number may be wrong by, in a scene that fills a cube of 10 units: half a step of its format.

    `rotation_rad`: the angle between the rotation and what came back. `colour`: of what depends on no direction, 0 to
    1. `harmonics`: None = any (a palette of few entries cannot hold random ones). `degree`: the highest that it holds.
    """

    place: float
    log_scale: float
    rotation_rad: float
    opacity: float
    colour: float
    harmonics: float | None
    degree: int = 3


BYTE = 0.502 / 255
STEPS = {
    SplatFormat.PLY: Steps(0, 0, 1e-7, 0, 0, 0, degree=4),
    # A chunk is a part of the scene: never coarser than the scene in 1023 steps.
    SplatFormat.COMPRESSED_PLY: Steps(5.01 / 1023, 3.01 / 1023, 0.006, BYTE, 0.51 * 0.85 / 255, 4.01 / 256),
    SplatFormat.SPLAT: Steps(0, 1e-6, 0.02, BYTE, BYTE, None, degree=0),
    SplatFormat.SPZ: Steps(0.5 / 4096, 0.5 / 16, 0.008, BYTE, BYTE / 0.15 * C0, 8.6 / 128, degree=4),
    # Places in steps of a logarithm, and the rest in books of 256 numbers as even as they can be.
    SplatFormat.SOG: Steps(5 * 1.9 / 65535 * 2, 6 / 255, 0.03, BYTE, 0.85 / 255, None),
}


def in_the_same_order(scene: SplatScene, kind: SplatFormat) -> SplatScene:
    """The scene as that format's writer sorts it."""
    if kind in (SplatFormat.COMPRESSED_PLY, SplatFormat.SOG):
        return scene.take(morton_order(scene.xyz))
    if kind is SplatFormat.SPLAT:
        size = np.exp(scene.log_scale.sum(1, dtype=np.float64))
        return scene.take(np.argsort(-size * opacity(scene.opacity_logit), kind="stable"))
    return scene


def angles_rad(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = (q / np.linalg.norm(q.astype(np.float64), axis=1, keepdims=True) for q in (a, b))
    # Not by the arc cosine, which is blind to small angles.
    return 4 * np.arcsin(np.minimum(1, np.minimum(*(np.linalg.norm(a + s * b, axis=1) for s in (1, -1))) / 2))


def largest(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(np.float64) - b).max(initial=0))


def check(back: SplatScene, wanted: SplatScene, steps: Steps) -> None:
    assert len(back) == len(wanted)
    assert back.degree == min(steps.degree, wanted.degree)
    assert largest(back.xyz, wanted.xyz) <= steps.place
    assert largest(back.log_scale, wanted.log_scale) <= steps.log_scale
    assert angles_rad(back.rotation, wanted.rotation).max(initial=0) <= steps.rotation_rad
    assert largest(opacity(back.opacity_logit), opacity(wanted.opacity_logit)) <= steps.opacity
    assert largest(C0 * back.sh_dc, C0 * wanted.sh_dc) <= steps.colour
    if steps.harmonics is not None:
        assert largest(back.sh_rest, wanted.sh_rest[:, : COEFFICIENTS[steps.degree]]) <= steps.harmonics


@pytest.mark.parametrize("degree", [0, 3, 4])
@pytest.mark.parametrize("kind", STEPS)
def test_a_scene_comes_back_from_every_format(tmp_path: Path, kind: SplatFormat, degree: int) -> None:
    scene = made_up_scene(3000, degree, seed=degree, half_extent=HALF_EXTENT, antialiased=degree == 3)
    write_splats(scene, tmp_path / "scene", kind)
    back = open_splats(tmp_path / "scene")
    assert isinstance(back, SplatScene)
    check(back, in_the_same_order(scene, kind), STEPS[kind])
    if kind is not SplatFormat.SPLAT:
        assert back.antialiased is scene.antialiased


@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("first", [SplatFormat.COMPRESSED_PLY, SplatFormat.PLY])
def test_from_format_to_format_nothing_is_lost_beyond_both_their_steps(
    tmp_path: Path, first: SplatFormat, kind: SplatFormat
) -> None:
    """Signs, orders and axes of any two agree; from a PLY file, whose arrays are mapped and not aligned, as well."""
    write_splats(made_up_scene(3000, 1, seed=9, half_extent=HALF_EXTENT), tmp_path / "first", first)
    packed = open_splats(tmp_path / "first")
    assert isinstance(packed, SplatScene)
    write_splats(packed, tmp_path / "then", kind)
    back = open_splats(tmp_path / "then")
    assert isinstance(back, SplatScene)
    check(back, in_the_same_order(packed, kind), STEPS[kind])
