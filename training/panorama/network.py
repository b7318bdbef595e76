"""The network for 360° photos: a plain layout of floor, ceiling and walls first, then what differs from it.

Sources: layouts told column by column (Sun et al., HorizonNet, CVPR 2019), residual blocks (He et al., CVPR 2016),
attention with learnt biases by distance (Liu et al., Swin, ICCV 2021), convex upsampling (Teed and Deng, RAFT, ECCV
2020). Everything but the rows is told by differences, so turning the camera turns the answer.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from training.panorama.sphere import Round, latitudes, wrapped
from training.stereo.encoder import doubled, standardised

HEIGHT, WIDTH = 256, 512
NEAREST_M, FARTHEST_M = 0.1, 100.0
_USUAL_WALL_M, _USUAL_FLOOR_M, _USUAL_CEILING_M = 2.2, 1.5, 1.3
_FLATTEST = 0.02
_HEADS = 4
_CELL = 8
"""Pixels between the columns of which a layout is told."""


@dataclass(frozen=True, slots=True)
class Widths:
    """Channels by grid; `attended`: how many rounds of attention there are on the coarsest one."""

    half: int = 16
    quarter: int = 32
    eighth: int = 56
    sixteenth: int = 112
    thirtysecond: int = 160
    attended: int = 2


@dataclass(frozen=True, slots=True)
class Found:
    """(B, 1, H, W) natural logarithms of metres: `log_range` of everything, `layout` of floor, ceiling and walls."""

    log_range: Tensor
    layout: Tensor


class PanoramaNetwork(nn.Module):
    """(B, 3, 256, 512) RGB 0..255, level, -> `Found`."""

    def __init__(self, widths: Widths | None = None) -> None:
        super().__init__()
        w = widths or Widths()
        self.stem = Round(3, w.half, kernel=5, stride=2)
        self.quarter = _coarser(w.half, w.quarter, 0, HEIGHT // 4)
        self.eighth = _coarser(w.quarter, w.eighth, 1, HEIGHT // 8)
        self.sixteenth = _coarser(w.eighth, w.sixteenth, 2, HEIGHT // 16)
        self.thirtysecond = _coarser(w.sixteenth, w.thirtysecond, 1, HEIGHT // 32)
        self.everywhere = nn.Sequential(*(Attention(w.thirtysecond) for _ in range(w.attended)))
        self.up_sixteenth = _Finer(w.thirtysecond, w.sixteenth)
        self.up_eighth = _Finer(w.sixteenth, w.eighth)
        self.layout = Layout(w.eighth, HEIGHT // 8)
        self.from_layout = Round(1, w.quarter)
        self.up_quarter = _Finer(w.eighth, w.quarter)
        self.difference = nn.Conv2d(w.quarter, 1, 1)
        nn.init.zeros_(self.difference.weight)
        nn.init.zeros_(self.difference.bias)
        self.detail = nn.Sequential(Round(w.quarter + 4 * w.half, 48, kernel=1), nn.ReLU(), nn.Conv2d(48, 9 * 16, 1))

    def forward(self, picture: Tensor, *, fine: bool = True) -> Found:
        """Not `fine`: on a grid of 4, in half of the time; what is left out is where exactly edges run."""
        half = fn.relu(self.stem(standardised(picture)))
        quarter = self.quarter(half)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        coarse = self.everywhere(self.thirtysecond(sixteenth))
        up_eighth = self.up_eighth(self.up_sixteenth(coarse, sixteenth), eighth)
        layout = self.layout(up_eighth)
        roughly = fn.avg_pool2d(layout, 4)
        x = self.up_quarter(up_eighth, quarter + self.from_layout(roughly))
        if fine:
            shares = self.detail(torch.cat([x, fn.pixel_unshuffle(half, 2)], 1))
            log_range = layout + _finest(self.difference(x), shares)
        else:
            log_range, layout = roughly + self.difference(x), roughly
        return Found(log_range.clamp(math.log(NEAREST_M), math.log(FARTHEST_M)), layout)


class Layout(nn.Module):
    """(B, C, h, w) -> (B, 1, 256, 512): the nearest of floor, ceiling and upright wall, each column its own."""

    def __init__(self, width: int, rows: int) -> None:
        super().__init__()
        self.narrow = Round(width, 24, kernel=1)
        self.column = nn.Conv1d(24 * rows, 128, 1)
        self.beside = nn.ModuleList(nn.Conv1d(128, 128, 5) for _ in range(2))
        self.places = nn.Conv1d(128, 3, 1)
        nn.init.normal_(self.places.weight, std=0.01)
        usual = torch.tensor([_USUAL_WALL_M, _USUAL_FLOOR_M, _USUAL_CEILING_M])
        with torch.no_grad():
            self.places.bias.copy_(usual.log())
        upright = latitudes(HEIGHT)
        self.register_buffer("wall", -upright.cos().log().view(1, HEIGHT, 1), persistent=False)
        self.register_buffer("floor", -(-upright.sin()).clamp(min=_FLATTEST).log().view(1, HEIGHT, 1), persistent=False)
        self.register_buffer("ceiling", -upright.sin().clamp(min=_FLATTEST).log().view(1, HEIGHT, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        columns = fn.relu(self.column(fn.relu(self.narrow(x)).flatten(1, 2)))
        for beside in self.beside:
            columns = columns + fn.relu(beside(wrapped(columns, 2)))
        places = self.places(columns)  # (B, 3, w): logarithms of how far, how deep, how high
        # Linear between columns, past the edge as well.
        places = fn.interpolate(wrapped(places, 1), scale_factor=float(_CELL), mode="linear", align_corners=False)
        wall, floor, ceiling = places[:, :, _CELL:-_CELL].unsqueeze(2).unbind(1)
        nearest = torch.minimum(torch.minimum(wall + self.wall, floor + self.floor), ceiling + self.ceiling)
        return nearest.unsqueeze(1)


class Residual(nn.Module):
    """Two dense 3 x 3 convolutions beside what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = Round(width, width)
        self.second = Round(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return fn.relu(x + self.second(fn.relu(self.first(x))))


class Attention(nn.Module):
    """Every place of the coarsest grid sees every other; how much depends on rows and on the way round between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.rows, self.columns = HEIGHT // 32, WIDTH // 32
        self.norm = nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Linear(width, width)
        self.norm_after = nn.LayerNorm(width)
        self.think = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.bias = nn.Parameter(torch.zeros(_HEADS, self.rows, self.rows, self.columns))
        apart = (torch.arange(self.columns).view(1, -1) - torch.arange(self.columns).view(-1, 1)) % self.columns
        self.register_buffer("apart", apart, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, width, rows, columns = x.shape
        seen = x.flatten(2).transpose(1, 2)
        asked = self.ask(self.norm(seen)).view(batch, rows * columns, 3, _HEADS, width // _HEADS)
        query, key, value = asked.permute(2, 0, 3, 1, 4).unbind()
        # (heads, row, row, column, column) -> (heads, place, place)
        bias = self.bias[..., self.apart].permute(0, 1, 3, 2, 4).reshape(_HEADS, rows * columns, rows * columns)
        weight = (query @ key.transpose(2, 3) * (width // _HEADS) ** -0.5 + bias).softmax(-1)
        seen = seen + self.answer((weight @ value).transpose(1, 2).reshape(batch, rows * columns, width))
        seen = seen + self.think(self.norm_after(seen))
        return seen.transpose(1, 2).reshape(batch, width, rows, columns)


class _Rows(nn.Module):
    """Told to every place: in which row it is. Rooms have floors below and ceilings above."""

    def __init__(self, width: int, rows: int) -> None:
        super().__init__()
        self.told = nn.Parameter(torch.randn(1, width, rows, 1) * 0.1)

    def forward(self, x: Tensor) -> Tensor:
        return fn.relu(x + self.told)


class _Finer(nn.Module):
    """Twice the size, with what the encoder had there, mixed by one block."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.from_coarse = Round(coarse, fine, kernel=1)
        self.own = Round(fine, fine, kernel=1)
        self.merged = Residual(fine)

    def forward(self, coarse: Tensor, own: Tensor) -> Tensor:
        merged: Tensor = self.merged(fn.relu(self.own(own) + doubled(self.from_coarse(coarse))))
        return merged


def _coarser(inputs: int, outputs: int, blocks: int, rows: int) -> nn.Sequential:
    return nn.Sequential(
        Round(inputs, outputs, stride=2), _Rows(outputs, rows), *(Residual(outputs) for _ in range(blocks))
    )


def _finest(difference: Tensor, shares: Tensor) -> Tensor:
    """(B, 1, h, w) -> (B, 1, 4h, 4w): each pixel a mean of nine cells around it, by shares that the picture tells."""
    batch, _, height, width = difference.shape
    around = wrapped(difference, 1, 1)
    cells = [around[:, :, row : row + height, column : column + width] for row in range(3) for column in range(3)]
    weight = shares.view(batch, 9, 16, height, width).softmax(1)
    mixed = (torch.stack(cells, 1) * weight).sum(1)
    return fn.pixel_shuffle(mixed, 4)


def parameter_count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
