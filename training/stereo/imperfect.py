"""What two real cameras, a codec and a film's makers do to a perfect pair. Eyes differ, as they do in life.

What belongs to the cameras is drawn from `camera` (the same for every frame of a clip), what belongs to the moment from
`noise`. The truth stays exact: only things that move no pixel sideways are done, and what is hidden becomes invalid.
"""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as fn

from training.stereo.draws import Draws
from training.stereo.jpeg import through_jpeg
from training.stereo.render import StereoBatch

_CAREFUL_SHARE = 0.5
"""Of all samples. Where every pair is bad, matching is wrong so often that a network learns not to believe it: it then
spoils what was right in good photos (EXPERIMENTS.md 14)."""
_CAREFUL_NOISE = 0.15


def careful(camera: Draws) -> Tensor:
    """(B, 1, 1, 1) bool: the samples of a good rig, levelled, with equal eyes, little noise, and no codec's losses."""
    return camera.chance(_CAREFUL_SHARE, 1, 1, 1)


def imperfect(pair: StereoBatch, camera: Draws, noise: Draws) -> StereoBatch:
    """The pair as it would arrive, rounded to whole grey levels 0..255."""
    good = careful(camera)
    left, right = pair.left / 255.0, pair.right / 255.0
    right = torch.where(good, right, _raised(right, camera))
    left, right = _exposed(left, right, camera, equal=good)
    left, right = (torch.where(good, eye, blurred(eye, camera)) for eye in (left, right))
    left, right = (noisy(eye, camera, noise, torch.where(good, _CAREFUL_NOISE, 1.0)) for eye in (left, right))
    left, right = left.clamp(0, 1), right.clamp(0, 1)
    grey = camera.chance(0.12, 1, 1, 1)
    left, right = (torch.where(grey, eye.mean(1, keepdim=True), eye) for eye in (left, right))
    right = _covered(right, camera)
    pair = replace(pair, left=left * 255.0, right=right * 255.0)
    pair = _barred(_with_logo(pair, camera), camera)
    squeezed = camera.chance(0.12, 1, 1, 1) & ~good
    left, right = (torch.where(squeezed, _squeezed(eye), eye) for eye in (pair.left, pair.right))
    # Real files' codecs come after this, in `codecs.py`: some pictures are coded twice, as on the web.
    coded = camera.chance(0.35, 1, 1, 1) & ~good
    quality = camera.uniform(25.0, 95.0)
    other = (quality + camera.normal(3.0)).clamp(20.0, 95.0)
    left = torch.where(coded, through_jpeg(left, quality), left)
    right = torch.where(coded, through_jpeg(right, other), right)
    return replace(pair, left=left.round(), right=right.round())


def _raised(right: Tensor, draws: Draws) -> Tensor:
    """Up to 2 px of vertical error: an offset, a slope along the row (roll) and one along the column (another zoom)."""
    batch, _, height, width = right.shape
    wrong = draws.chance(0.5, 1, 1)
    x = torch.linspace(-1, 1, width, device=right.device).view(1, 1, width)
    y = torch.linspace(-1, 1, height, device=right.device).view(1, height, 1)
    offset = draws.normal(0.6, 1, 1) + draws.normal(0.3, 1, 1) * x + draws.normal(0.3, 1, 1) * y
    offset = torch.where(wrong, offset.clamp(-2.0, 2.0), 0.0)
    rows = y + offset * 2.0 / max(height - 1, 1)
    at = torch.stack([x.expand(batch, height, width), rows], -1)
    return fn.grid_sample(right, at, mode="bilinear", padding_mode="border", align_corners=True)


def _exposed(left: Tensor, right: Tensor, draws: Draws, *, equal: Tensor) -> tuple[Tensor, Tensor]:
    """Gain, gamma, white balance, black level, vignetting and contrast: much in common, a little between the eyes."""
    # Cameras measure the light and set their exposure by it, not always well.
    wanted, gamma = draws.uniform(0.22, 0.6, 1, 1, 1), draws.log_uniform(0.7, 1.4, 1, 1, 1)
    gain = (wanted / left.mean((1, 2, 3), keepdim=True).clamp(min=0.02)).clamp(0.4, 4.0)
    balance = 1.0 + draws.normal(0.08, 3, 1, 1)
    black = draws.uniform(0.0, 0.08, 1, 1, 1)
    height, width = left.shape[2:]
    x = torch.linspace(-1, 1, width, device=left.device).view(1, 1, 1, width)
    y = torch.linspace(-1, 1, height, device=left.device).view(1, 1, height, 1) * height / width
    vignette = draws.uniform(0.0, 0.35, 1, 1, 1) * draws.chance(0.4, 1, 1, 1)
    unequal = (draws.chance(0.6, 1, 1, 1) & ~equal).float()
    eyes = []
    for eye in (left, right):
        own = unequal * draws.normal(0.07, 1, 1, 1)
        own_balance = balance * (1.0 + unequal * draws.normal(0.03, 3, 1, 1))
        own_gamma = gamma * (1.0 + unequal * draws.normal(0.07, 1, 1, 1)).clamp(0.7, 1.4)
        shaded = 1.0 - (vignette + unequal * draws.normal(0.03, 1, 1, 1)).clamp(min=0.0) * (x**2 + y**2)
        own_black = black + unequal * draws.normal(0.012, 1, 1, 1)
        lit = (eye * shaded * gain * (1.0 + own) * own_balance).clamp(0.0, 1.0)
        eyes.append(own_black + (1.0 - own_black) * torch.pow(lit.clamp(min=1e-4), own_gamma))
    return eyes[0], eyes[1]


def blurred(eye: Tensor, draws: Draws) -> Tensor:
    """A Gaussian of its own for each picture: focus, lens, a decoder's scaler."""
    batch, planes, height, width = eye.shape
    sharp, soft = draws.uniform(0.25, 0.9, 1), draws.uniform(0.2, 1.6, 1) * draws.chance(0.4, 1)
    sigma = torch.where(draws.chance(0.6, 1), sharp, soft)
    at = torch.arange(-4, 5, device=eye.device).float().view(1, 9)
    kernel = torch.exp(-0.5 * (at / sigma.clamp(min=0.05)) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(planes, 0)
    flat = fn.pad(eye, (4, 4, 4, 4), mode="replicate").view(1, batch * planes, height + 8, width + 8)
    flat = fn.conv2d(flat, kernel.view(-1, 1, 1, 9), groups=batch * planes)
    flat = fn.conv2d(flat, kernel.view(-1, 1, 9, 1), groups=batch * planes)
    return flat.view(batch, planes, height, width)


def noisy(eye: Tensor, camera: Draws, noise: Draws, share: Tensor | float = 1.0) -> Tensor:
    """Noise that grows with brightness, in colour or grey, sometimes coarser than a pixel as after a demosaic."""
    planes, height, width = eye.shape[1:]
    strength = camera.log_uniform(0.002, 0.05, 1, 1, 1)
    fine = noise.normal(1.0, planes, height, width)
    coarse = fn.avg_pool2d(fn.pad(fine, (0, 1, 0, 1), mode="replicate"), 2, 1) * 2.0
    drawn = torch.where(camera.chance(0.4, 1, 1, 1), coarse, fine)
    drawn = torch.where(camera.chance(0.3, 1, 1, 1), drawn.mean(1, keepdim=True) * 1.7, drawn)
    return eye + share * strength * drawn * (0.3 + eye.clamp(min=0.0)).sqrt()


def _rectangle(draws: Draws, height: int, width: int, smallest: float, largest: float) -> Tensor:
    """(B, 1, H, W) bool; sides in shares of the picture's width."""
    x = (torch.arange(width, device=draws.device).float() / width).view(1, 1, 1, width)
    y = (torch.arange(height, device=draws.device).float() / width).view(1, 1, height, 1)
    across, down = draws.uniform(smallest, largest, 1, 1, 1), draws.uniform(smallest, largest, 1, 1, 1)
    left, top = draws.uniform(-0.05, 0.95, 1, 1, 1), draws.uniform(-0.05, 0.95, 1, 1, 1) * height / width
    return (x > left) & (x < left + across) & (y > top) & (y < top + down)


def _covered(right: Tensor, draws: Draws) -> Tensor:
    """A patch that only one eye has (a finger, a reflection): nothing there matches, the answer has to be inferred."""
    height, width = right.shape[2:]
    patch = _rectangle(draws, height, width, 0.03, 0.16) & draws.chance(0.15, 1, 1, 1)
    return torch.where(patch, right.mean((2, 3), keepdim=True), right)


def _with_logo(pair: StereoBatch, draws: Draws) -> StereoBatch:
    """Letters at the same place in both eyes: their disparity is 0, whatever lies behind them."""
    height, width = pair.left.shape[2:]
    cell = 3
    letters = draws.chance(0.5, 1, -(-height // cell), -(-width // cell))
    letters = letters.repeat_interleave(cell, 2).repeat_interleave(cell, 3)[:, :, :height, :width]
    place = _rectangle(draws, height, width, 0.03, 0.2)
    shown = place & torch.where(draws.chance(0.5, 1, 1, 1), letters, True) & draws.chance(0.12, 1, 1, 1)
    colour = draws.uniform(0.0, 255.0, 3, 1, 1)
    return replace(
        pair,
        left=torch.where(shown, colour, pair.left),
        right=torch.where(shown, colour, pair.right),
        disparity_px=torch.where(shown, 0.0, pair.disparity_px),
        visible=pair.visible | shown,
    )


def _barred(pair: StereoBatch, draws: Draws) -> StereoBatch:
    """Black bars, of one size in both eyes: there is no right answer in them."""
    height, width = pair.left.shape[2:]
    y = torch.arange(height, device=draws.device).view(1, 1, height, 1)
    x = torch.arange(width, device=draws.device).view(1, 1, 1, width)
    thick = draws.uniform(0.03, 0.18, 1, 1, 1)
    kind = draws.whole(16, 1, 1, 1)
    lying = (kind == 0) & ((y < thick * height) | (y >= height - thick * height))
    standing = (kind == 1) & ((x < thick * width) | (x >= width - thick * width))
    bars = lying | standing
    return replace(
        pair,
        left=torch.where(bars, 0.0, pair.left),
        right=torch.where(bars, 0.0, pair.right),
        valid=pair.valid & ~bars,
        visible=pair.visible & ~bars,
    )


def _squeezed(eye: Tensor) -> Tensor:
    """Half-width side by side, stretched again."""
    return fn.interpolate(fn.avg_pool2d(eye, (1, 2)), scale_factor=(1.0, 2.0), mode="bilinear", align_corners=False)
