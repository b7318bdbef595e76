"""How good it is on generated pairs that training never sees: by iterations, with and without a seed, cold and warm."""

from dataclasses import replace

import torch

from training.stereo.batches import Supply
from training.stereo.draws import Draws
from training.stereo.network import Frame, State, StereoNetwork
from training.stereo.render import StereoBatch
from training.stereo.seed import seed_of, seeded

UNSEEN_SEED = 7_000_003
ITERATIONS = (0, 1, 2, 5, 10)


@torch.no_grad()
def validate(network: StereoNetwork, supply: Supply, batches: int = 4) -> dict[str, float]:
    """Mean error in px and share of pixels wrong by more than 2 px, over all known pixels of fresh clips of two frames.

    `alone` is without a seed. `warm_2` begins where five iterations on the frame before ended; `cold_2` is its fair
    neighbour on the same frame.
    """
    network.eval()
    unseen = replace(supply, seed=UNSEEN_SEED, reuse=1)
    sums: dict[str, float] = {}
    for step in range(batches):
        draws = Draws(supply.batch, supply.device, UNSEEN_SEED, step)
        before, after = unseen.clip(step, 2)
        frame, state = network.encode(before.left, before.right)
        for done in range(max(ITERATIONS) + 1):
            if done in ITERATIONS:
                _add(sums, f"alone{done}", network, frame, state, before)
            state = network.update(frame, state)
        frame, state = seeded(*network.encode(before.left, before.right), seed_of(before, draws))
        past = state
        for done in range(max(ITERATIONS) + 1):
            if done in ITERATIONS:
                _add(sums, f"it{done}", network, frame, state, before)
            if done == 5:
                past = state
            state = network.update(frame, state)
        frame, cold = seeded(*network.encode(after.left, after.right), seed_of(after, draws))
        for name, state in (("warm_2", past), ("cold_2", cold)):
            for _ in range(2):
                state = network.update(frame, state)
            _add(sums, name, network, frame, state, after)
    return {name: round(value / batches, 4) for name, value in sums.items()}


def _add(
    sums: dict[str, float], name: str, network: StereoNetwork, frame: Frame, state: State, pair: StereoBatch
) -> None:
    error = (network.finish(frame, state)[0] - pair.disparity_px).abs()[pair.valid]
    sums[f"{name}_epe"] = sums.get(f"{name}_epe", 0.0) + float(error.mean())
    sums[f"{name}_bad2"] = sums.get(f"{name}_bad2", 0.0) + float((error > 2).float().mean())
