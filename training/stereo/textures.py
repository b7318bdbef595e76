"""Paint for the generated scenes: periodic pictures made in batches, with their mip levels, and reading from them.

Without mip levels far surfaces flicker from eye to eye, which no camera shows: a lens and its pixels average.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as fn

from training.stereo.colours import beside, colours
from training.stereo.draws import Draws

_CELLS = 6
"""Which pattern the cells are."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """`texels` (textures * texels of all levels, 3) float32 0..1; `begins` and `sizes` say where each level lies."""

    texels: Tensor
    begins: Tensor
    sizes: Tensor
    stride: int
    count: int


def make_atlas(draws: Draws, size_px: int = 256) -> Atlas:
    """`draws.batch` textures of `size_px`, a power of two, that repeat without a seam."""
    level = _paint(draws, size_px)
    pieces, begins, sizes, at = [], [], [], 0
    while True:
        size = level.shape[-1]
        pieces.append(level.permute(0, 2, 3, 1).reshape(draws.batch, size * size, 3))
        begins.append(at)
        sizes.append(size)
        at += size * size
        if size == 1:
            break
        level = fn.avg_pool2d(level, 2)
    texels = torch.cat(pieces, 1).reshape(-1, 3).contiguous()
    device = draws.device
    return Atlas(texels, torch.tensor(begins, device=device), torch.tensor(sizes, device=device), at, draws.batch)


def read(atlas: Atlas, texture: Tensor, u: Tensor, v: Tensor, level: Tensor) -> Tensor:
    """Colours (*shape, 3) at texel coordinates of level 0, any values; bilinear within the nearest level."""
    nearest = level.round().clamp(0, len(atlas.sizes) - 1).long()
    size = atlas.sizes[nearest]
    begin = texture * atlas.stride + atlas.begins[nearest]
    shrink = torch.exp2(-nearest.float())
    x, y = u * shrink - 0.5, v * shrink - 0.5
    x0, y0 = x.floor(), y.floor()
    share_x, share_y = (x - x0).unsqueeze(-1), (y - y0).unsqueeze(-1)
    last = size - 1  # sizes are powers of two: `& last` repeats the picture, also for negative numbers
    column, row = x0.long() & last, (y0.long() & last) * size + begin
    next_column, next_row = (column + 1) & last, ((y0.long() + 1) & last) * size + begin
    above = torch.lerp(atlas.texels[row + column], atlas.texels[row + next_column], share_x)
    below = torch.lerp(atlas.texels[next_row + column], atlas.texels[next_row + next_column], share_x)
    return torch.lerp(above, below, share_y)


def _paint(draws: Draws, size: int) -> Tensor:
    """(T, 3, size, size) 0..1: one of eight patterns in a few colours, with grain, stains and painted shadows."""
    noise = _fractal(draws, size, 1, 0.4, 2.2)
    cells, cell_shade = _cells(draws, size)
    patterns = torch.stack(
        [
            torch.sigmoid(1.5 * noise),
            (noise > draws.uniform(-0.8, 0.8, 1, 1, 1)).float(),
            _stripes(draws, size, noise),
            _checkers(draws, size),
            _marks(draws, size),
            _bricks(draws, size),
            cells,
            torch.full_like(noise, 0.5),
        ]
    )
    # Plain paint often: walls, tables and skies are plain, and there a network has to reason instead of match.
    kind = torch.multinomial(
        torch.tensor([2.0, 1.2, 1.8, 1.0, 1.8, 1.4, 3.0, 3.2], device=draws.device),
        draws.batch,
        replacement=True,
        generator=draws.generator,
    )
    pattern = patterns[kind, torch.arange(draws.batch, device=draws.device)]
    first = colours(draws)
    second = beside(first, draws)
    weak = draws.chance(0.3, 1, 1, 1)
    second = torch.where(weak, first + 0.12 * (second - first), second)
    paint = first + (second - first) * pattern
    # Gravel, leaves, a crowd, a shelf: every stone has a colour of its own.
    motley = (kind == _CELLS).view(-1, 1, 1, 1) & draws.chance(0.4, 1, 1, 1)
    third = colours(draws)
    paint = torch.where(motley & (cell_shade > draws.uniform(0.5, 0.9, 1, 1, 1)), third * (0.4 + 0.6 * pattern), paint)
    return (paint * _worn(draws, size)).clamp(0.0, 1.0)


def _worn(draws: Draws, size: int) -> Tensor:
    """(T, 3, size, size) factors around 1: grain, stains, and shadows that lie on the surface as cast ones do."""
    grain = _fractal(draws, size, 1, 0.3, 1.6)
    stains = _fractal(draws, size, 1, 1.2, 2.6)
    tint = 1.0 + draws.normal(0.5, 3, 1, 1) * draws.chance(0.3, 1, 1, 1)
    strength = draws.log_uniform(0.003, 0.3, 1, 1, 1)
    stained = draws.log_uniform(0.005, 0.2, 1, 1, 1)
    edge = draws.log_uniform(2.0, 30.0, 1, 1, 1)
    shadow = torch.sigmoid((stains.roll(size // 3, 3) - draws.uniform(0.0, 1.2, 1, 1, 1)) * edge)
    dark = draws.uniform(0.2, 0.7, 1, 1, 1) * draws.chance(0.25, 1, 1, 1)
    return (1.0 + strength * grain) * (1.0 + stained * stains * tint) * (1.0 - dark * shadow)


def _fractal(draws: Draws, size: int, planes: int, low: float, high: float) -> Tensor:
    """Noise whose power falls with frequency, deviation 1; each texture its own exponent and smallest frequency."""
    rows = torch.fft.fftfreq(size, device=draws.device).abs().view(1, 1, size, 1) * size
    columns = torch.fft.rfftfreq(size, device=draws.device).view(1, 1, 1, -1) * size
    frequency = torch.sqrt(rows**2 + columns**2).clamp(min=1e-3)
    lowest = draws.log_uniform(0.8, 24.0, 1, 1, 1)
    weight = frequency ** -draws.uniform(low, high, 1, 1, 1) * (frequency >= lowest)
    spectrum = torch.fft.rfft2(draws.normal(1.0, planes, size, size)) * weight
    made = torch.fft.irfft2(spectrum, s=(size, size))
    return (made - made.mean((2, 3), keepdim=True)) / (made.std((2, 3), keepdim=True) + 1e-6)


def _grid(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    at = (torch.arange(size, device=device).float() + 0.5) / size
    return at.view(1, 1, size, 1), at.view(1, 1, 1, size)


def _stripes(draws: Draws, size: int, noise: Tensor) -> Tensor:
    """Whole numbers of waves in both directions repeat without a seam; half of them wander like wood or marble."""
    y, x = _grid(size, draws.device)
    across = (draws.log_uniform(1.0, size / 8, 1, 1, 1)).round()
    down = (draws.log_uniform(1.0, size / 8, 1, 1, 1)).round()
    straight = draws.chance(0.6, 1, 1, 1)
    down = torch.where(straight, torch.zeros_like(down), down)
    turned = draws.chance(0.5, 1, 1, 1)
    wander = torch.where(draws.chance(0.5, 1, 1, 1), 0.25, 0.0) * noise
    wave = torch.where(turned, across * y + down * x, across * x + down * y) + wander
    wave = torch.sin(2 * torch.pi * wave)
    return torch.sigmoid(wave * draws.log_uniform(1.0, 20.0, 1, 1, 1))


def _checkers(draws: Draws, size: int) -> Tensor:
    y, x = _grid(size, draws.device)
    count = draws.log_uniform(1.0, size / 12, 1, 1, 1).round()
    wave = torch.sin(2 * torch.pi * count * x) * torch.sin(2 * torch.pi * count * y)
    return torch.sigmoid(wave * 12.0)


def _bricks(draws: Draws, size: int) -> Tensor:
    """Rows of bricks, tiles or books: thin joints, and each brick a shade of its own."""
    y, x = _grid(size, draws.device)
    rows = torch.exp2(draws.uniform(1.0, 4.0, 1, 1, 1).round())
    columns = torch.exp2(draws.uniform(1.0, 5.0, 1, 1, 1).round())
    row = (y * rows).floor()
    along = x * columns + torch.where(draws.chance(0.6, 1, 1, 1), 0.5, 0.0) * (row % 2)
    joint = draws.uniform(0.03, 0.15, 1, 1, 1)
    inside = ((y * rows) % 1 > joint) & (along % 1 > joint)
    shade = torch.sin((along.floor() % columns) * 12.9898 + row * 78.233).mul(43758.5453) % 1.0
    return inside.float() * (0.55 + 0.45 * shade)


def _cells(draws: Draws, size: int) -> tuple[Tensor, Tensor]:
    """Stones, leaves, scales: (T, 1, size, size) each, 0..1: shaded towards the borders, and one value a cell.

    Worley's noise (SIGGRAPH 1996) with one point in each square of a grid that repeats with the picture.
    """
    y, x = _grid(size, draws.device)
    count = torch.exp2(draws.uniform(1.6, 5.4, 1, 1, 1).round())
    most = int(count.max())
    places = draws.uniform(0.1, 0.9, 2, most * most)
    shades = draws.uniform(0.0, 1.0, 1, most * most)
    tall = draws.log_uniform(0.5, 2.0, 1, 1, 1)
    at_x, at_y = (x * count).expand(-1, 1, size, size), (y * count).expand(-1, 1, size, size)
    column, row = at_x.floor(), at_y.floor()
    nearest = torch.full_like(at_x, 1e9)
    second, shade = nearest, nearest
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            number = ((row + down) % count) * count + (column + across) % count
            flat = number.long().flatten(1)
            place = [places[:, n].gather(1, flat).view_as(at_x) for n in range(2)]
            apart = (column + across + place[0] - at_x) ** 2 * tall + (row + down + place[1] - at_y) ** 2 / tall
            wins = apart < nearest
            second = torch.where(wins, nearest, torch.minimum(second, apart))
            shade = torch.where(wins, shades[:, 0].gather(1, flat).view_as(at_x), shade)
            nearest = torch.where(wins, apart, nearest)
    # Dark joints where two cells meet; the light falls off from a cell's middle as on a pebble.
    joint = ((second.sqrt() - nearest.sqrt()) * draws.log_uniform(3.0, 20.0, 1, 1, 1)).clamp(0.0, 1.0)
    round_ = 1.0 - nearest * draws.uniform(0.0, 0.8, 1, 1, 1)
    return (joint * round_.clamp(min=0.0) * (0.4 + 0.6 * shade)), shade


def _marks(draws: Draws, size: int) -> Tensor:
    """Lines of something like writing: random 4 x 6 glyphs, words and lines of random length."""
    half = size // 2
    fine = _glyphs(draws, size, size)
    coarse = _glyphs(draws, half, half).repeat_interleave(2, 2).repeat_interleave(2, 3)
    return torch.where(draws.chance(0.5, 1, 1, 1), fine, coarse)


def _glyphs(draws: Draws, height: int, width: int) -> Tensor:
    device = draws.device
    y = torch.arange(height, device=device).view(1, 1, height, 1)
    x = torch.arange(width, device=device).view(1, 1, 1, width)
    strokes = draws.chance(0.55, 1, height, width)
    words = draws.chance(0.8, 1, height // 8, width // 5 + 1)
    words = words.repeat_interleave(8, 2)[:, :, :height].repeat_interleave(5, 3)[..., :width]
    return (strokes & words & (x % 5 < 4) & (y % 8 < 6)).float()
