"""`python -m benchmarks.vit_small FILE.onnx`: a network of Depth Anything V2 Small's shape, with random weights.

What such a network costs does not depend on what its weights are, so this tells the speed where the real one cannot be
downloaded: `python -m benchmarks.live --model FILE.onnx`. Needs torch (`pip install -e .[train]`). Shape: ViT-S/14 of
12 blocks (Dosovitskiy et al., ICLR 2021) and a DPT head (Ranftl et al., ICCV 2021) of 64 features, as Depth Anything V2
(Yang et al., NeurIPS 2024) describes them; 24.8 M parameters.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

_PATCH, _DIM, _HEADS, _BLOCKS = 14, 384, 6, 12
_TAPPED = (2, 5, 8, 11)
_REASSEMBLED = (48, 96, 192, 384)
_FEATURES = 64


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.before_attention, self.before_mlp = nn.LayerNorm(_DIM), nn.LayerNorm(_DIM)
        self.qkv, self.out = nn.Linear(_DIM, 3 * _DIM), nn.Linear(_DIM, _DIM)
        self.mlp = nn.Sequential(nn.Linear(_DIM, 4 * _DIM), nn.GELU(), nn.Linear(4 * _DIM, _DIM))

    def forward(self, x: Tensor) -> Tensor:
        count = x.shape[1]
        qkv = self.qkv(self.before_attention(x)).reshape(1, count, 3, _HEADS, _DIM // _HEADS).permute(2, 0, 3, 1, 4)
        scores = qkv[0] @ qkv[1].transpose(-2, -1) * (_DIM // _HEADS) ** -0.5
        x = x + self.out((scores.softmax(-1) @ qkv[2]).transpose(1, 2).reshape(1, count, _DIM))
        mixed: Tensor = x + self.mlp(self.before_mlp(x))
        return mixed


class _Unit(nn.Module):
    """DPT's residual convolution unit."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(_FEATURES, _FEATURES, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        unit: Tensor = x + self.second(fn.relu(self.first(fn.relu(x))))
        return unit


class _Fused(nn.Module):
    """What is coarser, with what one tap saw, twice as large."""

    def __init__(self) -> None:
        super().__init__()
        self.tap, self.both, self.out = _Unit(), _Unit(), nn.Conv2d(_FEATURES, _FEATURES, 1)

    def forward(self, coarse: Tensor | None, tap: Tensor, size: tuple[int, int]) -> Tensor:
        x = self.tap(tap) if coarse is None else coarse + self.tap(tap)
        fused: Tensor = self.out(fn.interpolate(self.both(x), size=size, mode="bilinear", align_corners=True))
        return fused


class VitSmall(nn.Module):
    """(1, 3, side, side) normalised RGB -> (1, side, side) relative inverse depth, of no meaning."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.grid = side // _PATCH
        self.patches = nn.Conv2d(3, _DIM, _PATCH, _PATCH)
        self.first = nn.Parameter(torch.zeros(1, 1, _DIM))
        self.places = nn.Parameter(torch.randn(1, self.grid**2 + 1, _DIM) * 0.02)
        self.blocks = nn.ModuleList(_Block() for _ in range(_BLOCKS))
        self.norm = nn.LayerNorm(_DIM)
        self.project = nn.ModuleList(nn.Conv2d(_DIM, width, 1) for width in _REASSEMBLED)
        larger, smaller = (
            (nn.ConvTranspose2d(48, 48, 4, 4), nn.ConvTranspose2d(96, 96, 2, 2)),
            nn.Conv2d(384, 384, 3, 2, 1),
        )
        self.resize = nn.ModuleList([*larger, nn.Identity(), smaller])
        self.alike = nn.ModuleList(nn.Conv2d(width, _FEATURES, 3, padding=1, bias=False) for width in _REASSEMBLED)
        self.fused = nn.ModuleList(_Fused() for _ in _REASSEMBLED)
        self.halved = nn.Conv2d(_FEATURES, _FEATURES // 2, 3, padding=1)
        self.last = nn.Sequential(
            nn.Conv2d(_FEATURES // 2, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 1, 1), nn.ReLU()
        )

    def forward(self, image: Tensor) -> Tensor:
        x = torch.cat([self.first, self.patches(image).flatten(2).transpose(1, 2)], 1) + self.places
        taps: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in _TAPPED:
                at = len(taps)
                grid = self.norm(x)[:, 1:].transpose(1, 2).reshape(1, _DIM, self.grid, self.grid)
                taps.append(self.alike[at](self.resize[at](self.project[at](grid))))
        sizes = [tuple(tap.shape[2:]) for tap in taps]
        path = None
        for at in (3, 2, 1, 0):
            size = sizes[at - 1] if at else (sizes[0][0] * 2, sizes[0][1] * 2)
            path = self.fused[at](path, taps[at], size)
        side = self.grid * _PATCH
        large = fn.interpolate(self.halved(path), size=(side, side), mode="bilinear", align_corners=True)
        depth: Tensor = self.last(large)[:, 0]
        return depth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--side", type=int, default=518, help="a multiple of 14")
    asked = parser.parse_args()
    if asked.side % _PATCH:
        parser.error("--side must be a multiple of 14")
    torch.manual_seed(0)
    network = VitSmall(asked.side).eval()
    picture = torch.zeros(1, 3, asked.side, asked.side)
    names = {"input_names": ["image"], "output_names": ["depth"]}
    torch.onnx.export(network, (picture,), str(asked.file), **names, opset_version=17, dynamo=False)
    print(asked.file, f"{sum(p.numel() for p in network.parameters()) / 1e6:.1f} M parameters")


if __name__ == "__main__":
    main()
