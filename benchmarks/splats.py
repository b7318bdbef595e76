"""`python -m benchmarks.splats [--scene FILE]... [--size WxH] [--views N] [--json]`: F3D's splats and DepthView's.

The same scenes, sizes and camera path, in turns in one run, so that a busy machine slows all alike: seconds of a whole
picture (sorted and coloured for its look, read back), and how near it is to the published equations in float64. Of
DepthView also how many pictures a second the pane shows while the eye turns. Each drawer reads the same file. With
`LIBGL_ALWAYS_SOFTWARE=1` it is software OpenGL for all. F3D comes from the package index: `pip install f3d`.

Without --scene: two made-up scenes, and the trained ones of ../shared/data/splats where they are.
"""

import argparse
import json
import math
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QGuiApplication, QImage

from benchmarks.f3d_drawing import F3dDrawing
from benchmarks.figures import machine
from benchmarks.splat_reference import psnr_over_object, reference
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.writing import write_splats
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.gl_splat_drawing import GlSplatDrawing
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.sight import Sight, axes
from depthview.ui.scene.splat_drawing import SplatDrawing, SplatLook

SIZE = (1280, 720)
VIEWS = 4
_DATA = Path(__file__).parents[2] / "shared" / "data" / "splats"
_TRAINED = ("guitar.compressed.ply", "biker.spz", "playbot_sog")
_MADE_UP = (100_000, 300_000)
_FOV_DEG = 50.0
_TURN_DEG = 15.0
_MOVING_TURN_DEG = 1.0
_MOVING_S = 3.0
_GROUND = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Row:
    """`whole_s`: the median over the views. `moving_fps`: None for what was not asked to move."""

    scene: str
    splats: int
    drawn_by: str
    whole_s: float
    psnr_db: float
    moving_fps: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scene", type=Path, action="append", help="a splat file; may be given several times")
    parser.add_argument("--size", default="x".join(map(str, SIZE)), help="WxH of the pictures")
    parser.add_argument("--views", type=int, default=VIEWS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    width, height = (int(part) for part in asked.size.split("x"))
    application = QGuiApplication.instance() or QGuiApplication([])
    opened = OffscreenScene()
    rows = []
    for name, scene in _scenes(asked.scene):
        rows += measure(name, scene, (width, height), asked.views, opened)
    result = {
        "machine": machine(),
        "software": opened.software,
        "size": [width, height],
        "rows": [asdict(row) for row in rows],
    }
    opened.release()
    print(json.dumps(result) if asked.json else f"{result['machine']}, {width}x{height}\n{_as_text(rows)}")
    del application


def measure(name: str, scene: SplatScene, size_px: tuple[int, int], views: int, opened: OffscreenScene) -> list[Row]:
    """A row for each drawer. F3D and DepthView read what was written for F3D, so that they draw the same."""
    with tempfile.TemporaryDirectory() as folder:
        kind = SplatFormat.SPZ if scene.degree else SplatFormat.SPLAT
        path = Path(folder) / f"scene.{kind.value}"
        write_splats(scene, path, kind)
        read = open_splats(path)
        assert isinstance(read, SplatScene)
        return _measure(name, prepared([Placed(read)]), path, size_px, views, opened)


def _measure(
    name: str, splats: PreparedSplats, path: Path, size_px: tuple[int, int], views: int, opened: OffscreenScene
) -> list[Row]:
    path_of_eye = path_round(splats)
    sights = [path_of_eye(n * _TURN_DEG) for n in range(views + 1)]
    ours: dict[str, SplatDrawing] = {"DepthView, OpenGL": GlSplatDrawing(), "DepthView, processor": CpuSplatDrawing()}
    for drawing in ours.values():
        drawing.show(splats)
    rival = _rival(path, size_px)
    taken: dict[str, list[tuple[float, float]]] = {}
    for n, sight in enumerate(sights):
        view = sight.view(size_px)
        exact = reference(splats, view, splats.colours(view.eye))
        truth = np.clip(exact.rgb, 0, 1)
        drawn: dict[str, tuple[NDArray[np.uint8], float]] = {}
        if rival is not None:
            drawn[f"F3D {rival.version}"] = rival.draw(view)
        for who, drawing in ours.items():
            began = time.perf_counter()
            picture = drawing.draw_all(opened, size_px, SplatLook(sight, ground=_GROUND))
            took_s = time.perf_counter() - began
            drawn[who] = _rgb(picture), took_s
        for who, (pixels, took_s) in drawn.items():
            if n:  # the first brings shaders, kernels and buffers up
                taken.setdefault(who, []).append((took_s, psnr_over_object(pixels, truth, exact.touched)))
    if rival is not None:
        rival.close()
    moving = {who: _moving_fps(drawing, opened, size_px, path_of_eye) for who, drawing in ours.items()}
    for drawing in ours.values():
        drawing.leave(opened)
    rows = []
    for who, found in taken.items():
        whole_s, psnr_db = (float(np.median(column)) for column in np.transpose(found))
        rows.append(Row(name, len(splats), who, whole_s, psnr_db, moving.get(who)))
    return rows


def _moving_fps(drawing: SplatDrawing, opened: OffscreenScene, size_px: tuple[int, int], path_of_eye: Any) -> float:
    """How many pictures a second come while the eye turns, in the second half: by then it is known what is quick."""
    began = time.perf_counter()
    halfway, count, step = None, 0, 0
    while (now := time.perf_counter()) < began + _MOVING_S:
        step += 1
        drawing.begin()
        if drawing.draw_some(opened, size_px, SplatLook(path_of_eye(step * _MOVING_TURN_DEG), ground=_GROUND)):
            count += 1
        else:
            time.sleep(0.002)
        if halfway is None and now > began + _MOVING_S / 2:
            halfway, count = now, 0
    return count / (time.perf_counter() - halfway) if halfway is not None else 0.0


def _rival(path: Path, size_px: tuple[int, int]) -> F3dDrawing | None:
    try:
        return F3dDrawing(path, size_px, _FOV_DEG)
    except ImportError:
        return None


def path_round(splats: PreparedSplats) -> Any:
    """By degrees of the turn: round the middle of the scene, a little above it, so far away that most of it is seen."""
    low, high = np.percentile(splats.xyz[:: max(1, len(splats) // 10_000)], [2, 98], axis=0).astype(np.float64)
    distance = 1.2 * float(np.linalg.norm(high - low))

    def sight(turn_deg: float) -> Sight:
        eye = (low + high) / 2 - distance * axes(turn_deg, 10.0)[2]
        return Sight(eye, turn_deg, 10.0, _FOV_DEG, 0.01 * distance, 20 * distance)

    return sight


def _rgb(picture: QImage | None) -> NDArray[np.uint8]:
    if picture is None:
        raise RuntimeError("there is no OpenGL")
    image = picture.convertToFormat(QImage.Format.Format_RGBX8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return rows[..., :3].copy()


def _scenes(asked: list[Path] | None) -> list[tuple[str, SplatScene]]:
    found = [(f"made up, {count // 1000} k", made_up(count)) for count in _MADE_UP] if asked is None else []
    paths = asked if asked is not None else [path for name in _TRAINED if (path := _DATA / name).exists()]
    for path in paths:
        scene = open_splats(path)
        if isinstance(scene, SplatScene):
            found.append((path.name, scene))
    return found


def made_up(count: int) -> SplatScene:
    """A bumpy ball of flat splats, as trained ones lie on surfaces, coloured by side and direction."""
    draw = np.random.default_rng(count)
    out = draw.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    bumps = 1 + 0.15 * np.sin(5 * out[:, :1]) * np.cos(4 * out[:, 1:2])
    size = math.log(1.5 / math.sqrt(count))
    log_scale = draw.normal(size, 0.4, (count, 3)) - [0, 0, 2]
    # The turn of z to the outside.
    rotation = np.stack([1 + out[:, 2], -out[:, 1], out[:, 0], np.zeros(count)], 1)
    return SplatScene(
        (out * bumps).astype(np.float32),
        log_scale.astype(np.float32),
        rotation.astype(np.float32),
        draw.normal(2, 1.5, count).astype(np.float32),
        (1.5 * out).astype(np.float32),
        draw.normal(0, 0.1, (count, COEFFICIENTS[2], 3)).astype(np.float32),
    )


def _as_text(rows: list[Row]) -> str:
    cells = [("scene", "splats", "drawn by", "whole picture", "PSNR", "while moving")]
    for row in rows:
        moving = f"{row.moving_fps:.1f} a second" if row.moving_fps is not None else ""
        cells.append(
            (row.scene, f"{row.splats}", row.drawn_by, f"{1000 * row.whole_s:.0f} ms", f"{row.psnr_db:.1f} dB", moving)
        )
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    main()
