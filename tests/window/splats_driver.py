"""A person in the Splats place, and small scenes written by hand."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.ui.scene.splat_pane import SplatPane
from depthview.ui.splats.inspector import SplatInspector
from depthview.ui.splats.items import Item
from depthview.ui.splats.workspace import SplatWorkspace
from tests.window.driver import Driver

_REST = {0: 0, 1: 9, 2: 24, 3: 45}


@dataclass(frozen=True)
class Ball:
    """Splats evenly spread in a ball. Every tenth is faint; their sizes are all the same."""

    count: int = 400
    middle: tuple[float, float, float] = (0.0, 0.0, 3.0)
    radius: float = 0.5
    degree: int = 1
    rgb: tuple[float, float, float] = (0.9, 0.3, 0.1)
    size: float = 0.05
    seed: int = 0


def write_ball(path: Path, ball: Ball = Ball()) -> Path:
    chance = np.random.default_rng(ball.seed)
    out = chance.normal(size=(ball.count, 3))
    out *= ball.radius * np.cbrt(chance.random((ball.count, 1))) / np.linalg.norm(out, axis=1, keepdims=True)
    return write_splats(path, out + ball.middle, sizes=(ball.size,) * 3, degree=ball.degree, rgb=ball.rgb)


def write_splats(
    path: Path,
    xyz: NDArray[np.float64],
    *,
    sizes: tuple[float, float, float],
    degree: int = 0,
    rgb: tuple[float, float, float] = (0.5, 0.5, 0.5),
) -> Path:
    """Splats of one colour and size, every tenth of them faint, as their trainer would write them: a binary PLY."""
    rest = _REST[degree]
    names = ["x", "y", "z", *(f"f_dc_{i}" for i in range(3)), *(f"f_rest_{i}" for i in range(rest)), "opacity"]
    names += [*(f"scale_{i}" for i in range(3)), *(f"rot_{i}" for i in range(4))]
    table = {name: np.zeros(len(xyz), "<f4") for name in names}
    for axis, name in enumerate("xyz"):
        table[name][:] = xyz[:, axis]
        table[f"scale_{axis}"][:] = np.log(sizes[axis])
        table[f"f_dc_{axis}"][:] = (rgb[axis] - 0.5) / 0.28209479177387814
    table["opacity"][:] = 3.0
    table["opacity"][::10] = -3.0
    table["rot_0"][:] = 1.0
    header = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(xyz)}\n"
    header += "".join(f"property float {name}\n" for name in names) + "end_header\n"
    path.write_bytes(header.encode() + np.column_stack(list(table.values())).astype("<f4").tobytes())
    return path


def write_cloud(path: Path, count: int = 60) -> Path:
    """A plain cloud: places and colours, nothing of splats."""
    chance = np.random.default_rng(3)
    points = np.empty(count, np.dtype([("xyz", "<f4", 3), ("rgb", "u1", 3)]))
    points["xyz"] = chance.uniform(-1, 1, (count, 3))
    points["rgb"] = chance.integers(0, 256, (count, 3))
    names = [*(f"property float {axis}" for axis in "xyz"), *(f"property uchar {c}" for c in ("red", "green", "blue"))]
    header = "\n".join(["ply", "format binary_little_endian 1.0", f"element vertex {count}", *names, "end_header", ""])
    path.write_bytes(header.encode() + points.tobytes())
    return path


@pytest.fixture
def ball(tmp_path: Path) -> Path:
    return write_ball(tmp_path / "ball.ply")


class SplatsDriver:
    """The hands of a Driver, in Splats."""

    def __init__(self, at: Driver) -> None:
        self.at = at

    @property
    def workspace(self) -> SplatWorkspace:
        found = self.at.window.splats.workspace
        assert found is not None, "no scene was opened yet"
        return found

    @property
    def inspector(self) -> SplatInspector:
        return self.workspace.inspector

    @property
    def pane(self) -> SplatPane:
        pane = self.workspace.pane
        assert pane is not None, "nothing is shown yet"
        return pane

    @property
    def items(self) -> tuple[Item, ...]:
        return self.workspace.stage.items

    @property
    def kept(self) -> NDArray[np.int32]:
        """Which of all visible splats are shown."""
        selection = self.workspace.stage.drawn.selection
        assert selection is not None
        return selection.indices

    @property
    def world(self) -> NDArray[np.float32]:
        """(N, 3) where all visible splats are."""
        splats = self.workspace.stage.drawn.splats
        assert splats is not None
        return splats.xyz

    def until_settled(self, *titles: str) -> tuple[Item, ...]:
        """Wait until these stand there, and all work is done."""

        def settled() -> bool:
            here = self.at.window.splats.workspace
            if here is None or here.shelf.reading or not here.stage.settled or here.pane is None:
                return False
            return not titles or tuple(item.title for item in here.stage.items) == titles

        self.at.until(settled, f"the scenes {titles}")
        return self.items

    def open(self, *paths: Path) -> tuple[Item, ...]:
        self.at.window.open_many([str(path) for path in paths])
        return self.until_settled(*(path.name for path in paths))
