"""What is held against each other: OpenCV's own matching, HITNet, and what DepthView ships."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.stereo_pairs import DATA, KnownPair
from depthview.engine.estimators.base import Estimate, Estimator, Selection
from depthview.engine.estimators.fit import Fit
from depthview.engine.estimators.iterative import FOLDER, MODEL_ID, TITLE, IterativeStereoEstimator
from depthview.engine.estimators.seed import Seeder
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import Disparity
from depthview.engine.models.library import ModelLibrary
from depthview.engine.resources import resource

STOCK, OWN_SGM, HITNET = "OpenCV SGBM 3-way", "DepthView SGM", "HITNet 240x320"
SEED_ALONE = "our seed alone"
"""What the network begins with, its holes bridged: what it does not beat it should have left alone."""
GRAPHS = resource(FOLDER)
HITNET_FILE = DATA / "models" / "hitnet_1x240x320_model_float32.onnx"
THREADS = 2

WIDTH_PX, ITERATIONS = 640, 10
"""Where the network is judged."""
COUNTS = (1, 2, 5, 10, 20)
WIDTHS_PX = (320, 480, 640, 960)

_MULTIPLE_PX = 16
_UNKNOWN_RANGE = 128


@dataclass(frozen=True, slots=True)
class Ours:
    """One setting of the bundled network, cold. The picture is scaled to `width_px`, whatever its own width."""

    width_px: int = WIDTH_PX
    iterations: int = ITERATIONS
    seed: bool = True

    @property
    def name(self) -> str:
        return f"ours, {self.width_px} wide, {self.iterations} it" + ("" if self.seed else ", no seed")


def settings(*, quick: bool) -> list[Ours]:
    """The table's rows: iterations, without the seed, widths. The one that is judged comes in each of them once."""
    counts = (1, ITERATIONS) if quick else COUNTS
    rows = [Ours(iterations=count) for count in counts] + [Ours(seed=False)]
    return rows + [Ours(width_px=width) for width in ((320,) if quick else WIDTHS_PX) if width != WIDTH_PX]


def size_at_width(size_hw: tuple[int, int], width_px: int) -> tuple[int, int]:
    """The smallest working size of multiples of 16 in which a picture of `size_hw` fits at `width_px`."""
    height = -(-size_hw[0] * width_px // size_hw[1])
    return -(-height // _MULTIPLE_PX) * _MULTIPLE_PX, -(-width_px // _MULTIPLE_PX) * _MULTIPLE_PX


def open_ours(
    size_hw: tuple[int, int],
    iterations: int,
    *,
    graphs: Path = GRAPHS,
    seed: bool = True,
    warm: bool = False,
    threads: int = THREADS,
) -> Estimator:
    """The bundled network at a working size. Raises UserError when its graphs are not there.

    It does all the iterations that are asked for: a table over iterations that ends them early would be none.
    """
    selection = Selection(MODEL_ID, iterations, size_hw)
    return IterativeStereoEstimator(
        graphs, selection, title=TITLE, threads=threads, seed=seed, warm=warm, stop_below_px=0.0
    )


def run_ours(pair: KnownPair, setting: Ours, *, graphs: Path = GRAPHS) -> Estimate:
    size_hw = size_at_width(pair.frame.size_hw, setting.width_px)
    with closing(open_ours(size_hw, setting.iterations, graphs=graphs, seed=setting.seed)) as estimator:
        return estimator.estimate(pair.frame)


def open_hitnet(file: Path = HITNET_FILE, *, threads: int = THREADS) -> Estimator:
    return ModelLibrary().open_estimator(Selection(str(file)), threads=threads)


def stock_sgbm(pair: KnownPair) -> Disparity:
    """OpenCV's matching as its own samples set it up, on colours, with the range that the truth needs.

    Nothing is padded: what lies closer to the left edge than the range is unknown. That is the stock behaviour. On grey
    pictures (notes/stereo.md 2.3) it is about a point worse: the better of the two is the one to beat.
    """
    known = np.isfinite(pair.disparity_px).any()
    highest = pair.highest_px if known else _UNKNOWN_RANGE
    channels, block_px = 3, 5
    area = channels * block_px * block_px
    matcher = cv2.StereoSGBM.create(
        minDisparity=0,
        numDisparities=max(16, -(-int(np.ceil(highest)) // 16) * 16),
        blockSize=block_px,
        P1=8 * area,
        P2=32 * area,
        disp12MaxDiff=1,
        uniquenessRatio=10,
        speckleWindowSize=100,
        speckleRange=32,
        mode=cv2.STEREO_SGBM_MODE_SGBM_3WAY,
    )
    sixteenths = matcher.compute(
        np.ascontiguousarray(pair.left[..., ::-1]), np.ascontiguousarray(pair.right[..., ::-1])
    )
    disparity = sixteenths.astype(np.float32) / np.float32(16)
    return np.where(sixteenths < 0, np.float32(np.nan), disparity)


def own_sgm(pair: KnownPair) -> Disparity:
    return SemiGlobalEstimator(Selection("sgm")).estimate(pair.frame).values


def seed_alone(pair: KnownPair) -> Disparity:
    inside = Fit.inside(pair.frame.size_hw, size_at_width(pair.frame.size_hw, WIDTH_PX))
    fit = Fit(inside.source_hw, inside.content_hw, inside.content_hw)
    return fit.undo(Seeder().seed(fit.apply(pair.frame.left), fit.apply(pair.frame.right), fit.content_hw).disparity_px)


@contextmanager
def others(hitnet_file: Path = HITNET_FILE) -> Iterator[dict[str, Callable[[KnownPair], Disparity]]]:
    """By their names what has to be beaten; HITNet where its file is there."""
    methods: dict[str, Callable[[KnownPair], Disparity]] = {
        STOCK: stock_sgbm,
        OWN_SGM: own_sgm,
        SEED_ALONE: seed_alone,
    }
    if not hitnet_file.is_file():
        yield methods
        return
    with closing(open_hitnet(hitnet_file)) as hitnet:
        yield methods | {HITNET: lambda pair: hitnet.estimate(pair.frame).values}
