"""The iterative stereo network: `encode` once a frame, `update` as often as wanted, `finish` once.

A state is carried from one to the next; a video may carry it from one frame to the next. Disparity is positive for near
things and may be negative (converged cameras). Sources: RAFT-Stereo (3DV 2021) for the iteration, IGEV-Stereo (CVPR
2023) and TC-Stereo (ECCV 2024) for starting at a first match instead of zero.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from training.stereo.correlation import best_match, correlate, look_up, pyramid
from training.stereo.encoder import Encoder, Widths
from training.stereo.propagation import OFFERS, chosen, offered
from training.stereo.update import GRID_PX, Finish, Update

_FAR_CELLS = 16.0
_NEAR_CELLS = 2.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What `encode` found and no iteration changes. All float32 or the autocast type, grid of 4 unless said.

    `levels`: correlation pyramid; `first` and `first_sure`: the first match; `context`, `coarse_context`: added inside;
    `detail`: the left eye on the grid of 2; `seed_px`, `seed_sure` (0 none, 0.5 bridged, 1 found): a seed at the
    picture's own size.
    `match_logits`, (B, H/8, W/8, W/8) and (B, H/4, W/4, W/4), are for the loss alone.
    """

    levels: Tensor
    first: Tensor
    first_sure: Tensor
    context: Tensor
    coarse_context: Tensor
    detail: Tensor
    seed_px: Tensor
    seed_sure: Tensor
    match_logits: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What an iteration changes: disparity in cells of the grid of 4, and both hidden states."""

    disparity: Tensor
    hidden: Tensor
    coarse: Tensor

    def detached(self) -> "State":
        return State(self.disparity.detach(), self.hidden.detach(), self.coarse.detach())


class StereoNetwork(nn.Module):
    """Pictures are (B, 3, H, W) RGB 0..255, H and W multiples of 16."""

    def __init__(self, widths: Widths | None = None) -> None:
        super().__init__()
        self.widths = widths or Widths()
        w = self.widths
        self.encoder = Encoder(w)
        self.sharpness = nn.Parameter(torch.tensor(1.0))
        self.fine_sharpness = nn.Parameter(torch.tensor(1.0))
        self.start = nn.Conv2d(w.quarter, w.hidden, 1)
        self.context = nn.Conv2d(w.quarter, w.wide, 1)
        self.coarse_start = nn.Conv2d(w.sixteenth, w.coarse_hidden, 1)
        self.coarse_context = nn.Conv2d(w.sixteenth, w.coarse_wide, 1)
        self.detail = nn.Conv2d(w.half, w.detail, 1)
        self.updater = Update(w)
        self.finisher = Finish(w)

    def encode(self, left: Tensor, right: Tensor) -> tuple[Frame, State]:
        """The frame, and the state a frame without a past starts from: the first match and the context."""
        features = self.encoder(torch.cat([left, right]))
        fine_left, fine_right = features.fine.chunk(2)
        coarse_left, coarse_right = features.coarse.chunk(2)
        logits = correlate(coarse_left, coarse_right) * self.sharpness.exp()
        found, sure = best_match(logits)
        first = fn.interpolate(found * 2.0, scale_factor=2.0, mode="bilinear", align_corners=False)
        first_sure = fn.interpolate(sure, scale_factor=2.0, mode="nearest")
        # Only the left eye's own features are remembered: the answer belongs to the left eye.
        quarter = features.quarter.chunk(2)[0]
        sixteenth = features.sixteenth.chunk(2)[0]
        volume = correlate(fine_left, fine_right)
        unknown = left.new_zeros(left.shape[0], 1, *left.shape[2:])
        frame = Frame(
            levels=pyramid(volume),
            first=first,
            first_sure=first_sure,
            context=self.context(quarter),
            coarse_context=self.coarse_context(sixteenth),
            detail=self.detail(features.half.chunk(2)[0]),
            seed_px=unknown,
            seed_sure=unknown,
            match_logits=(logits, volume * self.fine_sharpness.exp()),
        )
        state = State(first, torch.tanh(self.start(quarter)), torch.tanh(self.coarse_start(sixteenth)))
        return frame, state

    def update(self, frame: Frame, state: State) -> State:
        """One iteration. Gradients do not pass through the disparity that is looked up, as in RAFT."""
        disparity = state.disparity.detach()
        offers = offered(disparity, frame.first.detach())
        away = (offers / _NEAR_CELLS).clamp(-1.0, 1.0)
        seen = torch.cat([look_up(frame.levels, disparity), disparity / _FAR_CELLS, away, frame.first_sure.detach()], 1)
        hidden, coarse, change = self.updater(seen, state.hidden, state.coarse, frame.context, frame.coarse_context)
        step, logits = change.float().split([1, 1 + OFFERS], 1)
        return State(disparity + 2.0 * step + chosen(offers, logits), hidden, coarse)

    def finish(self, frame: Frame, state: State) -> tuple[Tensor, Tensor]:
        """Disparity (B, 1, H, W) in pixels of the picture, and the logit of it being right."""
        return self.finisher(state.disparity, state.hidden, frame.detail, frame.seed_px, frame.seed_sure)

    def forward(self, left: Tensor, right: Tensor, iterations: int = 5) -> tuple[Tensor, Tensor]:
        """Cold start, `iterations` updates, finish."""
        frame, state = self.encode(left, right)
        for _ in range(iterations):
            state = self.update(frame, state)
        return self.finish(frame, state)


def with_disparity(state: State, disparity_px: Tensor) -> State:
    """The same memory at another disparity, (B, 1, H, W) in pixels of the picture."""
    return replace(state, disparity=fn.avg_pool2d(disparity_px, GRID_PX) / GRID_PX)


def parameter_count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
