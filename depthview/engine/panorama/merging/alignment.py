"""What is wrong with each view, from all views that see the same, found at once.

Never one after another: then the error of each is carried on to the next (notes/panorama.md 2.3 and 2.4, step 3). A
view may be too near or too far as a whole, a little more so on one side than on the other, and, where its network knows
neither scale nor shift, bent; that is put right where it makes the views agree.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Meaning
from depthview.engine.panorama.estimating.view_depth import ViewDepth
from depthview.engine.panorama.merging.deformation import bending, grid_hats, level, on_pixels
from depthview.engine.sphere import Directions, even_directions

NODES = 2
"""Of a view's grid, a side: what a view is wrong by is a factor and a tilt. More nodes cost more and bring little."""

_SAMPLES = (48, 64)
_ROUNDS, _SHIFT_ROUNDS = 8, 30
_SETTLED = 1e-4
_SETTLED_SHARE = 0.05
"""Nothing is sought any more once all changes by less than this, or than this share of the middle difference."""
_STIFFNESS = 1.0
"""What it costs to bend a view (`bending`), where the middle difference is 1, as a share of what a view counts: about
as if it had some ten places that err on their own, and tilts of a third (from the middle to the edge) were common."""
_SHIFT_STIFFNESS = 1.0
_USUAL_OFF = 0.2
"""The middle difference, as it is taken to be before anything is known."""
_LEAST_SHARE = 0.02
"""Of a view's middle inverse depth (or depth): however it is shifted, nothing is farther (or nearer) than that."""
_CAREFUL = 1.5
_SURE = 1e-4
"""Up to so many middle residuals, and up to this residual, a contradiction counts in full, beyond it in proportion."""
_LOOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Aligned:
    """Views that agree, as well as can be.

    `log_scales` (n,) is what was added to the logarithm of each one's range, on average over the view.
    `contradiction` is by how much the logarithms of what two of them say of the same differ as a rule (a standard
    deviation, as the middle difference tells it), if nothing but scales and shifts is put right.
    """

    depths: tuple[ViewDepth, ...]
    log_scales: NDArray[np.float64]
    contradiction: float


def aligned(
    depths: Sequence[ViewDepth],
    *,
    weights: Sequence[float] | None = None,
    nodes: int = NODES,
) -> Aligned:
    """Put right what is wrong with each view, so that where views overlap they say the same.

    Minimises, over all directions and all views that see them, the difference between what a view says and the mean of
    all, in the logarithm, by reweighted least squares: what contradicts a lot counts less (Huber). `weights` says how
    much each view counts (None: alike). The scale of all, which nobody knows, stays as it was on average.
    """
    towards = even_directions(*_SAMPLES)
    counts = np.ones(len(depths)) if weights is None else weights
    members = [_of_view(depth, towards, count, nodes) for depth, count in zip(depths, counts, strict=True)]
    agreement = _Agreement(members, bending(nodes))
    found = agreement.solved()
    levels = np.array([level(one) for one in found[:, : nodes**2]])
    return Aligned(
        tuple(_corrected(depth, member, one) for depth, member, one in zip(depths, members, found, strict=True)),
        levels,
        agreement.contradiction(found, levels),
    )


@dataclass(frozen=True, slots=True)
class _Member:
    """What one view says of p directions.

    `said` is what may be shifted, and 1 where it is unknown: 1 / z (`sign` 1) or z (`sign` -1), in units of its middle,
    `unit`. `rest` - `sign` log(`said`) is the logarithm of the range. `hats` (p, k): how much each node counts there.
    """

    said: NDArray[np.float64]
    rest: NDArray[np.float64]
    weight: NDArray[np.float64]
    hats: NDArray[np.float64]
    unit: float
    sign: int = 1
    can_shift: bool = False


def _of_view(depth: ViewDepth, towards: Directions, count: float, nodes: int) -> _Member:
    sample = depth.sample(towards)
    weight = sample.weight.ravel().astype(np.float64)
    known = weight > 0
    sign = -1 if depth.meaning is Meaning.AFFINE_DEPTH else 1
    said = np.where(known, sample.inverse_z.ravel(), 1.0) ** sign
    unit = float(np.median(said[known])) if known.any() else 1.0
    along = np.where(known, sample.along.ravel(), 1.0)
    right, down = (np.where(known, place.ravel(), 0.0) for place in (sample.right, sample.down))
    can_shift = depth.meaning in (Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH)
    rest = -np.log(along) - sign * math.log(unit)
    return _Member(said / unit, rest, weight * count, grid_hats(right, down, nodes), unit, sign, can_shift)


class _Agreement:
    """The unknowns of all members, (n, k + 1): the values at the nodes of each one's correction, and its shift."""

    def __init__(self, members: Sequence[_Member], stiffness: NDArray[np.float64]) -> None:
        weight = np.stack([member.weight for member in members])
        # What only one says cannot be contradicted.
        shared = (weight > 0).sum(axis=0) > 1
        self._weight = weight[:, shared]
        self._said, self._rest, self._hats = (
            np.stack([getattr(member, name)[shared] for member in members]) for name in ("said", "rest", "hats")
        )
        self._sign = np.array([[member.sign] for member in members])
        self._shifts = np.array([member.can_shift for member in members])
        self._cost = np.zeros((len(members), stiffness.shape[0] + 1, stiffness.shape[0] + 1))
        for member, cost in zip(members, self._cost, strict=True):
            cost[:-1, :-1] = _STIFFNESS * stiffness
            cost[-1, -1] = _SHIFT_STIFFNESS if member.can_shift else 1

    def solved(self) -> NDArray[np.float64]:
        found = np.zeros(self._cost.shape[:2])
        trust, middle = self._weight, _USUAL_OFF
        for _ in range(_SHIFT_ROUNDS if self._shifts.any() else _ROUNDS):
            logs, bases = self._linear(found[:, -1])
            before, found = found, self._least_squares(logs, bases, trust, middle**2)
            off = self._off(logs + np.einsum("npk,nk->np", bases, found), trust)
            middle = self._middle(off)
            allowed = max(_CAREFUL * middle, _SURE)
            trust = self._weight * np.minimum(1, allowed / np.maximum(off, allowed))
            if np.abs(found - before).max() < max(_SETTLED, _SETTLED_SHARE * middle):
                break
        return found

    def contradiction(self, found: NDArray[np.float64], levels: NDArray[np.float64]) -> float:
        logs, bases = self._linear(found[:, -1])
        said = logs + levels[:, None] + bases[..., -1] * found[:, -1:]
        # From the middle distance to the mean of two or three to the standard deviation of one.
        return 2 * self._middle(self._off(said, self._weight))

    def _off(self, said: NDArray[np.float64], trust: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.abs(said - _mean(trust, said))

    def _middle(self, off: NDArray[np.float64]) -> float:
        known = off[self._weight > 0]
        return float(np.median(known)) if known.size else 0.0

    def _linear(self, shift: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The logarithm of the range (n, p) where all unknowns are 0, and how it grows with each (n, p, k + 1), near
        those shifts."""
        value = shifted(self._said, shift[:, None])
        slope = np.where(self._shifts[:, None], -self._sign / value, 0.0)
        logs = self._rest - self._sign * np.log(value) - slope * shift[:, None]
        return logs, np.concatenate([self._hats, slope[..., None]], axis=-1)

    def _least_squares(
        self, logs: NDArray[np.float64], bases: NDArray[np.float64], trust: NDArray[np.float64], noise: float
    ) -> NDArray[np.float64]:
        """The unknowns that make all agree; what they agree on is eliminated first (Schur's complement)."""
        number, _places, size = bases.shape
        usual = max(float(trust.sum()) / number, 1e-12)
        cost = noise * self._cost + _LOOSE * np.eye(size)
        pulls = trust[..., None] * bases
        wide = np.concatenate([*pulls], axis=-1)
        normal = -(wide.T @ (wide / np.maximum(trust.sum(axis=0), 1e-12)[:, None]))
        blocks = normal.reshape(number, size, number, size)
        blocks[np.arange(number), :, np.arange(number)] += np.swapaxes(pulls, 1, 2) @ bases + usual * cost
        # The scale of all is nobody's business: it stays as it was.
        gauge = np.tile(np.r_[np.full(size - 1, 1 / (size - 1)), 0.0], number)
        normal += usual / number * np.outer(gauge, gauge)
        wanted = np.einsum("npk,np->nk", pulls, _mean(trust, logs) - logs)
        found = np.linalg.solve(normal, wanted.ravel()).reshape(number, size)
        return np.asarray(found, np.float64)


def shifted(said: NDArray[np.floating], shift: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """`said` and `shift` are in units of what is said in the middle."""
    return np.asarray(np.maximum(said + shift, _LEAST_SHARE), np.float64)


def _mean(trust: NDArray[np.float64], said: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((trust * said).sum(axis=0) / np.maximum(trust.sum(axis=0), 1e-12))


def _corrected(depth: ViewDepth, member: _Member, found: NDArray[np.float64]) -> ViewDepth:
    inverse_z = depth.inverse_z
    if member.can_shift:
        said = shifted(inverse_z**member.sign / member.unit, float(found[-1])) * member.unit
        inverse_z = (said**member.sign).astype(np.float32)
    return replace(depth, inverse_z=inverse_z * np.exp(-on_pixels(found[:-1], inverse_z.shape[0])))
