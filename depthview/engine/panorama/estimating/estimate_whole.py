"""What a panorama network says of a photo, when it is shown all of it."""

import time

import cv2
import numpy as np

from depthview.engine.estimators.onnx_panorama import PanoramaEstimator
from depthview.engine.panorama.estimating.whole_estimate import WholeEstimate
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.progress import Report, StopToken


def estimate_whole(photo: Photo, estimator: PanoramaEstimator, *, report: Report, stop: StopToken) -> WholeEstimate:
    """Ask the network for the range all around; NaN where the photo shows nothing. Progress is counted in showings.

    Raises UserError when the network fails, Stopped when `stop` is set.
    """
    started_s = time.perf_counter()
    found = estimator.estimate(photo.image, report=report, stop=stop)
    taken_s = time.perf_counter() - started_s
    height, width = found.range.shape
    covered = cv2.resize(photo.covered.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST_EXACT) > 0
    info = estimator.info
    shown = np.where(covered, found.range, np.float32(np.nan))
    return WholeEstimate(shown, found.meaning, info.title, info.provider, taken_s, estimator.needs_level)
