"""`python -m benchmarks.panorama_surface [--rooms N] [--height PX] [--json]`: what flattening does to range maps.

Rooms of boxes, furnished with boxes, whose range and normals are known exactly, are bent as networks bend them: slow
waves of several per cent, ripples, corners and edges smeared, a little noise. Then they are refined, and both are held
against the truth: the normals' error, the range's, and both beside the corners, where flattening could round them.
Range errors are of maps brought to the truth's median, since networks seldom know the scale.
"""

import argparse
import json
import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import machine, table
from depthview.engine.frames import Values
from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.panorama.surface.refine import refined
from depthview.engine.sphere import directions, surrounded

CORNER_DEG = 2.0
WAVES = ((60.0, 0.035), (25.0, 0.02), (8.0, 0.006))
"""(degrees from crest to crest, standard deviation of the logarithm of the range) of what networks get wrong."""
SMEARED_DEG = 0.8
GRAIN = 0.002
_WAVES_EACH = 24

Grid = NDArray[np.float64]


@dataclass(frozen=True)
class Furnished:
    """A room of `low` to `high` metres around the eye, turned by `yaw`, with boxes in it: (N, 2, 3) low and high."""

    low: Grid
    high: Grid
    boxes: Grid
    yaw: float

    def met(self, towards: NDArray[np.floating]) -> tuple[Grid, Grid]:
        """(...) the range in metres, and (..., 3) the normal of what is met, towards the eye."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
        own = towards.astype(np.float64) @ turn.T
        with np.errstate(divide="ignore"):
            walls = np.where(own > 0, self.high, self.low) / own
        range_m, axis = walls.min(axis=-1), walls.argmin(axis=-1)
        for low, high in self.boxes:
            with np.errstate(divide="ignore", invalid="ignore"):
                one, other = low / own, high / own
            enters, leaves = np.minimum(one, other), np.maximum(one, other)
            near = enters.max(axis=-1)
            hit = (near > 0) & (near < leaves.min(axis=-1)) & (near < range_m)
            range_m, axis = np.where(hit, near, range_m), np.where(hit, enters.argmax(axis=-1), axis)
        facing = np.zeros(towards.shape)
        np.put_along_axis(facing, axis[..., None], -np.sign(np.take_along_axis(own, axis[..., None], -1)), -1)
        return range_m, facing @ turn


def furnished(rng: np.random.Generator) -> Furnished:
    """A room of 2 to 7 m with cupboards, tables and beds along its walls, the eye somewhere in the middle."""
    size = np.array([rng.uniform(2.5, 7), rng.uniform(2.3, 3.2), rng.uniform(2.5, 7)])
    eye = size * np.array([rng.uniform(0.35, 0.65), 0, rng.uniform(0.35, 0.65)])
    eye[1] = size[1] - rng.uniform(1.2, 1.7)
    boxes = []
    for _ in range(rng.integers(3, 8)):
        wide, tall, deep = rng.uniform(0.5, 1.8), rng.choice([0.45, 0.75, 1.1, 2.0]), rng.uniform(0.3, 0.8)
        along, side = rng.integers(2), rng.integers(2)
        extent = np.array([wide, tall, deep])[[0, 1, 2] if along else [2, 1, 0]]
        corner = rng.uniform(0, 1, 3) * (size - extent)
        corner[1] = size[1] - tall
        across = 2 if along else 0
        corner[across] = 0 if side else size[across] - extent[across]
        low, high = corner - eye, corner + extent - eye
        if (low < 0.3).all() and (high > -0.3).all():
            continue  # the eye stands there
        boxes.append((low, high))
    return Furnished(-eye, size - eye, np.array(boxes).reshape(-1, 2, 3), float(rng.uniform(-np.pi, np.pi)))


def bent(range_m: Grid, rng: np.random.Generator) -> Values:
    """The range as a network might see it."""
    height, width = range_m.shape
    nearness = _smeared(1 / range_m, SMEARED_DEG)
    log_range = -np.log(nearness)
    towards = directions((128, 256))
    for period_deg, strength in WAVES:
        # Waves through space, met on the sphere: as long at the poles as elsewhere.
        ways = rng.normal(size=(_WAVES_EACH, 3))
        ways *= 360 / period_deg / np.linalg.norm(ways, axis=1, keepdims=True)
        wave = np.cos(towards @ ways.T + rng.uniform(0, 2 * np.pi, _WAVES_EACH)).sum(axis=-1) * (2 / _WAVES_EACH) ** 0.5
        log_range += strength * _enlarged(wave, (height, width))
    log_range += rng.normal(0, GRAIN, range_m.shape)
    return np.exp(log_range).astype(np.float32)


def _enlarged(values: Grid, size_hw: tuple[int, int]) -> Grid:
    step = size_hw[0] // len(values)
    large = cv2.resize(surrounded(values, 2), None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[2 * step : -2 * step, 2 * step : -2 * step])


def _smeared(values: Grid, sigma_deg: float) -> Grid:
    sigma_px = sigma_deg / 180 * values.shape[0]
    margin = int(4 * sigma_px) + 1
    soft = cv2.GaussianBlur(surrounded(values, margin), (0, 0), sigma_px)
    return np.asarray(soft[margin:-margin, margin:-margin])


def judged(range_m: Values, truth_m: Grid, truth_normals: Grid, where: NDArray[np.bool_]) -> dict[str, float]:
    """Mean errors `where`: of the normals in degrees, and of the range, per cent, after the medians are made equal."""
    found = surface_normals(range_m, directions(range_m.shape))
    off_deg = np.degrees(np.arccos(np.clip((found * truth_normals).sum(axis=-1), -1, 1)))
    scaled = range_m * np.median(truth_m / range_m)
    weight = np.where(where, np.cos((0.5 - (np.arange(len(range_m)) + 0.5) / len(range_m)) * np.pi)[:, None], 0)
    return {
        "normals_deg": float(np.average(off_deg, weights=weight)),
        "range_percent": float(100 * np.average(np.abs(scaled / truth_m - 1), weights=weight)),
    }


def corners(truth_m: Grid, truth_normals: Grid) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(H, W) each: within `CORNER_DEG` of where two surfaces meet or one ends, and the jumps themselves."""
    around, far = surrounded(truth_normals), surrounded(np.log(truth_m))
    turns = np.zeros(truth_m.shape, np.bool_)
    jumps = np.zeros(truth_m.shape, np.bool_)
    for row, column in ((0, 1), (2, 1), (1, 0), (1, 2)):
        window = slice(row, row + len(truth_m)), slice(column, column + truth_m.shape[1])
        turns |= np.abs(around[window] - truth_normals).max(axis=-1) > 1e-6
        jumps |= np.abs(far[window] - np.log(truth_m)) > 0.1
    reach = max(1, round(CORNER_DEG / 180 * len(truth_m)))
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    near = cv2.dilate(surrounded((turns | jumps).astype(np.uint8), reach), kernel)[reach:-reach, reach:-reach]
    torn = cv2.dilate(surrounded(jumps.astype(np.uint8), reach), kernel)[reach:-reach, reach:-reach]
    return near > 0, torn > 0


def measure(size_hw: tuple[int, int], rooms: int) -> dict[str, Any]:
    """Mean figures over `rooms`, before and after."""
    towards = directions(size_hw)
    sums: dict[str, list[dict[str, float]]] = {}
    taken_s = []
    for number in range(rooms):
        rng = np.random.default_rng(number)
        truth_m, truth_normals = furnished(rng).met(towards)
        near, torn = corners(truth_m, truth_normals)
        before = bent(truth_m, rng)
        started = time.process_time()
        after = refined(before, np.ones(size_hw, np.bool_))
        taken_s.append(time.process_time() - started)
        for name, where in (("everywhere", np.ones(size_hw, np.bool_)), ("corners", near & ~torn), ("edges", torn)):
            for when, found in (("before", before), ("after", after)):
                sums.setdefault(f"{name}_{when}", []).append(judged(found, truth_m, truth_normals, where))
    return {
        "refine_s": min(taken_s),
        **{name: {key: float(np.mean([one[key] for one in each])) for key in each[0]} for name, each in sums.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=8)
    parser.add_argument("--height", type=int, default=512, help="of the maps, pixels; they are twice as wide")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure((asked.height, 2 * asked.height), asked.rooms)
    result = {"machine": machine(), "rooms": asked.rooms, "height": asked.height, **figures}
    print(json.dumps(result) if asked.json else _as_text(result))


def _as_text(result: dict[str, Any]) -> str:
    rows = []
    for name, words in (("everywhere", "everywhere"), ("corners", "beside corners"), ("edges", "beside depth edges")):
        for key, unit in (("normals_deg", "degrees"), ("range_percent", "%")):
            before, after = result[f"{name}_before"][key], result[f"{name}_after"][key]
            rows.append((f"{words}: {key.split('_')[0]}", f"{after:.2f} {unit}", f"before: {before:.2f}"))
    rows.append(("processor time, the best", f"{result['refine_s']:.2f} s", "under 1 s at 2048 x 1024"))
    return f"{result['machine']}\n{result['rooms']} rooms\n{table(rows)}"


if __name__ == "__main__":
    main()
