"""Where the files that ship with DepthView lie, in a checkout and in an installed wheel alike."""

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.camera import CameraChoice, Whence

_INSTALLED_AS = "depthview_resources"


def resource(name: str) -> Path:
    """The path of a bundled file, such as `samples/room_sbs.mp4`. It may not exist in a stripped installation."""
    checkout = Path(__file__).parents[2] / "resources"
    if checkout.is_dir():
        return checkout / name
    spec = importlib.util.find_spec(_INSTALLED_AS)
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0] if places else checkout) / name


@dataclass(frozen=True, slots=True)
class Sample:
    """The bundled clip, and the camera that it was rendered with."""

    clip: Path
    camera: CameraChoice


def sample() -> Sample:
    """The clip that DepthView shows when nobody has brought one."""
    facts = json.loads(resource("samples/room.json").read_text(encoding="utf-8"))
    camera = CameraChoice(
        baseline_m=float(facts["baseline_m"]),
        focal_px=float(facts["focal_px"]),
        lens_from=Whence.FILE,
        baseline_from=Whence.FILE,
    )
    return Sample(resource("samples/room_sbs.mp4"), camera)


def panorama_sample() -> Path:
    """The 360° photo that DepthView shows when nobody has brought one: the same room, seen all around."""
    return resource("samples/room_360.jpg")


def splat_sample() -> Path:
    """The splat scene that DepthView shows when nobody has brought one: the same room, open to two sides and above."""
    return resource("samples/room_splats.sog")


def known_camera(identity: str, fov_deg: float | None, baseline_m: float | None = None) -> CameraChoice:
    """What is known of the camera behind a source: everything for the sample, of the rest what its file says."""
    bundled = resource("samples/room_sbs.mp4")
    if bundled.exists() and identity == str(bundled.resolve()):
        return sample().camera
    return CameraChoice(
        baseline_m=baseline_m,
        fov_deg=fov_deg,
        lens_from=Whence.BY_HAND if fov_deg is None else Whence.FILE,
        baseline_from=Whence.BY_HAND if baseline_m is None else Whence.FILE,
    )
