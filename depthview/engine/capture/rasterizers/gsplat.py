"""gsplat (Apache-2.0, docs.gsplat.studio) draws where torch has an NVIDIA card and gsplat its compiled part.

Installed without it, gsplat would compile for minutes at its first import, or fail: so it is first looked at from
outside, and tried in a process of its own. Importing this module imports neither torch nor gsplat.
"""

import multiprocessing
import os
import sys
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from depthview.engine.capture.poses.camera import Camera

if TYPE_CHECKING:
    import torch

    from depthview.engine.capture.gaussians import Gaussians
    from depthview.engine.capture.rasterizers.base import Colour, Rendering

TRIED_WITHIN_S = 90.0
"""torch alone takes some seconds to load."""
_LIBRARIES = (".so", ".pyd")


def why_not(within_s: float = TRIED_WITHIN_S) -> str | None:
    """None where gsplat draws; else one sentence for a person, why it does not. Takes seconds where it is installed."""
    if _package() is None:
        return "gsplat is not installed, so training runs on the processor."
    fresh = multiprocessing.get_context("spawn")
    connection, theirs = fresh.Pipe(duplex=False)
    process = fresh.Process(target=_tell, args=(theirs,), name="depthview-gsplat", daemon=True)
    process.start()
    theirs.close()
    try:
        if not connection.poll(within_s):
            return f"gsplat did not draw within {within_s:.0f} s, so training runs on the processor."
        said: str | None = connection.recv()
    except (EOFError, OSError):
        return "gsplat broke off when it was tried, so training runs on the processor."
    finally:
        process.kill()
        process.join()
        connection.close()
    return said


class GsplatRasterizer:
    """See `Rasterizer`; for Gaussians on the card. Only where `why_not` has nothing to say."""

    def render(self, gaussians: "Gaussians", camera: Camera, degree: int, background: "Colour") -> "Rendering":
        """See `Rasterizer`. `means_px` is apart from the picture, and is told its `grad` by `backward`."""
        import torch
        from gsplat import rasterization

        from depthview.engine.capture.rasterizers.base import NEAR, Rendering

        world_to_camera = torch.eye(4)
        world_to_camera[:3, :3] = torch.as_tensor(camera.rotation)
        world_to_camera[:3, 3] = torch.as_tensor(camera.translation)
        (fx, fy), (cx, cy) = camera.focal_px, camera.centre_px
        pinhole = torch.tensor([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
        device = gaussians.xyz.device
        image, alpha, about = rasterization(
            means=gaussians.xyz,
            quats=gaussians.rotation,
            scales=gaussians.log_scale.exp(),
            opacities=gaussians.opacity_logit.sigmoid(),
            colors=torch.cat([gaussians.sh_dc[:, None], gaussians.sh_rest], 1),
            viewmats=world_to_camera[None].to(device),
            Ks=pinhole[None].to(device),
            width=camera.width_px,
            height=camera.height_px,
            near_plane=NEAR,
            sh_degree=min(degree, gaussians.degree),
            packed=False,
            backgrounds=torch.tensor([background], dtype=torch.float32, device=device),
        )
        return Rendering(image[0], alpha[0, ..., 0], _followed(about["means2d"]), _radii(about["radii"]))


def _followed(means: "torch.Tensor") -> "torch.Tensor":
    """(N, 2) of (1, N, 2): what it is pulled by is noted as its `grad`."""
    followed = means.detach()[0]

    def note(pull: "torch.Tensor") -> None:
        followed.grad = pull[0].detach()

    if means.requires_grad:
        means.register_hook(note)
    return followed


def _radii(radii: "torch.Tensor") -> "torch.Tensor":
    """(N,) of (1, N), or of (1, N, 2) for both directions, as newer versions tell."""
    own = radii[0].float()
    return own.amax(1) if own.ndim == 2 else own


def _package() -> Path | None:
    found = find_spec("gsplat")
    return Path(found.origin).parent if found is not None and found.origin else None


def _tell(connection: Connection) -> None:
    """The child: says why not, or None."""
    try:
        connection.send(_obstacle())
    except (ImportError, AttributeError, RuntimeError, OSError, TypeError) as error:
        connection.send(f"gsplat does not work here, so training runs on the processor: {error}")


def _obstacle() -> str | None:
    import torch

    if not torch.cuda.is_available():
        return "torch finds no NVIDIA card, so training runs on the processor."
    package = _package()
    if package is None or not _is_built(package, _kept_builds(torch)):
        return "gsplat lacks its compiled part, so training runs on the processor: install a ready-made wheel of it."
    from depthview.engine.capture.gaussians import Gaussians

    numbers: Any = [[[0.0, 0, 2]], [[-1.0] * 3], [[1.0, 0, 0, 0]], [1.0], [[1.0] * 3], [[[0.0] * 3] * 3]]
    one = Gaussians(*(torch.tensor(number, device="cuda", requires_grad=True) for number in numbers))
    camera = Camera(np.eye(3), np.zeros(3), (20.0, 20.0), (16.0, 16.0), 32, 32)
    rendering = GsplatRasterizer().render(one, camera, 1, (0, 0, 0))
    rendering.image.sum().backward()
    right = bool(rendering.image.max() > 0.1 and one.xyz.grad.isfinite().all() and rendering.means_px.grad is not None)
    return None if right else "gsplat draws wrongly here, so training runs on the processor."


def _kept_builds(torch: Any) -> Path:
    """Where torch keeps what it compiled for gsplat with this Python and this CUDA."""
    chosen = os.environ.get("TORCH_EXTENSIONS_DIR")
    if chosen:
        return Path(chosen) / "gsplat_cuda"
    from torch.utils.cpp_extension import get_default_build_root

    version = f"py{sys.version_info.major}{sys.version_info.minor}{getattr(sys, 'abiflags', '')}"
    return Path(get_default_build_root()) / f"{version}_cu{torch.version.cuda.replace('.', '')}" / "gsplat_cuda"


def _is_built(package: Path, kept_builds: Path) -> bool:
    """Whether the compiled part came with the package, or was built earlier."""
    came = any(file.suffix in _LIBRARIES for file in package.glob("csrc*"))
    return came or any((kept_builds / f"gsplat_cuda{suffix}").is_file() for suffix in _LIBRARIES)
