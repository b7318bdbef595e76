"""One step's work: from pairs to predictions, cold, from a guess, or from the moment before.

A network that never started warm is made worse by it (RAFT-Stereo issue 32), so every kind of start is trained. And one
that was never asked what comes after its last iteration drifts there: now and then it has iterated unwatched before.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as fn

from training.stereo.draws import Draws
from training.stereo.losses import Prediction, Score, score
from training.stereo.network import State, StereoNetwork, with_disparity
from training.stereo.render import StereoBatch
from training.stereo.seed import seeded

_UNWATCHED = (0, 0, 0, 2, 4, 8, 16)
_LATER_COUNTS_MORE = 0.85
_WATCHED = 2
"""Of the iterations before the last, and the start: how many are finished at full size and judged in one step."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """`state` after the last iteration, and the score of all of them."""

    state: State
    score: Score


def roll_out(
    network: StereoNetwork,
    pair: StereoBatch,
    iterations: int,
    draws: Draws,
    seed_px: Tensor | None = None,
    past: State | None = None,
) -> Rollout:
    """Encode, choose each sample's start, iterate, and judge the last iteration and some of those before."""
    frame, cold = network.encode(pair.left, pair.right)
    if seed_px is not None:
        frame, cold = seeded(frame, cold, seed_px)
    state = guessed(cold, pair, draws) if past is None else remembered(cold, past, draws)
    unwatched = _UNWATCHED[int(draws.whole(len(_UNWATCHED))[0])]
    if unwatched:
        with torch.no_grad():
            for _ in range(unwatched):
                state = network.update(frame, state)
    # Finishing costs as much as half an iteration: judging a few by lot asks for the same thing on average.
    watched = set(draws.whole(iterations, _WATCHED)[0].tolist())
    predictions = []
    for done in range(iterations + 1):
        if done:
            state = network.update(frame, state)
        if done in watched or done == iterations:
            disparity, confidence = network.finish(frame, state)
            weight = 1.0
            if done < iterations:
                weight = _LATER_COUNTS_MORE ** (iterations - done) * iterations / len(watched)
            predictions.append(Prediction(disparity, confidence, weight))
    return Rollout(state.detached(), score(predictions, frame.match_logits, pair, seed_px))


def guessed(cold: State, pair: StereoBatch, draws: Draws) -> State:
    """Of ten samples seven start at the first match, one at zero, two at the truth with wide and narrow errors."""
    height, width = cold.disparity.shape[2:]
    coarse = draws.normal(1.0, 1, -(-height // 8), -(-width // 8)) * draws.log_uniform(0.5, 40.0, 1, 1, 1)
    wide = fn.interpolate(coarse, scale_factor=8.0, mode="bilinear", align_corners=False)[:, :, :height, :width]
    near_truth = with_disparity(cold, pair.disparity_px).disparity + wide / 4.0
    kind = draws.whole(10, 1, 1, 1)
    disparity = torch.where(kind == 0, 0.0, torch.where(kind < 3, near_truth, cold.disparity))
    return State(disparity, cold.hidden, cold.coarse)


def remembered(cold: State, past: State, draws: Draws) -> State:
    """Seven of ten go on from the moment before, one meets a cut (another sample's past), two start cold."""
    kind = draws.whole(10, 1, 1, 1)

    def chosen(now: Tensor, before: Tensor) -> Tensor:
        before = before.to(now.dtype)
        return torch.where(kind < 7, before, torch.where(kind == 7, before.roll(1, 0), now))

    return State(
        chosen(cold.disparity, past.disparity), chosen(cold.hidden, past.hidden), chosen(cold.coarse, past.coarse)
    )
