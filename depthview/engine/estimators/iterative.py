"""DepthView stereo: the bundled network, which starts at a classical match and improves it for as long as is wanted.

Each frame is seeded by semi-global matching; iterations fill and correct it. A video's next frame goes on from the last
one's state, so that few iterations do. With a wanted rate, size and iterations follow from what the machine can do; the
slowest are left with the seed, its holes bridged.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.estimators.continuity import Continuity, still_holds
from depthview.engine.estimators.convergence import from_zero
from depthview.engine.estimators.fit import Fit
from depthview.engine.estimators.network import IteratedNetwork, padded_hw
from depthview.engine.estimators.pace import Pace, Rung
from depthview.engine.estimators.seed import Seed, Seeder
from depthview.engine.estimators.sgm import LARGEST_HW, SIZES_HW, at_most
from depthview.engine.frames import Confidence, Image, StereoPair

MODEL_ID = "dv-stereo"
TITLE = "DepthView stereo"
FOLDER = "models/dv_stereo"
"""Where its graphs are among the bundled resources."""

MOST_ITERATIONS = 32
OFFERED_ITERATIONS = (1, 2, 3, 5, 8, 12, 20, 32)
DEFAULT_ITERATIONS = 5
STILL_ITERATIONS = 10
"""For a picture that has all the time, where the person chose none."""
LIVE_RATE_HZ = 10.0
FASTEST_HZ = 240.0

_PACED_ITERATIONS = (0, 1, 2, 3, 5, 8, 12, 20)
"""With none the seed is the answer: what is left where a network at a good size takes too long."""
_FOUND_RIGHT, _BRIDGED_RIGHT = 0.93, 0.6
"""How often what matching found, and what was bridged, is right within 2 px: means over three photo pairs."""
_HIGHEST_HW = (1440, 2560)
"""Every pixel is compared with all of its row: memory grows with the width squared, by calculation to 2 GB here."""
_STILL_CHANGE_PX = 0.02
"""In the mean, of the working size. By reasoning, not by measurement: far below what such networks are off by."""


Find = Callable[[], Seed]


class IterativeStereoEstimator:
    """Disparity and confidence of a rectified pair, by the three graphs in a folder.

    `selection.size_hw` is the size to fit the picture into; without one it is the picture's own, up to 720x1280.
    `selection.iterations` is 1 to 32; fewer are done once they change less than `stop_below_px` of the working size.
    With `selection.rate_hz` what is None of the two is chosen to hold that rate. `seed` and `warm` are turned off only
    to measure what they are worth.
    """

    def __init__(
        self,
        folder: Path,
        selection: Selection,
        *,
        title: str = TITLE,
        threads: int | None = None,
        seed: bool = True,
        warm: bool = True,
        stop_below_px: float = _STILL_CHANGE_PX,
    ) -> None:
        """Raises UserError when the graphs cannot be run, or for a selection that they do not offer."""
        check(selection)
        if selection.size_hw is not None and selection.iterations is not None:
            selection = replace(selection, rate_hz=None)  # nothing is left to hold a rate with
        self._wanted = selection
        self._network = IteratedNetwork(folder, threads=threads, device=selection.device)
        self._seed, self._seeder = seed, Seeder()
        self._warm, self._stop_below_px = warm, stop_below_px
        self._continuity = Continuity()
        self._lowest_px = 0
        self._pace: Pace | None = None
        self._pace_for: tuple[int, int] | None = None
        # The processor has nothing to do while another device encodes; on its own it would only get in its own way.
        accelerated = self._network.provider != "CPU"
        self._beside = ThreadPoolExecutor(1, "depthview-seed") if accelerated else None
        self.info = EstimatorInfo(title, selection, self._network.provider, self._network.note)

    def estimate(self, pair: StereoPair) -> Estimate:
        """(H, W) float32 disparity and confidence at the pair's own size; nothing is NaN. Raises UserError."""
        pace = self._pace_of(pair.size_hw)
        if pace is None:
            return self._estimate(pair, self._unpaced(pair.size_hw, DEFAULT_ITERATIONS))
        started_s = time.perf_counter()
        estimate = self._estimate(pair, pace.rung)
        ended_s = time.perf_counter()
        assert estimate.iterations is not None
        pace.took(ended_s - started_s, iterations=estimate.iterations, ended_s=ended_s)
        return estimate

    def refine(self, pair: StereoPair) -> Estimate:
        """The same for a picture that stands still: no rate is held, what is left open is chosen for quality."""
        return self._estimate(pair, self._unpaced(pair.size_hw, STILL_ITERATIONS))

    def forget(self) -> None:
        """The next pair starts anew, whatever it is."""
        self._continuity.forget()

    def close(self) -> None:
        if self._beside is not None:
            self._beside.shutdown()
        self._network.close()

    def _pace_of(self, picture_hw: tuple[int, int]) -> Pace | None:
        wanted = self._wanted
        if wanted.rate_hz is None:
            return None
        if self._pace is None or self._pace_for != picture_hw:
            sizes_hw = SIZES_HW if wanted.size_hw is None else (wanted.size_hw,)
            counts: tuple[int, ...] = (wanted.iterations,) if wanted.iterations is not None else _PACED_ITERATIONS
            if not self._seed:
                counts = tuple(count for count in counts if count > 0)
            self._pace, self._pace_for = Pace(wanted.rate_hz, picture_hw, sizes_hw, counts), picture_hw
        return self._pace

    def _unpaced(self, picture_hw: tuple[int, int], iterations: int) -> Rung:
        return Rung(self._wanted.size_hw or at_most(picture_hw, LARGEST_HW), self._wanted.iterations or iterations)

    def _estimate(self, pair: StereoPair, rung: Rung) -> Estimate:
        seen, lowest_px = from_zero(pair)
        if lowest_px != self._lowest_px:
            self._lowest_px = lowest_px
            self.forget()  # the last state is of an eye that lay elsewhere
        estimate = self._estimate_from_zero(seen, rung)
        return estimate if lowest_px == 0 else replace(estimate, values=estimate.values + np.float32(lowest_px))

    def _estimate_from_zero(self, pair: StereoPair, rung: Rung) -> Estimate:
        fit = Fit.free(pair.size_hw, rung.size_hw)
        fit = Fit(fit.source_hw, padded_hw(fit.content_hw), fit.content_hw)
        left, right = fit.apply(pair.left), fit.apply(pair.right)
        find = (
            partial(self._seeder.seed, left, right, fit.content_hw, fit.span_within(pair.span)) if self._seed else None
        )
        follows = self._continuity.follows(pair)
        if not follows:
            self._seeder.forget()  # eyes exchanged in a dim clip look alike, but their range is another
        if rung.iterations == 0 and find is not None:
            self._network.forget()
            self.info = replace(self.info, selection=replace(self._wanted, size_hw=rung.size_hw, iterations=0))
            return _seed_alone(find(), fit)
        self._begin(left, right, find)
        warm = self._warm and follows
        if warm and not self._past_holds():
            warm = False
            if find is not None:
                self._seeder.forget()  # a cut that small pictures do not show: the range was another scene's
                self._network.trust(find())
        done = self._network.iterate(rung.iterations, stop_below_px=self._stop_below_px, warm=warm)
        disparity_px, confidence = self._network.finish()
        self.info = replace(self.info, selection=replace(self._wanted, size_hw=rung.size_hw, iterations=done))
        return Estimate(fit.undo(disparity_px), _resized(confidence, fit), done, warm)

    def _begin(self, left: Image, right: Image, find: Find | None) -> None:
        """Encode, and put what `find` finds in place of the network's own first match."""
        if find is None:
            self._network.encode(left, right)
            return
        if self._beside is not None:
            finding = self._beside.submit(find)
            self._network.encode(left, right)
            seed = finding.result()
        else:
            seed = find()
            self._network.encode(left, right)
        self._network.trust(seed)

    def _past_holds(self) -> bool:
        past = self._network.past_disparity
        return past is not None and still_holds(past, *self._network.first)


def check(selection: Selection) -> None:
    """Raises UserError for what this model cannot do."""
    count, size_hw, rate_hz = selection.iterations, selection.size_hw, selection.rate_hz
    if count is not None and not 1 <= count <= MOST_ITERATIONS:
        raise UserError(
            "DepthView stereo takes 1 to {most} iterations, not {count}: choose one of these.",
            most=MOST_ITERATIONS,
            count=count,
        )
    if size_hw is not None and (size_hw[0] > _HIGHEST_HW[0] or size_hw[1] > _HIGHEST_HW[1]):
        raise UserError(
            "DepthView stereo works at up to {most}, not at {size}: choose a smaller resolution.",
            most="x".join(map(str, _HIGHEST_HW)),
            size="x".join(map(str, size_hw)),
        )
    if rate_hz is not None and not 0 < rate_hz <= FASTEST_HZ:
        raise UserError(
            "A rate of {rate:g} pictures a second cannot be held: choose one above 0, up to {most:g}.",
            rate=rate_hz,
            most=FASTEST_HZ,
        )


def _seed_alone(seed: Seed, fit: Fit) -> Estimate:
    confidence = np.where(seed.found, np.float32(_FOUND_RIGHT), np.float32(_BRIDGED_RIGHT))
    return Estimate(fit.undo(seed.disparity_px), _resized(confidence, fit), iterations=0)


def _resized(confidence: Confidence, fit: Fit) -> Confidence:
    """Confidence of the model's size at the source's. Interpolated: unlike a disparity, a mean of two is one too."""
    height, width = fit.content_hw
    content = np.ascontiguousarray(confidence[:height, :width])
    if fit.content_hw != fit.source_hw:
        content = np.asarray(cv2.resize(content, fit.source_hw[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    return np.clip(content, 0.0, 1.0)
