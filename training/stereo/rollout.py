"""One step's work: from pairs to predictions, cold, from a guess, or from the moment before.

A network that never started warm is made worse by it (RAFT-Stereo issue 32), so every kind of start is trained.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as fn

from training.stereo.draws import Draws
from training.stereo.losses import Score, score
from training.stereo.network import State, StereoNetwork, with_disparity
from training.stereo.render import StereoBatch


@dataclass(frozen=True, slots=True)
class Rollout:
    """`state` after the last iteration, and the score of all of them."""

    state: State
    score: Score


def roll_out(
    network: StereoNetwork, pair: StereoBatch, iterations: int, draws: Draws, past: State | None = None
) -> Rollout:
    """Encode, choose each sample's start, iterate, and finish every iteration at full size."""
    frame, cold = network.encode(pair.left, pair.right)
    state = guessed(cold, pair, draws) if past is None else remembered(cold, past, draws)
    disparity, confidence = network.finish(state)
    predictions = [disparity]
    for _ in range(iterations):
        state = network.update(frame, state)
        disparity, confidence = network.finish(state)
        predictions.append(disparity)
    return Rollout(state.detached(), score(predictions, confidence, frame.match_logits, pair))


def guessed(cold: State, pair: StereoBatch, draws: Draws) -> State:
    """Of ten samples six start at the first match, one at zero, three at the truth with wide and narrow errors."""
    height, width = cold.disparity.shape[2:]
    coarse = draws.normal(1.0, 1, -(-height // 8), -(-width // 8)) * draws.log_uniform(0.5, 40.0, 1, 1, 1)
    wide = fn.interpolate(coarse, scale_factor=8.0, mode="bilinear", align_corners=False)[:, :, :height, :width]
    near_truth = with_disparity(cold, pair.disparity_px).disparity + wide / 4.0
    kind = draws.whole(10, 1, 1, 1)
    disparity = torch.where(kind == 0, 0.0, torch.where(kind < 4, near_truth, cold.disparity))
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
