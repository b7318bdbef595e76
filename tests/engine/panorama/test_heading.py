"""What is seen does not depend on where a panorama was cut open."""

import numpy as np
import pytest

from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.frames import Image, Meaning, StereoPair, Values
from depthview.engine.panorama.estimating.heading import heading_deg
from depthview.engine.panorama.estimating.view_estimates import estimate_views
from depthview.engine.panorama.merging.joining import joined
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.progress import StopToken, ignore_progress
from tests.engine.panorama.solids import Room, painted, read_off

HW = (128, 256)


class Deceived:
    """Reads off the painted range, and errs by what it sees and where in the view: as networks do."""

    info = EstimatorInfo("deceived", Selection("deceived"), "CPU", eyes=1, meaning=Meaning.RANGE)

    def estimate(self, pair: StereoPair) -> Estimate:
        seen = read_off(pair.left)
        place = np.linspace(-1, 1, len(seen))
        error = 0.3 * np.sin(5 * seen.mean()) + 0.2 * place[:, None] + 0.1 * place * (seen[0].mean() - 2)
        return Estimate((seen * np.exp(error)).astype(np.float32), meaning=Meaning.RANGE)

    def close(self) -> None:
        pass


def log_range_of(image: Image) -> Values:
    photo = Photo(image, np.ones(HW, bool), HW[::-1], "room.png")
    said = estimate_views(photo, views_of(ViewSet.FAST), Deceived(), report=ignore_progress, stop=StopToken())
    return joined([said], HW).log_range


@pytest.mark.parametrize("columns", [1, 37, 128, 200])
def test_a_rolled_photo_gives_the_same_range_rolled_whatever_the_network_gets_wrong(columns: int) -> None:
    image = painted(Room(), HW)
    rolled = log_range_of(np.ascontiguousarray(np.roll(image, columns, axis=1)))
    change = np.abs(np.expm1(rolled - np.roll(log_range_of(image), columns, axis=1)))
    assert change.mean() < 1e-3
    assert np.percentile(change, 99.9) < 0.01


@pytest.mark.parametrize("columns", [1, 100, 255])
def test_the_heading_is_rolled_with_the_photo(columns: int) -> None:
    image = painted(Room(), HW)
    turned = heading_deg(np.roll(image, columns, axis=1)) - heading_deg(image)
    assert turned % 360 == pytest.approx(columns * 360 / HW[1])


def test_a_photo_of_one_grey_has_a_heading_too() -> None:
    assert np.isfinite(heading_deg(np.full((*HW, 3), 90, np.uint8)))
