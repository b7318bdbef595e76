"""Make the splat sample: `python -m training.room.make_splats [--output DIR] [--compare]`.

The room of the sample clip as flat splats, without any training: where every surface is and how it is coloured is
known. It stands open to the right, to the front and above, so that one may look at it from outside as well as walk in.
Takes some minutes; needs no display. `--compare` draws what was made and says how near it is to the exact pictures.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from depthview.engine.splats.formats import sog
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.quaternions import quaternions
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.spherical_harmonics import C0
from depthview.engine.splats.view import View
from training.room.cameras import Pinhole, cube_faces, look_at
from training.room.colouring import corrected
from training.room.make_sample import SEED
from training.room.patches import Patch, grid_normals, quad
from training.room.render import Renderer
from training.room.room import BACK, BACK_WINDOW, LEFT, RIGHT, SIDE_WINDOW, build_room
from training.room.seen import Seen
from training.room.stage import Stage
from training.room.surfels import Surfels, covered, surface
from training.room.truth import SAMPLES

COUNT = 150_000
NAME = "room_splats.sog"
BALL_TURN = 0.37
"""Of the clip's way: the ball is in the air, and throws its shadow."""

_THICKNESS_M = 0.0006
_OPACITY_LOGIT = 5.5
_SIZES_M, _SIGMAS = (0.01, 0.05), (0.45, 0.7)
_GLOSS = {"floor": 0.05, "ball": 0.06}
"""How much brighter a varnished thing is towards the windows, of white; exact pictures have no gloss."""
_TOWARDS_WINDOWS = np.array([-0.5, -0.45, 0.75])
_C1 = 0.4886025119029199
_SHEET = "sheet"
_UPWARDS = 0.1
"""The mean upward part of normals from which on a sheet is a leaf, whose upper side is the one that is seen."""
_OUTSIDE = (
    (5, 0, 2.5),
    (3, -4, 3),
    (0, -5, 2),
    (2, 0, 5),
    (6, 3, 3),
    (-3, -4, 2.5),
    (1, 2, 7),
    (7, -4, 5),
    (4, -3, 1),
)
_TARGETS = ((-1.6, 4.6, 1.0), (0.9, 4.6, 0.9), (-2.2, 2.2, 0.9), (0.3, 2.9, 0.1), (1.7, 3.3, 0.6), (-1.0, 1.4, 0.7))
_ROUNDS, _STEP = 4, 0.8
_WORLD_FROM_ROOM = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""x right, y down, z forward, of x right, y forward, z up."""

Surfaces = list[tuple[Patch, NDArray[np.uint8]]]


def shown(stage: Stage) -> Surfaces:
    """What the sample holds of the room: no ceiling, no wall before and to the right, and a view in each window."""
    kept: Surfaces = []
    for patch, picture in stage.surfaces(0):
        low, high = patch.points.reshape(-1, 3).min(0), patch.points.reshape(-1, 3).max(0)
        if patch.name in ("ceiling", "front wall", "right wall") or low[0] > RIGHT - 0.04:
            continue
        if patch.name == "outside":
            kept += _window_views(picture, low, high)
        else:
            kept.append((patch, picture))
    return one_sided(kept)


def one_sided(surfaces: Surfaces) -> Surfaces:
    """Splats are seen from both sides: of two patches back to back only the upper one is kept, or else the first."""
    kept: Surfaces = []
    fronts: Surfaces = []
    for patch, picture in surfaces:
        if not patch.twin:
            kept.append((patch, picture))
        elif not fronts:
            fronts.append((patch, picture))
        else:
            upwards = float(grid_normals(patch.points)[..., 2].mean())
            patch, picture = (patch, picture) if upwards > _UPWARDS else fronts[0]
            kept.append((replace(patch, twin=False, name=_SHEET), picture))
            fronts.clear()
    return kept


def _window_views(garden: NDArray[np.uint8], low: NDArray[np.float64], high: NDArray[np.float64]) -> Surfaces:
    """The garden as from the middle of the room, on panes a little behind the windows' bars."""
    eye = np.array([0.2, 1.0, 1.4])
    x0, x1, z0, z1 = BACK_WINDOW
    far = (low[1] - eye[1]) / (BACK + 0.05 - eye[1])
    height, width = garden.shape[:2]
    columns = [round((eye[0] + (x - eye[0]) * far - low[0]) / (high[0] - low[0]) * width) for x in (x0, x1)]
    rows = [round((eye[2] + (z - eye[2]) * far - low[2]) / (high[2] - low[2]) * height) for z in (z0, z1)]
    back = np.ascontiguousarray(garden[max(0, rows[0]) : rows[1], max(0, columns[0]) : columns[1]])
    paint = np.zeros((2, 2, 3), np.float32)
    y0, y1, s0, s1 = SIDE_WINDOW
    middle = garden[rows[0] - height // 12 : rows[1], : width // 2, ::1]
    return [
        (quad((x0, BACK + 0.05, z0), (x1 - x0, 0, 0), (0, 0, z1 - z0), paint), back),
        (quad((LEFT - 0.05, y0, s0), (0, y1 - y0, 0), (0, 0, s1 - s0), paint), np.ascontiguousarray(middle)),
    ]


def eyes() -> list[Pinhole]:
    """From where the room may be looked at: all around from within, and from outside where it is open."""
    found: list[Pinhole] = []
    for x, y, z in (
        *((x, y, z) for x in (-1.9, -0.6, 0.5, 2.0) for y in (-0.9, 0.7, 2.2, 3.7) for z in (0.45, 1.5)),
        *((x, 4.4, z) for x in (0.2, 1.6) for z in (0.9, 2.0)),
    ):
        found += cube_faces((x, y, z), 800)
    return found + [Pinhole.centred(1600, 1300, 1200, look_at(eye, (0.0, 2.0, 0.9))) for eye in _OUTSIDE]


def _sigma(size_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviations by lengths: fine cells hold a picture and stay sharp, large ones must leave no gaps."""
    return np.interp(np.log(np.maximum(size_m, 1e-6)), np.log(_SIZES_M), _SIGMAS)


def splats(surfels: Surfels) -> SplatScene:
    """Flat splats in the world's axes: x right, y down, z forward, metres."""
    axes = _WORLD_FROM_ROOM @ surfels.axes
    sizes = np.maximum(surfels.size_m * _sigma(surfels.size_m), _THICKNESS_M)
    towards = _TOWARDS_WINDOWS / np.linalg.norm(_TOWARDS_WINDOWS)
    lobe = np.array([-towards[1], towards[2], -towards[0]]) / _C1
    rest = np.repeat((surfels.gloss[:, None] * lobe)[:, :, None], 3, axis=2)
    return SplatScene(
        xyz=(surfels.middle @ _WORLD_FROM_ROOM.T).astype(np.float32),
        log_scale=np.log(sizes).astype(np.float32),
        rotation=quaternions(axes).astype(np.float32),
        opacity_logit=np.full(len(axes), _OPACITY_LOGIT, np.float32),
        sh_dc=((surfels.rgb / 255 - 0.5) / C0).astype(np.float32),
        sh_rest=rest.astype(np.float32),
    )


def make(surfaces: Surfaces, renderer: Renderer, count: int = COUNT) -> SplatScene:
    """The splats of what a renderer shows."""
    seen = Seen(renderer, eyes())
    fine, masks = [], []
    for patch, picture in surfaces:
        one = surface(patch, picture, _GLOSS.get(patch.name, 0.0))
        points, normals = one.points.reshape(-1, 3), one.normals.reshape(-1, 3)
        mask = seen.by_any(points, normals)
        if patch.name == _SHEET:
            mask |= seen.by_any(points, -normals)
        fine.append(one)
        masks.append(mask.reshape(one.points.shape[:2]))
    scene = splats(covered(fine, masks, count))
    pictures = [(_view(camera), *renderer.view(camera, supersample=2)) for camera in _learning()]
    return corrected(scene, pictures, rounds=_ROUNDS, step=_STEP, told=lambda error: print(f"mean square {error:.1f}"))


def _learning() -> list[Pinhole]:
    """Where colours are corrected: not where the splats are compared."""
    found = []
    for x, y in ((-0.2, -0.3), (1.3, 0.3), (-0.4, 2.6), (1.2, 2.4), (0.4, 1.3)):
        for z in (1.55, 0.9):
            for target in _TARGETS:
                if math.hypot(target[0] - x, target[1] - y) > 0.7:
                    found.append(Pinhole.centred(800, 600, 560, look_at((x, y, z), target)))
    return found + [Pinhole.centred(800, 600, 700, look_at(eye, (0, 2.2, 0.8))) for eye in _OUTSIDE[:4]]


def views() -> dict[str, Pinhole]:
    """Where the splats are compared with the exact pictures: as one walks in, near things, and from outside."""

    def at(eye: Sequence[float], target: Sequence[float], focal_px: float = 700.0) -> Pinhole:
        return Pinhole.centred(960, 640, focal_px, look_at(eye, target))

    return {
        "entering": at((0.1, -0.6, 1.5), (-0.1, 3.3, 0.9)),
        "middle": at((0.9, 1.6, 1.5), (-1.0, 4.4, 1.0)),
        "table": at((0.0, 0.6, 1.25), (-1.0, 1.6, 0.75)),
        "shelf": at((-0.7, 3.1, 1.4), (-1.4, 4.8, 1.1)),
        "rug": at((0.3, 1.7, 1.4), (0.3, 3.2, 0.1)),
        "outside": at((4.5, -2.6, 3.0), (-0.2, 2.4, 0.7), 900.0),
    }


def compare(scene: SplatScene, renderer: Renderer, folder: Path) -> dict[str, float]:
    """PSNR in dB of each view, without gloss, where anything is seen. `folder` gets the pictures, exact ones above."""
    found = {}
    folder.mkdir(parents=True, exist_ok=True)
    with Rasterizer(prepared([Placed(scene)])) as rasterizer:
        for name, camera in views().items():
            exact, depth_m = renderer.view(camera, supersample=3)
            drawn = rasterizer.draw(_view(camera), degree=0).over((0.0, 0.0, 0.0))
            seen = np.isfinite(depth_m)
            error = (exact.astype(np.float64) - drawn)[seen]
            found[name] = 10 * math.log10(255**2 / float((error**2).mean()))
            Pillow.fromarray(np.concatenate([exact, drawn])).save(folder / f"{name}.png")
    return found


def _view(camera: Pinhole) -> View:
    pose = camera.world_from_camera
    turn = _WORLD_FROM_ROOM @ pose[:3, :3]
    return View(_WORLD_FROM_ROOM @ pose[:3, 3], turn.T, camera.focal_x_px, camera.width_px, camera.height_px)


def make_splats(folder: Path, compared: Path | None) -> None:
    """Write room_splats.sog into `folder`, and what comparing finds into `compared`."""
    room = build_room(SEED)
    stage, renderer = Stage(room, [BALL_TURN]), Renderer()
    try:
        stage.set_turn(0)
        surfaces = shown(stage)
        renderer.show("all", [patch for patch, _ in surfaces], [picture for _, picture in surfaces])
        folder.mkdir(parents=True, exist_ok=True)
        sog.write(make(surfaces, renderer), folder / NAME)
        if compared is not None:
            for name, psnr_db in compare(sog.read(folder / NAME), renderer, compared).items():
                print(f"{name}: {psnr_db:.2f} dB")
    finally:
        stage.close()
        renderer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=SAMPLES)
    parser.add_argument("--compare", type=Path, metavar="DIR", help="write exact and drawn pictures there, print PSNR")
    options = parser.parse_args()
    make_splats(options.output, options.compare)


if __name__ == "__main__":
    main()
