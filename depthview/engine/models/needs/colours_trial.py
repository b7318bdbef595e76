"""Whether a model wants red or blue first: no graph tells, and no pattern, but a room whose depth is known may.

Networks bear exchanged colours well, so that only a clear difference decides. FastDepth, which wants red first, is 6 %
nearer to the truth with it: that is left a guess.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.chain import Session
from depthview.engine.estimators.contract import Colours, Kind, Manifest, Projection
from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
from depthview.engine.estimators.onnx_stereo import OnnxStereoEstimator
from depthview.engine.frames import StereoPair, Values
from depthview.engine.models.needs.known_scene import KnownScene, known_scenes

_CLEAR = 0.9
"""The better order leaves at most this share of the other's error, in every scene."""
_GOOD_ENOUGH = 0.5
"""An error that is larger says that the model sees nothing of the room, whatever the colours."""
_WORST_SHARE = 0.02
"""A disparity that is off by this share of the width is all wrong."""
_LONGEST_S = 15.0
"""A model that takes longer for a picture is not asked three times more."""
_STEP = 4
_FREE_HW = {Kind.MONO: (288, 352), Kind.STEREO: (256, 320)}


def settle_colours(session: Session, found: Manifest, scenes: Sequence[KnownScene] | None = None) -> Manifest:
    """The manifest with the order of colours settled, if it is a guess and the difference is clear; else the same.

    `scenes` are the bundled ones unless others are given.
    """
    if "colours" not in found.guesses or found.doubt or found.colours is Colours.GREY:
        return found
    if found.projection is Projection.ERP:
        return found  # the room is known as one view of it, not all around
    other = Colours.BGR if found.colours is Colours.RGB else Colours.RGB
    errors: dict[Colours, list[float]] = {found.colours: [], other: []}
    try:
        for scene in known_scenes() if scenes is None else scenes:
            for colours, so_far in errors.items():
                began = time.monotonic()
                so_far.append(_error(session, replace(found, colours=colours), scene))
                if time.monotonic() - began > _LONGEST_S:
                    return found
    except UserError:
        return found  # what it makes of a photo is seen where one is opened
    for better, worse in ((found.colours, other), (other, found.colours)):
        if errors[better] and all(
            one < two and one <= _CLEAR * two and one <= _GOOD_ENOUGH
            for one, two in zip(errors[better], errors[worse], strict=True)
        ):
            return replace(found, colours=better, guesses=tuple(key for key in found.guesses if key != "colours"))
    return found


def _error(session: Session, manifest: Manifest, scene: KnownScene) -> float:
    """0 is perfect, 1 has nothing to do with the scene: of two eyes how wrong the disparity is, of one eye the order of
    near and far, whichever of them is high."""
    selection = Selection("tried", None, manifest.fixed_hw or manifest.size or _FREE_HW[manifest.kind])
    values = _answer(session, manifest, selection, scene.pair)[::_STEP, ::_STEP]
    truth = scene.disparity_px[::_STEP, ::_STEP]
    usable = np.isfinite(values) & np.isfinite(truth)
    if usable.sum() < truth.size / 4:
        return 1.0
    values, truth = values[usable], truth[usable]
    if manifest.kind is Kind.STEREO:
        worst = _WORST_SHARE * scene.pair.size_hw[1]
        return float(np.mean(np.minimum(np.abs(values - truth) / worst, 1.0)))
    if values.min() == values.max():
        return 1.0
    return 1.0 - abs(float(np.corrcoef(_ranks(values), _ranks(truth))[0, 1]))


def _answer(session: Session, manifest: Manifest, selection: Selection, pair: StereoPair) -> Values:
    adapter = OnnxMonoEstimator if manifest.kind is Kind.MONO else OnnxStereoEstimator
    return adapter(session, manifest, selection, title="").estimate(pair).values


def _ranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Spearman's: the place of each value among all; equal ones share theirs."""
    _sorted, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
