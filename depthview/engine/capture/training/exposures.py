"""How bright and how warm each photo is, learnt beside the Gaussians: cameras choose that anew for every photo."""

import torch

from depthview.engine.capture.training.adam import adam_step

_RATES = (1e-2, 1e-3)


class Exposures:
    """An affine change of colours for each of P photos: colour' = matrix[:, :3] @ colour + matrix[:, 3].

    `matrices` (P, 3, 4), the identity at the start. Their mean stays the identity, so that what was not photographed
    through any of them, a photo held out, is drawn with none.
    """

    def __init__(self, count: int, device: str) -> None:
        self.matrices = _identity(device).expand(count, 3, 4).clone()
        self.first, self.second = torch.zeros_like(self.matrices), torch.zeros_like(self.matrices)
        self.steps = [0] * count
        self._asked: torch.Tensor | None = None

    def applied(self, photo: int, image: torch.Tensor) -> torch.Tensor:
        """`image` (H, W, 3) as this photo would show it; follow with `step`."""
        self._asked = self.matrices[photo].clone().requires_grad_()
        return image @ self._asked[:, :3].t() + self._asked[:, 3]

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, photo: int, share: float) -> None:
        """Follow the gradient of what `applied` gave; `share` of the training is done."""
        if self._asked is None or self._asked.grad is None:
            return
        rate = _RATES[0] * (_RATES[1] / _RATES[0]) ** share
        moments = self.first[photo], self.second[photo]
        adam_step(self.matrices[photo], self._asked.grad, *moments, self.steps[photo], rate)
        self.steps[photo] += 1
        self._asked = None
        self.matrices -= self.matrices.mean(0) - _identity(self.matrices.device)


def _identity(device: str | torch.device) -> torch.Tensor:
    return torch.eye(3, 4, device=device)
