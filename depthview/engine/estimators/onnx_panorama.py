"""Any network in an ONNX file that is shown a whole panorama at once, run as its manifest says.

Contracts: notes/panorama.md 1.2 and 1.3 (HoHoNet, UniFuse, BiFuse, PanDA, DA360, DA2, DAP, UniK3D).
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.depth import UNITLESS, DepthScale
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import EstimatorInfo, Selection
from depthview.engine.estimators.chain import Session
from depthview.engine.estimators.contract import OF_PANORAMAS, Axes, Manifest, Numbers, Role
from depthview.engine.estimators.points import points_in
from depthview.engine.estimators.tensors import (
    answer_map,
    extra_tensors,
    map_named,
    masked,
    picture_tensor,
    wanted_outputs,
    with_rank,
)
from depthview.engine.frames import Confidence, Image, Meaning, Values
from depthview.engine.progress import Progress, Report, StopToken, ignore_progress
from depthview.engine.runtime import Port, numpy_dtype
from depthview.engine.sphere import directions, pixel_of, surrounded

FREE_SIZE_HW = (512, 1024)
"""Where a graph takes any size and nobody says which."""

_UNSEEN_SHARE = 0.03
_UNSURE_SHARE = 0.1
"""How far from its left and right border, as shares of the width, a network that does not know that they meet is not
believed at all, and not fully."""
_SHIFTED = (Numbers.AFFINE_RANGE, Numbers.AFFINE_INVERSE_RANGE)
_INVERSE = (Numbers.INVERSE_RANGE, Numbers.AFFINE_INVERSE_RANGE)


@dataclass(frozen=True, slots=True)
class PanoramaEstimate:
    """`range`: (H, W) float32 along the ray, at the network's own size, NaN unknown; `meaning` is RANGE in metres,
    RELATIVE_RANGE where one factor is unknown, and else that of numbers whose shift is unknown as well: then the shape
    may be bent. `confidence`: (H, W) float32, 0..1, None where the network has no opinion of its answer."""

    range: Values
    meaning: Meaning
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class _Showing:
    """One way to show a panorama: as it is or in a mirror, and from the middle or from its back."""

    mirrored: bool
    turned: bool

    def of(self, image: NDArray[Any]) -> NDArray[Any]:
        shown = np.roll(image, image.shape[1] // 2, axis=1) if self.turned else image
        return np.ascontiguousarray(shown[:, ::-1]) if self.mirrored else shown

    def undone(self, values: Values) -> Values:
        values = values[:, ::-1] if self.mirrored else values
        return np.roll(values, -(values.shape[1] // 2), axis=1) if self.turned else values


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the network said of one showing, put back: its own numbers, how much each counts, and how sure it is."""

    raw: Values
    weight: NDArray[np.float32]
    sure: Confidence | None


class PanoramaEstimator:
    """A panorama network. For one thread.

    With `averaged` a panorama is shown four times, in a mirror and from its back, too, and the answers' mean is taken.
    Without, once; or twice where the network does not know that the left and the right border are neighbours, so that
    each seam is far inside the other picture.
    """

    def __init__(
        self, session: Session, manifest: Manifest, selection: Selection, *, title: str, averaged: bool = True
    ) -> None:
        """Owns the session from now on. Raises UserError when the graph is not as the manifest says."""
        if manifest.meaning not in OF_PANORAMAS:
            raise UserError(
                "A network that sees a whole panorama cannot say {meaning}: write one of {known} as `meaning` in its "
                "manifest: {path}",
                meaning=manifest.meaning,
                known=", ".join(OF_PANORAMAS),
                path=session.path,
            )
        self._session, self._manifest = session, manifest
        self._ports = {port.name: port for port in session.inputs}
        self._wanted = wanted_outputs(session, manifest)
        self._extra = extra_tensors(manifest, self._ports)
        self._size_hw = manifest.fixed_hw or _whole(selection.size_hw or manifest.size or FREE_SIZE_HW, manifest)
        turns = (False, True) if averaged or not manifest.wraps else (False,)
        mirrors = (False, True) if averaged else (False,)
        self._showings = tuple(_Showing(mirrored, turned) for turned in turns for mirrored in mirrors)
        self.info = EstimatorInfo(
            title,
            Selection(selection.model_id, None, self._size_hw, device=selection.device),
            session.provider,
            "; ".join(note for note in (session.note, manifest.doubt) if note),
            eyes=1,
            meaning=manifest.result,
        )

    @property
    def needs_level(self) -> bool:
        """Whether it has only seen cameras held level."""
        return self._manifest.level

    def estimate(
        self, image: Image, *, report: Report = ignore_progress, stop: StopToken | None = None
    ) -> PanoramaEstimate:
        """The range of everything around. `image`: (H, W, 3) uint8 RGB, the whole sphere, W = 2 H.

        Raises UserError when the network fails, Stopped when `stop` is set between two showings.
        """
        resized = _resized(image, self._size_hw)
        answers: list[_Answer] = []
        for number, showing in enumerate(self._showings):
            if stop is not None:
                stop.raise_if_stopped()
            report(Progress(number, len(self._showings), "Estimating depth"))
            answer = self._answer(resized, showing)
            answers.append(_brought_to(answers[0], answer, self._manifest.meaning) if answers else answer)
        raw = _mean([(one.raw, one.weight) for one in answers], shifted=self._manifest.meaning in _SHIFTED)
        sure = [(one.sure, one.weight) for one in answers if one.sure is not None]
        confidence = np.clip(_mean(sure, shifted=True), 0, 1) if sure else None
        return PanoramaEstimate(self._range_of(raw), self._manifest.result, confidence)

    def answers(self, image: Image) -> dict[str, NDArray[Any]]:
        """Every output that is asked for as the graph gives it: for trying out what it is."""
        return dict(zip(self._wanted, self._run(_resized(image, self._size_hw)), strict=True))

    def close(self) -> None:
        self._session.close()

    def _answer(self, resized: Image, showing: _Showing) -> _Answer:
        outputs, manifest = self._run(showing.of(resized)), self._manifest
        points = points_in(outputs[0]) if manifest.meaning is Numbers.POINTS else None
        raw = np.linalg.norm(points, axis=-1) if points is not None else answer_map(outputs, manifest)
        raw = raw * np.float32(manifest.sign * (manifest.scale or 1.0))
        if manifest.meaning is Numbers.FACE_DEPTH:
            raw = raw / np.abs(directions(_hw(raw))).max(axis=-1)
        raw = masked(raw, map_named(manifest.mask, outputs, self._wanted))
        if manifest.meaning not in _SHIFTED:
            raw = np.where(raw > 0, raw, np.float32(np.nan))
        sure = map_named(manifest.confidence, outputs, self._wanted)
        weight = np.ones(raw.shape, np.float32) if manifest.wraps else _inner_weight(_hw(raw))
        undone = showing.undone
        return _Answer(
            undone(np.where(np.isfinite(raw), raw, np.float32(np.nan)).astype(np.float32)),
            undone(weight),
            None if sure is None or sure.shape != raw.shape else undone(sure),
        )

    def _run(self, shown: Image) -> list[NDArray[Any]]:
        feeds = dict(self._extra)
        for role, name in self._manifest.inputs:
            feeds[name] = self._fed(role, self._ports[name], shown)
        return self._session.run(feeds, self._wanted)

    def _fed(self, role: Role, port: Port, shown: Image) -> NDArray[Any]:
        if role is Role.CUBE:
            return _cube(shown, self._manifest, port)
        if role is Role.RAYS:
            rays = directions(_hw(shown))
            first = self._manifest.layout is Axes.CHANNELS_FIRST
            return with_rank(rays.transpose(2, 0, 1) if first else rays, port, numpy_dtype(port))
        return picture_tensor([shown], self._manifest, port)

    def _range_of(self, raw: Values) -> Values:
        meaning, manifest = self._manifest.result, self._manifest
        if manifest.meaning in _SHIFTED:
            # The shape that such numbers have everywhere in DepthView; the rig has no part in it.
            found = DepthScale(meaning, StereoRig.from_fov(_hw(raw), fov_deg=90)).inverse_depth(raw)
            inverse = (found.map + np.float32(found.offset)) / np.float32(found.numerator)
        elif manifest.meaning in _INVERSE:
            inverse = raw
        else:
            limited = meaning not in UNITLESS and (manifest.min_depth_m is not None or manifest.max_depth_m is not None)
            return np.clip(raw, manifest.min_depth_m, manifest.max_depth_m) if limited else raw
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(inverse > 0, 1 / inverse, np.float32(np.nan)).astype(np.float32)


def _brought_to(first: _Answer, other: _Answer, meaning: Numbers) -> _Answer:
    """The other answer with the unknown factor, and the unknown shift, of the first."""
    if meaning not in (Numbers.RELATIVE_RANGE, Numbers.INVERSE_RANGE, *_SHIFTED):
        return other
    both = np.isfinite(first.raw) & np.isfinite(other.raw) & (first.weight > 0) & (other.weight > 0)
    if not both.any():
        return other
    wanted, said = first.raw[both].astype(np.float64), other.raw[both].astype(np.float64)
    if meaning in _SHIFTED:
        spread = float(said.var())
        factor = float(np.mean((said - said.mean()) * (wanted - wanted.mean()))) / spread if spread > 0 else 1.0
        raw = other.raw * np.float32(factor) + np.float32(wanted.mean() - factor * said.mean())
    else:
        raw = other.raw * np.float32(math.exp(float(np.median(np.log(wanted / said)))))
    return _Answer(raw, other.weight, other.sure)


def _mean(answers: list[tuple[Values, NDArray[np.float32]]], *, shifted: bool) -> Values:
    """Weighted, of those that know; of numbers that begin at nothing that of their logarithms."""
    total, weights = np.zeros(answers[0][0].shape, np.float32), np.zeros(answers[0][0].shape, np.float32)
    for raw, weight in answers:
        known = np.isfinite(raw) & (weight > 0)
        value = raw if shifted else np.log(raw, where=known, out=np.zeros_like(raw))
        total += np.where(known, value * weight, np.float32(0))
        weights += np.where(known, weight, np.float32(0))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / weights
    return mean if shifted else np.exp(mean)


def _inner_weight(size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W): 0 at the left and right border, where half of what is seen is made up, to 1."""
    column = (np.arange(size_hw[1]) + 0.5) / size_hw[1]
    inside = (np.minimum(column, 1 - column) - _UNSEEN_SHARE) / (_UNSURE_SHARE - _UNSEEN_SHARE)
    return np.broadcast_to(np.clip(inside, 0, 1).astype(np.float32), size_hw)


def _cube(shown: Image, manifest: Manifest, port: Port) -> NDArray[Any]:
    """The faces as an input wants them: six in the batch, or side by side where it has a batch of one."""
    channels_last = manifest.layout is Axes.CHANNELS_LAST
    side = port.shape[-3 if channels_last else -2] or shown.shape[0] // 2
    column, row = pixel_of(_cube_rays(side), _hw(shown))
    drawn = cv2.remap(surrounded(shown), column + 1, row + 1, cv2.INTER_LINEAR)
    faces = np.split(np.asarray(drawn, np.uint8), len(drawn) // side)
    if port.shape[0] == len(faces):
        return np.concatenate([picture_tensor([face], manifest, port) for face in faces])
    return picture_tensor([np.concatenate(faces, axis=1)], manifest, port)


def _cube_rays(side: int) -> NDArray[np.float64]:
    """(6 side, side, 3): where the pixels of a cube's faces look, one below the other in the order of `Role.CUBE`.

    The outermost pixels' centres lie on the cube's edges (UniFuse, after py360convert).
    """
    right, down = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    ahead = np.ones_like(right)
    faces = (
        (right, down, ahead),
        (ahead, down, -right),
        (-right, down, -ahead),
        (-ahead, down, right),
        (right, -ahead, down),
        (right, ahead, -down),
    )
    return np.concatenate([np.stack(face, axis=-1) for face in faces])


def _whole(size_hw: tuple[int, int], manifest: Manifest) -> tuple[int, int]:
    """A size of about as many pixels that is twice as wide as high and can be divided as the network wants."""
    rows = max(1, round(math.sqrt(math.prod(size_hw) / 2) / manifest.multiple)) * manifest.multiple
    return rows, 2 * rows


def _resized(image: Image, size_hw: tuple[int, int]) -> Image:
    if image.shape[:2] == size_hw:
        return image
    way = cv2.INTER_AREA if size_hw[1] < image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size_hw[::-1], interpolation=way), np.uint8)


def _hw(values: NDArray[Any]) -> tuple[int, int]:
    return values.shape[0], values.shape[1]
