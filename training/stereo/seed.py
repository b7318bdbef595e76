"""A first guess by a classical method, and how the network takes it.

What semi-global matching finds at half size is right in nine places of ten for the price of a twentieth of the network.
The network is left with what no classical method can: what only one eye sees, what has no texture, thin things, edges.
A frame without a seed starts at the network's own first match; both are trained.
"""

from dataclasses import replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as fn

from depthview.engine.estimators.sgm import match
from training.stereo.draws import Draws
from training.stereo.network import Frame, State
from training.stereo.render import StereoBatch
from training.stereo.update import GRID_PX

SEED_PX = 2
"""A seed has a value for every 2 x 2 pixels of the picture."""

_WITHOUT_SHARE, _BLIND_SHARE = 0.25, 0.12


def seeded(frame: Frame, state: State, seed_px: Tensor) -> tuple[Frame, State]:
    """The frame and the cold state with the seed as first match wherever it is known.

    `seed_px` (B, 1, H / 2, W / 2): pixels of the picture, NaN unknown. `first_sure` is 0..1 for the network's own match
    and 1 to 2, by the share of the cell that is known, for the seed.
    """
    known = torch.isfinite(seed_px)
    share = fn.avg_pool2d(known.float(), GRID_PX // SEED_PX)
    mean = fn.avg_pool2d(torch.where(known, seed_px, 0.0), GRID_PX // SEED_PX) / share.clamp(min=1e-3)
    first = torch.where(share > 0, mean / GRID_PX, frame.first)
    sure = torch.where(share > 0, 1.0 + share, frame.first_sure.float())
    return replace(frame, first=first, first_sure=sure), replace(state, disparity=first)


def seed_of(pair: StereoBatch, draws: Draws) -> Tensor:
    """(B, 1, H / 2, W / 2): what matching finds in each sample, for one in four nothing, as without a seed.

    The search range is what a program would have measured: about the truth's, sometimes too narrow.
    """
    without = draws.chance(_WITHOUT_SHARE).tolist()
    blind = draws.chance(_BLIND_SHARE).tolist()
    slack = draws.uniform(0.0, 0.4, 2).tolist()
    cut = draws.uniform(0.5, 1.0).tolist()
    seeds = []
    for k in range(draws.batch):
        height, width = (n // SEED_PX for n in pair.left.shape[2:])
        if without[k]:
            seeds.append(np.full((height, width), np.nan, np.float32))
            continue
        disparity = pair.disparity_px[k][pair.valid[k]] / SEED_PX
        low, high = (float(n) for n in torch.quantile(disparity[::7], torch.tensor([0.005, 0.995])))
        span = max(high - low, 4.0)
        highest = low + span * (cut[k] if blind[k] else 1.0 + slack[k][0])
        eyes = [_half_size(eye[k]) for eye in (pair.left, pair.right)]
        seeds.append(match(eyes[0], eyes[1], int(np.floor(low - slack[k][1] * span)), int(np.ceil(highest))) * SEED_PX)
    return torch.from_numpy(np.stack(seeds)).unsqueeze(1).to(pair.left.device)


def _half_size(eye: Tensor) -> NDArray[np.uint8]:
    picture = eye.permute(1, 2, 0).cpu().numpy()
    size = (picture.shape[1] // SEED_PX, picture.shape[0] // SEED_PX)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA).round(), np.uint8)
