"""A first guess by a classical method, and how the network takes it.

What semi-global matching finds is right in nine places of ten. The network is left with what no classical method can:
what only one eye sees, what has no texture, thin things, edges, and knowing what is wrong.
Holes are bridged first: 13, 10 and 13 % bad pixels on three photo pairs before any learning, against 16, 13 and 18 %.
A frame without a seed starts at the network's own first match; both are trained.
"""

from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from depthview.engine.estimators.sgm import match
from training.stereo.draws import Draws
from training.stereo.network import Frame, State
from training.stereo.render import StereoBatch
from training.stereo.update import GRID_PX

LEAST_KNOWN_SHARE = 0.05
"""Of all pixels: with fewer the search has failed, and what it found is chance."""

_WITHOUT_SHARE, _BLIND_SHARE = 0.15, 0.1


def seeded(frame: Frame, state: State, seed_px: Tensor) -> tuple[Frame, State]:
    """The frame and the cold state with the seed as first match, its holes bridged.

    `seed_px` (B, 1, H, W): pixels of the picture, NaN unknown. `first_sure` is 1 to 2 for a seed, by the share
    of the cell that is known; a sample of which nearly nothing is known keeps the network's own match, at 0 to 1.
    For the finish the seed stays as fine as it is: 1 where it was found, 0.5 where it was bridged, 0 without a seed.
    """
    known = torch.isfinite(seed_px)
    value = torch.where(known, seed_px, 0.0)
    share = fn.avg_pool2d(known.float(), GRID_PX)
    mean = fn.avg_pool2d(value, GRID_PX) / share.clamp(min=1e-3)
    usable = known.float().mean((1, 2, 3), keepdim=True) > LEAST_KNOWN_SHARE
    first = torch.where(usable, bridged(mean / GRID_PX, share > 0), frame.first)
    sure = torch.where(usable, 1.0 + share, frame.first_sure.float())
    dense = torch.where(usable, bridged(value, known), 0.0)
    frame = replace(frame, first=first, first_sure=sure, seed_px=dense, seed_sure=usable * (0.5 + 0.5 * known))
    return frame, replace(state, disparity=first)


def bridged(cells: Tensor, known: Tensor) -> Tensor:
    """(B, 1, h, w): unknown cells take the farther of the nearest known ones on either side of their row.

    What one eye alone sees belongs to what is behind. A row that knows nothing takes the median of all that is known.
    """
    width = cells.shape[3]
    columns = torch.arange(width, device=cells.device).expand_as(cells)
    before = torch.where(known, columns, -1).cummax(3).values
    after = torch.where(known, columns, width).flip(3).cummin(3).values.flip(3)
    from_before = torch.where(before >= 0, cells.gather(3, before.clamp(min=0)), torch.inf)
    from_after = torch.where(after < width, cells.gather(3, after.clamp(max=width - 1)), torch.inf)
    filled = torch.minimum(from_before, from_after)
    middle = torch.where(known, cells, torch.nan).flatten(1).nanmedian(1).values.nan_to_num().view(-1, 1, 1, 1)
    return torch.where(known, cells, torch.where(filled.isfinite(), filled, middle))


def seed_of(pair: StereoBatch, draws: Draws) -> Tensor:
    """(B, 1, H, W): what matching finds in each sample; in some nothing at all, as without a seed.

    The search range is what a program would have measured: about the truth's, sometimes too narrow.
    """
    without = draws.chance(_WITHOUT_SHARE).tolist()
    blind = draws.chance(_BLIND_SHARE).tolist()
    slack = draws.uniform(0.0, 0.4, 2).tolist()
    cut = draws.uniform(0.5, 1.0).tolist()
    seeds = []
    for k in range(draws.batch):
        if without[k]:
            seeds.append(np.full(pair.left.shape[2:], np.nan, np.float32))
            continue
        disparity = pair.disparity_px[k][pair.valid[k]]
        low, high = (float(n) for n in torch.quantile(disparity[::7], torch.tensor([0.005, 0.995])))
        span = max(high - low, 4.0)
        highest = low + span * (cut[k] if blind[k] else 1.0 + slack[k][0])
        both = (eye[k].permute(1, 2, 0).to(torch.uint8).cpu().numpy() for eye in (pair.left, pair.right))
        eyes = [np.asarray(cv2.cvtColor(np.ascontiguousarray(e), cv2.COLOR_RGB2GRAY), np.uint8) for e in both]
        seeds.append(match(eyes[0], eyes[1], int(np.floor(low - slack[k][1] * span)), int(np.ceil(highest))))
    return torch.from_numpy(np.stack(seeds)).unsqueeze(1).to(pair.left.device)
