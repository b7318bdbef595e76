"""Any stereo network in an ONNX file, run as its manifest says.

How published networks differ: both eyes in one input (HITNet), a pair (CREStereo `init`, RAFT-Stereo, IGEV, ...), a
pair with a first guess (CREStereo `next`), a pair at half size beside the pair (CREStereo `combined`); colours,
scaling, axes; the sign and the place of the answer (notes/stereo.md 1.1 to 1.3).
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.estimators.chain import Session
from depthview.engine.estimators.contract import Manifest, Resize, Role, Stack
from depthview.engine.estimators.convergence import from_zero
from depthview.engine.estimators.fit import Fit, turned_to
from depthview.engine.estimators.sgm import prior_disparity
from depthview.engine.estimators.tensors import (
    extra_tensors,
    map_in,
    map_named,
    masked,
    picture_tensor,
    wanted_outputs,
    with_rank,
)
from depthview.engine.frames import Disparity, Image, StereoPair
from depthview.engine.runtime import numpy_dtype

_FREE_SIZE_HW = (480, 640)


class OnnxStereoEstimator:
    """A stereo network from an ONNX file. `selection.size_hw` counts only where the graph takes any size.

    One that knows no disparities below zero gets pairs whose `span` has some with the right eye moved.
    """

    def __init__(self, session: Session, manifest: Manifest, selection: Selection, *, title: str) -> None:
        """Owns the session from now on. Raises UserError when it has not the inputs and outputs that are named."""
        self._session = session
        self._manifest = manifest
        self._ports = {port.name: port for port in session.inputs}
        self._wanted = wanted_outputs(session, manifest)
        self._size_hw = manifest.fixed_hw or selection.size_hw or manifest.size or _FREE_SIZE_HW
        self.info = EstimatorInfo(
            title,
            Selection(selection.model_id, selection.iterations, self._size_hw),
            session.provider,
            "; ".join(note for note in (session.note, manifest.doubt) if note),
        )

    def estimate(self, pair: StereoPair) -> Estimate:
        """(H, W) float32 disparity at the pair's own size; the network knows no unknown, so only its NaN are."""
        fit = self._fit(pair.size_hw)
        seen, lowest_px = (pair, 0) if self._manifest.both_signs else from_zero(pair)
        outputs = self._run(seen, fit)
        answer = self._disparity_among(outputs, fit.model_hw)
        # Of an answer at a part of the size, the manifest's scale has made pixels of the whole.
        if answer.shape != fit.model_hw:
            grown = cv2.resize(answer, fit.model_hw[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
            answer = np.asarray(grown, np.float32)
        sure = map_named(self._manifest.confidence, outputs, self._wanted)
        confidence = None if sure is None else np.clip(fit.undo_values(sure), 0, 1)
        return Estimate(fit.undo(answer) + np.float32(lowest_px), confidence)

    def answers(self, pair: StereoPair) -> dict[str, NDArray[Any]]:
        """Every output that is asked for as the graph gives it: for trying out what it is."""
        return dict(zip(self._wanted, self._run(pair, self._fit(pair.size_hw)), strict=True))

    def close(self) -> None:
        self._session.close()

    def _run(self, pair: StereoPair, fit: Fit) -> list[NDArray[Any]]:
        left, right = (fit.apply(eye, self._manifest.pad) for eye in (pair.left, pair.right))
        return self._session.run(self._feeds(left, right), self._wanted)

    def _fit(self, source_hw: tuple[int, int]) -> Fit:
        manifest = self._manifest
        if manifest.resize is Resize.STRETCH:
            size_hw = manifest.fixed_hw or _multiple(turned_to(source_hw, self._size_hw), manifest.multiple)
            return Fit.stretched(source_hw, size_hw)
        if manifest.fixed_hw is not None:
            return Fit.inside(source_hw, self._size_hw, centred=manifest.centred)
        fit = Fit.free(source_hw, self._size_hw)
        return Fit(fit.source_hw, _multiple(fit.content_hw, manifest.multiple), fit.content_hw)

    def _feeds(self, left: Image, right: Image) -> dict[str, NDArray[Any]]:
        feeds = extra_tensors(self._manifest, self._ports)
        for role, name in self._manifest.inputs:
            port = self._ports[name]
            if role is Role.PRIOR:
                half_hw = (left.shape[0] // 2, left.shape[1] // 2)
                prior = np.zeros((2, *half_hw), np.float32)
                prior[0] = prior_disparity(left, right, half_hw)
                feeds[name] = with_rank(prior, port, numpy_dtype(port))
            else:
                feeds[name] = picture_tensor(_seen(role, left, right, self._manifest.stack), self._manifest, port)
        return feeds

    def _disparity_among(self, outputs: list[NDArray[Any]], model_hw: tuple[int, int]) -> Disparity:
        """The output that the manifest names, else the first that is a map of the model's size."""
        maps = [map_in(output, self._manifest.channel) for output in outputs]
        if not self._manifest.output:
            maps = [m for m in maps if m is not None and m.shape == model_hw]
        if not maps or maps[0] is None:
            raise UserError(
                "This model gives no disparity of its own size: choose a stereo model, or name the right `output` in "
                "its manifest.",
                details=", ".join(str(output.shape) for output in outputs),
            )
        answer = maps[0] * np.float32(self._manifest.sign * (self._manifest.scale or 1.0))
        return masked(answer, map_named(self._manifest.mask, outputs, self._wanted))


def _seen(role: Role, left: Image, right: Image, stack: Stack) -> list[Image]:
    """What an input shows: one eye, or both of them, to be joined along the channels or joined already."""
    match role:
        case Role.LEFT | Role.PICTURE:
            return [left]
        case Role.RIGHT:
            return [right]
        case Role.HALF_LEFT | Role.HALF_RIGHT:
            eye = left if role is Role.HALF_LEFT else right
            half = cv2.resize(eye, (eye.shape[1] // 2, eye.shape[0] // 2), interpolation=cv2.INTER_AREA)
            return [np.asarray(half, np.uint8)]
    if stack is Stack.CHANNELS:
        return [left, right]
    return [np.concatenate([left, right], axis=0 if stack is Stack.ROWS else 1)]


def _multiple(size_hw: tuple[int, int], multiple: int) -> tuple[int, int]:
    height, width = (-(-n // multiple) * multiple for n in size_hw)
    return height, width
