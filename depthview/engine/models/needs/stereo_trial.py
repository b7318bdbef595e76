"""What a stereo model does with a pair whose answer is known, and what that says of its manifest.

A textured wall shifted by a known number of pixels must come back as that shift. Among the ways in which networks want
their colours scaled the one that comes nearest is taken; the output, its sign and its unit are found on the way.
"""

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.chain import Session
from depthview.engine.estimators.contract import SCALINGS, Manifest, Role, Scaling
from depthview.engine.estimators.onnx_stereo import OnnxStereoEstimator
from depthview.engine.estimators.tensors import map_in
from depthview.engine.frames import Image, StereoPair

TOLERANCE_PX = 0.5
_WORST_PX = 3.0
"""An error beyond this is no worse than this: what counts is how much of the picture is right."""
_BUDGET_S = 60.0
_FREE_HW = (256, 320)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read an output as a disparity, and how far that is from the truth."""

    output: str
    factor: float
    median_px: float
    mean_px: float

    @property
    def passes(self) -> bool:
        return abs(self.median_px) <= TOLERANCE_PX


def settle_stereo(session: Session, guess: Manifest, known: Mapping[str, Any]) -> Manifest:
    """The manifest with everything that trying the model out tells; keys that are `known` stay as they are.

    A model that fails its test is not refused: its manifest says so in `doubt`. Raises UserError when it cannot be run
    or gives no map of numbers.
    """
    height, width = guess.fixed_hw or _FREE_HW
    shift = int(np.clip(round(0.04 * width), 3, 24))
    wall = textured_wall(height, width, shift)
    began = time.monotonic()
    best: tuple[_Reading, Manifest] | None = None
    fault: UserError | None = None
    for scaling in _scalings(guess, session, known):
        if best is not None and time.monotonic() - began > _BUDGET_S:
            break
        tried = replace(guess, scaling=scaling)
        try:
            reading = _best_reading(session, tried, wall, shift, known)
        except UserError as error:
            fault = error
            continue
        if best is None or reading.mean_px < best[0].mean_px:
            best = reading, tried
    if best is None:
        assert fault is not None  # at least one scaling was tried
        raise fault
    reading, found = best
    if not reading.passes:
        return replace(guess, doubt=_doubt(shift, reading))
    found = _as_read(found, reading, known)
    if found.sign < 0 and "sign" not in known and "inputs" not in known and _is_of_right_eye(session, found):
        found = replace(found, inputs=_exchanged(found.inputs), sign=1)
    exchanged = _exchanged_shift(session, found, wall)
    if abs(exchanged - shift) <= TOLERANCE_PX:
        return replace(
            found, doubt="This model gives the same depth when the eyes are exchanged: is it one for two eyes?"
        )
    both_signs = bool(known.get("both_signs", abs(exchanged + shift) <= TOLERANCE_PX))
    return replace(found, both_signs=both_signs, guesses=tuple(key for key in found.guesses if key != "scaling"))


def _scalings(guess: Manifest, session: Session, known: Mapping[str, Any]) -> Iterator[Scaling]:
    """What to try, the likeliest first; whole numbers can be scaled in one way only."""
    yield guess.scaling
    fed = {name for role, name in guess.inputs if role is not Role.PRIOR}
    whole = all(port.dtype == "tensor(uint8)" for port in session.inputs if port.name in fed)
    if not whole and "scaling" not in known:
        yield from (scaling for scaling in SCALINGS.values() if scaling != guess.scaling)


def _best_reading(
    session: Session, manifest: Manifest, pair: StereoPair, shift: int, known: Mapping[str, Any]
) -> _Reading:
    """The output, sign and unit with which the answer comes nearest to the shift.

    Pixels as they are come first; other units are only believed where these are wrong.
    """
    estimator = _estimator(session, replace(manifest, scale=None, sign=1), pair)
    height, width = pair.size_hw
    inside = np.s_[height // 8 : height - height // 8, width // 8 + shift : width - width // 8 - shift]
    readings: list[_Reading] = []
    for name, output in estimator.answers(pair).items():
        answer = map_in(output, manifest.channel)
        if answer is None:
            continue
        for unit, sign in itertools.product(
            _units(answer, width, known), [known["sign"]] if "sign" in known else [1, -1]
        ):
            grown = cv2.resize(answer, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)[inside]
            error = sign * unit * grown - shift
            if np.isfinite(error).mean() < 0.9:
                continue
            mean_px = float(np.nanmean(np.minimum(np.abs(error), _WORST_PX)))
            readings.append(_Reading(name, sign * unit, float(np.nanmedian(error)), mean_px))
    if not readings:
        raise UserError(
            "This model gives no disparity: choose a stereo model, or name the right `output` in its manifest: {path}",
            path=session.path,
        )
    plain = [r for r in readings if abs(r.factor) == 1 and r.passes]
    return min(plain or readings, key=lambda reading: reading.mean_px)


def _units(answer: NDArray[np.float32], width: int, known: Mapping[str, Any]) -> list[float]:
    """Pixels, pixels of a smaller answer's own width, shares of the width."""
    if "scale" in known:
        return [known["scale"]]
    return list(dict.fromkeys([1.0, width / answer.shape[1], float(width)]))


def _as_read(manifest: Manifest, reading: _Reading, known: Mapping[str, Any]) -> Manifest:
    sign, scale = (1 if reading.factor > 0 else -1), abs(reading.factor)
    found = {"output": reading.output, "sign": sign, "scale": None if scale == 1 else scale}
    return replace(manifest, **{**found, **{key: known[key] for key in found if key in known}})


def _is_of_right_eye(session: Session, manifest: Manifest) -> bool:
    """Whether a negative answer is that of the other eye: a network that finds both signs, whose inputs are exchanged.

    A square before the wall stands at another place in either eye.
    """
    height, width = manifest.fixed_hw or _FREE_HW
    shift = max(3, round(0.03 * width))
    pair, truth = square_before_wall(height, width, shift, 2 * shift + 2)
    errors = []
    for tried in (manifest, replace(manifest, inputs=_exchanged(manifest.inputs), sign=1)):
        error = np.abs(_estimator(session, tried, pair).estimate(pair).values - truth)
        errors.append(float(np.mean(np.minimum(error, _WORST_PX))))
    return errors[1] < errors[0]


def _exchanged_shift(session: Session, manifest: Manifest, pair: StereoPair) -> float:
    """What a wall's shift comes back as when the eyes are exchanged: its negative, from a network that knows such."""
    exchanged = replace(pair, left=pair.right, right=pair.left)
    answer = _estimator(session, replace(manifest, both_signs=True), pair).estimate(exchanged).values
    return float(np.nanmedian(answer))


def _estimator(session: Session, manifest: Manifest, pair: StereoPair) -> OnnxStereoEstimator:
    """One that works at the pair's own size."""
    return OnnxStereoEstimator(session, manifest, Selection("tried", None, pair.size_hw), title="")


def _exchanged(inputs: tuple[tuple[Role, str], ...]) -> tuple[tuple[Role, str], ...]:
    other = {
        Role.LEFT: Role.RIGHT,
        Role.RIGHT: Role.LEFT,
        Role.HALF_LEFT: Role.HALF_RIGHT,
        Role.HALF_RIGHT: Role.HALF_LEFT,
    }
    return tuple((other.get(role, role), name) for role, name in inputs)


def _doubt(shift: int, reading: _Reading) -> str:
    return (
        f"This model did not pass its test: a shift of {shift} px came back as {shift + reading.median_px:.1f} px. "
        "Its depth may be wrong until its manifest is corrected."
    )


def textured_wall(height: int, width: int, shift: int) -> StereoPair:
    """A textured wall; the right eye sees everything `shift` further left."""
    wide = _texture(height, width + shift)
    return _pair(wide[:, :width], wide[:, shift:])


def square_before_wall(height: int, width: int, far: int, near: int) -> tuple[StereoPair, NDArray[np.float32]]:
    """A wall at `far` and a square before it at `near` (px), and the left eye's true disparity."""
    wall = textured_wall(height, width, far)
    left, right = wall.left.copy(), wall.right.copy()
    truth = np.full((height, width), far, np.float32)
    top, start, side = height // 4, width // 3, (height // 2, width // 4)
    square = _texture(*side, seed=11)
    left[top : top + side[0], start : start + side[1]] = square
    truth[top : top + side[0], start : start + side[1]] = near
    right[top : top + side[0], start - near : start - near + side[1]] = square
    return _pair(left, right), truth


def _texture(height: int, width: int, seed: int = 5) -> Image:
    """Colours in blotches of several sizes: something to match at every level of a network."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for blotch, weight in ((24, 0.4), (8, 0.35), (3, 0.25)):
        coarse = rng.integers(0, 256, (height // blotch + 2, width // blotch + 2, 3)).astype(np.float32)
        picture += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _pair(left: Image, right: Image) -> StereoPair:
    return StereoPair(np.ascontiguousarray(left), np.ascontiguousarray(right), 0, 0.0, 0.0)
