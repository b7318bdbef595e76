"""`python -m training.mono.gather ASSETS WALLPAPERS OUT`: the photographs that a teacher tells of, from two packages.

ASSETS is npm's `@pmndrs/assets` 1.7.0, unpacked (`npm pack @pmndrs/assets`, tar): 360° photos by Poly Haven, CC0, of
which views as of an ordinary camera are taken. WALLPAPERS is Debian's `lomiri-wallpapers-16.04` 20.04.0-2, unpacked
(`apt-get download`, `dpkg-deb -x`): eight by Aitzol Berasategi, Trevor "Freespace" and Jakub Mede, CC-BY 4.0, and one
by Clemens Engelhardt, CC0. Needs `pip install OpenEXR`. Nothing of them goes into this repository.
"""

import argparse
import base64
import math
import re
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.mono.rooms import focal_of

_INDOORS = ("apartment", "hall", "lab", "lobby", "studio", "warehouse", "workshop")
_OUTDOORS = ("bridge", "city", "esplanade", "forest", "park", "venice")
_VIEWS_INDOORS, _VIEWS_OUTDOORS = 48, 12
_VIEW_HW = (272, 352)
_WALLPAPERS = (
    "Picture_0B_by_freespace", "Picture_1A_by_freespace", "Wine_by_Jakkub_Mede", "aitzgorri_by_Aitzol_Berasategi",
    "friends_by_Aitzol_Berasategi", "life_by_Aitzol_Berasategi", "picosdeeuropa_by_Aitzol_Berasategi",
    "seeding_by_Clements_Engelhardt", "sunset_by_Aitzol_Berasategi",
)  # fmt: skip
_WIDEST_PX = 1600

Light = NDArray[np.float32]


def view(panorama: Light, yaw: float, pitch: float, view_degrees: float, size: tuple[int, int]) -> Light:
    """What a pinhole camera sees of an equirectangular picture (h, w, 3). Radians; positive `pitch` looks up."""
    height, width = size
    focal = focal_of(view_degrees) * width
    x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, height / 2 - np.arange(height) - 0.5)
    ray = np.stack([x / focal, y / focal, np.ones_like(x)], -1)
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    up = ray[..., 1] * math.cos(pitch) + ray[..., 2] * math.sin(pitch)
    ahead = ray[..., 2] * math.cos(pitch) - ray[..., 1] * math.sin(pitch)
    longitude, latitude = np.arctan2(ray[..., 0], ahead) + yaw, np.arcsin(np.clip(up, -1, 1))
    rows, columns = panorama.shape[:2]
    u = (longitude / (2 * np.pi) + 0.5) % 1 * columns - 0.5
    v = (0.5 - latitude / np.pi) * rows - 0.5
    wrapped = cv2.remap(
        panorama, u.astype(np.float32), v.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP
    )
    return np.asarray(wrapped, np.float32)


def developed(light: Light, middle: float) -> NDArray[np.uint8]:
    """Linear light as a camera's picture whose median has the linear level `middle` (0..1)."""
    exposed = np.clip(light / max(float(np.median(light)), 1e-3) * middle, 0, 1)
    return np.asarray((exposed ** (1 / 2.2) * 255).round(), np.uint8)


def read_packed(script: Path) -> Light:
    """(h, w, 3) linear RGB of an EXR file that is packed into a JavaScript module as base64."""
    import OpenEXR

    found = re.search(r"base64,([A-Za-z0-9+/=]+)", script.read_text())
    if found is None:
        raise ValueError(f"no base64 in {script}")
    with tempfile.NamedTemporaryFile(suffix=".exr") as file:
        file.write(base64.b64decode(found.group(1)))
        file.flush()
        channels = OpenEXR.File(file.name).channels()
        pixels = channels["RGB"].pixels if "RGB" in channels else np.dstack([channels[c].pixels for c in "RGB"])
        return np.asarray(pixels, np.float32)


def gather(assets: Path, wallpapers: Path, out: Path) -> int:
    """Write the photographs to `out` as JPEG; how many."""
    out.mkdir(parents=True, exist_ok=True)
    dice = np.random.default_rng(0)
    for name in (*_INDOORS, *_OUTDOORS):
        (script,) = assets.rglob(f"{name}.exr.js")
        panorama = read_packed(script)
        count = _VIEWS_INDOORS if name in _INDOORS else _VIEWS_OUTDOORS
        for number in range(count):
            yaw = 2 * math.pi * (number + float(dice.random())) / count
            pitch, degrees = math.radians(float(dice.normal(-10, 8))), float(dice.uniform(62, 82))
            picture = developed(view(panorama, yaw, pitch, degrees, _VIEW_HW), float(dice.uniform(0.15, 0.35)))
            _write(out / f"{name}_{number:02d}.jpg", picture[..., ::-1])
    for name in _WALLPAPERS:
        (file,) = wallpapers.rglob(f"{name}.jpg")
        large = cv2.imread(str(file), cv2.IMREAD_COLOR)
        assert large is not None, file
        scale = min(1.0, _WIDEST_PX / max(large.shape))
        small = cv2.resize(large, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        _write(out / f"{name}.jpg", np.asarray(small, np.uint8))
    return len(list(out.iterdir()))


def _write(path: Path, bgr: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("assets", "wallpapers", "out"):
        parser.add_argument(name, type=Path)
    asked = parser.parse_args()
    print(asked.out, gather(asked.assets, asked.wallpapers, asked.out))


if __name__ == "__main__":
    main()
