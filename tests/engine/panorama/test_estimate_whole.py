"""A photo, and what a panorama network says of all of it."""

from pathlib import Path

import numpy as np

from depthview.engine.estimators import whole_sphere
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.onnx_panorama import PanoramaEstimator
from depthview.engine.frames import Meaning
from depthview.engine.panorama.estimating.estimate_whole import estimate_whole
from depthview.engine.panorama.merging.joining import joined
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.progress import StopToken, ignore_progress
from depthview.engine.runtime import OnnxSession
from tests.engine.panorama_graphs import bundled_graph


def test_what_the_photo_does_not_show_is_unknown_and_the_rest_is_as_the_network_says(tmp_path: Path) -> None:
    image = np.zeros((128, 256, 3), np.uint8)
    image[..., 0] = np.linspace(40, 100, 128).astype(np.uint8)[:, None]
    covered = np.ones((128, 256), bool)
    covered[:, 100:140] = False
    image[~covered] = 0
    path = bundled_graph(tmp_path / "range.onnx", *whole_sphere.USUAL_HW)
    session, selection = OnnxSession(path, threads=1), Selection(whole_sphere.MODEL_ID)
    estimator = PanoramaEstimator(session, whole_sphere.MANIFEST, selection, title=whole_sphere.TITLE)
    photo = Photo(image, covered, (256, 128), "photo.png")
    said = estimate_whole(photo, estimator, report=ignore_progress, stop=StopToken())
    estimator.close()
    assert (said.range.shape, said.meaning, said.model) == ((256, 512), Meaning.RELATIVE_RANGE, "DepthView panorama")
    assert not said.has_metres
    np.testing.assert_array_equal(np.isnan(said.range), ~covered.repeat(2, axis=0).repeat(2, axis=1))
    found = joined([said], photo.size_hw)
    inside = np.s_[4:-4, 8:90]
    assert found.known[inside].all()
    assert not found.known[:, 105:135].any()
    np.testing.assert_allclose(np.exp(found.log_range[inside]), 0.05 * image[inside][..., 0], rtol=0.01)
