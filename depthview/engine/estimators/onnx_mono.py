"""Any monocular depth network in an ONNX file, run as its manifest says (contracts: notes/panorama.md 1.1 and 1.3)."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.estimators.chain import Session
from depthview.engine.estimators.contract import OF_PANORAMAS, Manifest, Numbers, Resize
from depthview.engine.estimators.depth_numbers import read_numbers
from depthview.engine.estimators.fit import Fit
from depthview.engine.estimators.points import depth_of, points_in, solve_camera
from depthview.engine.estimators.tensors import (
    answer_map,
    extra_tensors,
    map_named,
    masked,
    picture_tensor,
    wanted_outputs,
)
from depthview.engine.frames import StereoPair, Values

FREE_SIZE_HW = (384, 512)
"""Where a graph takes any size and nobody says which."""


class OnnxMonoEstimator:
    """A monocular network from an ONNX file; of a pair it sees the left eye only.

    `selection.size_hw` counts only where the graph takes any size: the picture keeps its shape and gets as many pixels.
    """

    def __init__(
        self,
        session: Session,
        manifest: Manifest,
        selection: Selection,
        *,
        title: str,
    ) -> None:
        """Owns the session from now on.

        Raises UserError when the graph has not the inputs and outputs that the manifest names, or cannot mean what it
        says.
        """
        if manifest.meaning in OF_PANORAMAS and manifest.meaning is not Numbers.RANGE:
            raise UserError(
                'Only a network that sees a whole panorama says {meaning}: write projection = "erp", or another '
                "`meaning`, in its manifest: {path}",
                meaning=manifest.meaning,
                path=session.path,
            )
        self._session, self._manifest = session, manifest
        ports = {port.name: port for port in session.inputs}
        ((_role, name),) = manifest.inputs
        self._picture = ports[name] if name in ports else session.inputs[0]
        self._wanted = wanted_outputs(session, manifest)
        self._extra = extra_tensors(manifest, ports)
        self._size_hw = manifest.fixed_hw or selection.size_hw or manifest.size or FREE_SIZE_HW
        self.info = EstimatorInfo(
            title,
            Selection(selection.model_id, selection.iterations, self._size_hw),
            session.provider,
            "; ".join(note for note in (session.note, manifest.doubt) if note),
            eyes=1,
            meaning=manifest.result,
        )

    def estimate(self, pair: StereoPair) -> Estimate:
        """(H, W) float32 at the picture's own size; what they are is the estimate's meaning.

        Where metres hang on the lens, the pair's `fov_deg` decides; without it they are a guess, or none.
        """
        fit = self._fit(pair.size_hw)
        outputs = self._run(pair, fit)
        mask = map_named(self._manifest.mask, outputs, self._wanted)
        seen = self._camera_of(outputs, mask, pair.fov_deg, fit)
        answer = answer_map(outputs, self._manifest) if seen is None else seen[0]
        # Widths are compared, since a stretched picture's own focal lengths differ along its sides.
        values, meaning = read_numbers(answer, self._manifest, pair.fov_deg, fit.content_hw[1])
        self.info = replace(self.info, meaning=meaning)
        values = masked(values, mask)
        sure = map_named(self._manifest.confidence, outputs, self._wanted)
        confidence = None if sure is None else np.clip(fit.undo_values(sure), 0, 1)
        guessed = self._manifest.fov_deg is not None and pair.fov_deg is None
        fov_deg = pair.fov_deg if seen is None else seen[1]
        return Estimate(fit.undo_values(values), confidence, meaning=meaning, guessed=guessed, fov_deg=fov_deg)

    def answers(self, pair: StereoPair) -> dict[str, NDArray[Any]]:
        """Every output that is asked for as the graph gives it: for trying out what it is."""
        return dict(zip(self._wanted, self._run(pair, self._fit(pair.size_hw)), strict=True))

    def close(self) -> None:
        self._session.close()

    def _run(self, pair: StereoPair, fit: Fit) -> list[NDArray[Any]]:
        picture = picture_tensor([fit.apply(pair.left, self._manifest.pad)], self._manifest, self._picture)
        return self._session.run({**self._extra, self._picture.name: picture}, self._wanted)

    def _fit(self, source_hw: tuple[int, int]) -> Fit:
        manifest = self._manifest
        if manifest.fixed_hw is not None:
            if manifest.resize is Resize.STRETCH:
                return Fit.stretched(source_hw, self._size_hw)
            return Fit.inside(source_hw, self._size_hw, centred=manifest.centred)
        # Of free sides each is rounded to what the network divides by: at most that much the aspect is bent.
        scale = math.sqrt(math.prod(self._size_hw) / math.prod(source_hw)) / manifest.multiple
        height, width = (max(1, round(side * scale)) * manifest.multiple for side in source_hw)
        return Fit.stretched(source_hw, (height, width))

    def _camera_of(
        self, outputs: list[NDArray[Any]], mask: Values | None, fov_deg: float | None, fit: Fit
    ) -> tuple[Values, float | None] | None:
        """Of a map of points depth, in metres where the model says the scale, and the picture's field of view in
        degrees; both are unknown where the points do not tell. None of other maps."""
        points = points_in(outputs[0]) if self._manifest.meaning is Numbers.AFFINE_POINTS else None
        if points is None:
            return None
        # What the network sees is wider than the picture in it, where that does not fill it.
        share = fit.content_hw[1] / fit.model_hw[1]
        seen_deg = None if fov_deg is None else _widened(fov_deg, 1 / share)
        found = solve_camera(points, None if mask is None or mask.shape != points.shape[:2] else mask >= 0.5, seen_deg)
        if found is None:
            return np.full(points.shape[:2], np.nan, np.float32), fov_deg
        depth = depth_of(points, found)
        if self._manifest.metric_scale:
            depth = depth * np.float32(outputs[self._wanted.index(self._manifest.metric_scale)].flat[0])
        return depth, _widened(found.fov_deg, share) if fov_deg is None else fov_deg


def _widened(fov_deg: float, share: float) -> float:
    """The field of view of so many times the width."""
    return math.degrees(2 * math.atan(share * math.tan(math.radians(fov_deg) / 2)))
