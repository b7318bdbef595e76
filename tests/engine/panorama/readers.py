"""Networks that are perfect in what they can see: they read off the painted range, and say it in their own way."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from depthview.engine.estimators.base import Estimate, Estimator, EstimatorInfo, Selection
from depthview.engine.frames import Image, Meaning, StereoPair
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.recipe import ModelUse
from depthview.engine.panorama.views import View
from tests.engine.panorama.solids import read_off


class Reader:
    """A network for one eye. With `wrong` each view is off by a factor of its own."""

    def __init__(self, meaning: Meaning = Meaning.METRIC_DEPTH, *, wrong: bool = False, eyes: int = 1) -> None:
        self.info = EstimatorInfo("reader", Selection("reader"), "CPU", eyes=eyes, meaning=meaning)
        self.pairs: list[StereoPair] = []
        self.closed = False
        self._wrong = wrong

    def estimate(self, pair: StereoPair) -> Estimate:
        assert not self.closed
        self.pairs.append(pair)
        assert pair.fov_deg is not None
        range_m = read_off(pair.left)
        if self._wrong:
            range_m *= 1 + 0.5 * np.sin(9.0 * pair.seq)
        values = range_m
        if self.info.meaning is not Meaning.RANGE:
            rays = View(0, 0, pair.fov_deg).rays(pair.left.shape[0])
            values = range_m / np.linalg.norm(rays, axis=-1)
        return Estimate(values.astype(np.float32), meaning=self.info.meaning)

    def close(self) -> None:
        self.closed = True


class OpenedReaders(OpenedModels):
    """Opens these instead of files, by name."""

    def __init__(self, readers: Mapping[str, Estimator]) -> None:
        super().__init__()
        self._readers = readers

    def sees_whole(self, use: ModelUse) -> bool:
        return False

    def file_of(self, use: ModelUse) -> Path | None:
        return None

    def _opened(self, use: ModelUse) -> Estimator:
        return self._readers[use.model]


def saved(folder: Path, image: Image) -> Path:
    """A photo of it, every pixel as it is."""
    path = folder / "room.png"
    Pillow.fromarray(image).save(path)
    return path
