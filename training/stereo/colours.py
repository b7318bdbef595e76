"""What colours things have: mostly few and muted. A network that meets only these learns to do without colour.

The anchors were chosen by eye after photographs of rooms, streets and people; each is varied in lightness and hue.
"""

import torch
from torch import Tensor

from training.stereo.draws import Draws

_ANCHORS = (
    (14.0, (0.55, 0.55, 0.56)),  # concrete, metal, plaster in shade
    (12.0, (0.86, 0.84, 0.80)),  # white walls, paper
    (9.0, (0.13, 0.12, 0.12)),  # rubber, screens, black cloth
    (9.0, (0.72, 0.62, 0.48)),  # light wood, sand, cardboard
    (9.0, (0.40, 0.28, 0.18)),  # dark wood, earth, bark
    (7.0, (0.80, 0.60, 0.48)),  # lighter skin
    (4.0, (0.44, 0.28, 0.19)),  # darker skin, leather
    (6.0, (0.55, 0.30, 0.24)),  # brick, rust
    (8.0, (0.34, 0.40, 0.20)),  # grass, leaves
    (4.0, (0.24, 0.30, 0.22)),  # leaves in shade
    (5.0, (0.52, 0.64, 0.78)),  # sky, light cloth
    (5.0, (0.20, 0.25, 0.38)),  # denim, slate
    (2.0, (0.78, 0.62, 0.22)),  # brass, straw, signs
    (2.0, (0.68, 0.14, 0.14)),  # red things, toys, cars
    (2.0, (0.14, 0.30, 0.62)),  # blue things
)
_LOUD_SHARE = 0.04
_LIKE_THE_FIRST_SHARE = 0.6


def colours(draws: Draws) -> Tensor:
    """(B, 3, 1, 1) 0..1: a colour of things for each."""
    weights = torch.tensor([weight for weight, _ in _ANCHORS], device=draws.device)
    anchors = torch.tensor([anchor for _, anchor in _ANCHORS], device=draws.device)
    which = torch.multinomial(weights, draws.batch, replacement=True, generator=draws.generator)
    muted = anchors[which].view(-1, 3, 1, 1) * draws.log_uniform(0.6, 1.4, 1, 1, 1) + draws.normal(0.025, 3, 1, 1)
    loud = draws.uniform(0.0, 1.0, 3, 1, 1)
    return torch.where(draws.chance(_LOUD_SHARE, 1, 1, 1), loud, muted).clamp(0.02, 0.98)


def beside(first: Tensor, draws: Draws) -> Tensor:
    """A colour that comes with the first: most things are lighter and darker places of one colour."""
    factor = draws.log_uniform(1.25, 3.0, 1, 1, 1)
    like = first * torch.where(draws.chance(0.6, 1, 1, 1), 1.0 / factor, factor) + draws.normal(0.015, 3, 1, 1)
    alike = draws.chance(_LIKE_THE_FIRST_SHARE, 1, 1, 1)
    return torch.where(alike, like, colours(draws)).clamp(0.02, 0.98)
