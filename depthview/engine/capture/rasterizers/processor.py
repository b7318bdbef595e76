"""Gaussians drawn and learnt from on the processor: projected by torch, drawn and taken back by compiled tiles."""

from types import TracebackType
from typing import Any, Self

import torch
from numpy.typing import NDArray

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.rasterizers.base import NEAR, Colour, Rendering
from depthview.engine.capture.rasterizers.crew import Crew
from depthview.engine.capture.rasterizers.kernels.shades import shade, unshade
from depthview.engine.capture.rasterizers.projection import harmonics, project
from depthview.engine.capture.rasterizers.tiling import MOST_LISTED, Shown, Tiling, draw
from depthview.engine.splats.spherical_harmonics import C0


class ProcessorRasterizer:
    """Draws Gaussians that lie in the processor's memory, with so many threads (None: one for each processor).

    To be used in a `with`, or closed. The same Gaussians give the same picture and the same gradients to the last bit,
    with however many threads. `torch.set_num_threads(1)` is the caller's: torch's own threads and these hinder each
    other. `most_listed` bounds memory: about 40 bytes for each pair of a Gaussian and a tile.

    Gradients are those of the published equations: what is clamped has none, and the colour turns with the place.
    """

    def __init__(self, threads: int | None = None, *, most_listed: int = MOST_LISTED) -> None:
        self._crew = Crew(threads)
        self._most_listed = most_listed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._crew.close()

    def render(self, gaussians: Gaussians, camera: Camera, degree: int, background: Colour) -> Rendering:
        """See `Rasterizer`. Coefficients beyond `degree` get gradients of 0; at degree 0, all of them none."""
        projected = project(gaussians, camera)
        if projected.middle.requires_grad:
            projected.middle.retain_grad()
        colour = 0.5 + C0 * gaussians.sh_dc
        basis = harmonics(gaussians, camera, degree)
        if len(basis):
            colour = colour + _Harmonics.apply(basis, gaussians.sh_rest, self._crew)
        colour = colour.clamp_min(0)
        log_opacity = torch.nn.functional.logsigmoid(gaussians.opacity_logit)
        shown = projected.middle, projected.spread, log_opacity, colour
        tiling = draw(
            Shown(*(_numbers(tensor) for tensor in shown)),
            _numbers(projected.depth),
            NEAR,
            (camera.width_px, camera.height_px),
            self._crew,
            self._most_listed,
        )
        rgb, light = _Tiles.apply(*shown, tiling, self._crew)
        ground = torch.tensor([background], dtype=torch.float32)
        image = torch.addmm(rgb.view(-1, 3), light.view(-1, 1), ground).view(rgb.shape)
        return Rendering(image, 1 - light, projected.middle, torch.from_numpy(tiling.radii))


class _Tiles(torch.autograd.Function):  # type: ignore[misc]
    """What was drawn already, and how to go back from it."""

    @staticmethod
    def forward(
        ctx: Any,
        middle: torch.Tensor,
        spread: torch.Tensor,
        log_opacity: torch.Tensor,
        colour: torch.Tensor,
        tiling: Tiling,
        crew: Crew,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        ctx.tiling, ctx.crew = tiling, crew
        return torch.from_numpy(tiling.rgb), torch.from_numpy(tiling.light)

    @staticmethod
    def backward(ctx: Any, by_rgb: torch.Tensor, by_light: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        by = ctx.tiling.backward(_numbers(by_rgb), _numbers(by_light), ctx.crew)
        return (*(torch.from_numpy(one) for one in (by.middle, by.spread, by.log_opacity, by.colour)), None, None)


class _Harmonics(torch.autograd.Function):  # type: ignore[misc]
    """(N, 3): the sum of `basis` (K, N) times `rest` (N, at least K, 3)."""

    @staticmethod
    def forward(ctx: Any, basis: torch.Tensor, rest: torch.Tensor, crew: Crew) -> torch.Tensor:
        ctx.save_for_backward(basis, rest)
        ctx.crew = crew
        colour = torch.empty(len(rest), 3)
        numbers = _numbers(basis), _numbers(rest), _numbers(colour)
        crew.all(lambda rows: shade(*rows, *numbers), crew.rows(len(rest)))
        return colour

    @staticmethod
    def backward(ctx: Any, pull: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        basis, rest = ctx.saved_tensors
        by_basis, by_rest = torch.empty_like(basis), torch.empty(rest.shape)
        numbers = [_numbers(tensor) for tensor in (basis, rest, pull, by_basis, by_rest)]
        ctx.crew.all(lambda rows: unshade(*rows, *numbers), ctx.crew.rows(len(rest)))
        return by_basis, by_rest, None


def _numbers(tensor: torch.Tensor) -> NDArray[Any]:
    """Its own memory where it lies close together, else a copy."""
    return tensor.detach().contiguous().numpy()  # type: ignore[no-any-return]
