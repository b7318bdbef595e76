"""Takes docs/panorama-results.jpg: what panoramas of ../shared/data/pano become, in colours; needs no display.

None of those photos may be in this repository, so their ranges and normals are shown, not they themselves. From above:
HoHoNet's range of PocketHome's photo and ours; PocketHome's house and ImmersiveDepth's, range and normals; a church's
meeting room (Poly Haven, CC0), photo and range.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.colour import lookup_table
from depthview.engine.frames import Image
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.keeping.folder import normals_picture
from depthview.engine.panorama.recipe import Recipe
from depthview.engine.panorama.road import PanoramaRoad

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "pano"
_TILE_WH = (480, 240)
_CHURCH = "polyhaven_church_meeting_room_4k.jpg"
_PHOTOS = ("pockethome_aligned_rgb.png", "pockethome_hanuryhouse.jpg", "immersivedepth_matter1.png", _CHURCH)
_HOHONET = ("pockethome_aligned_rgb.png", "pockethome_aligned_hohonet_depth_mm.png")


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"the photos are not here: {DATA}")
    rows = []
    models = OpenedModels()
    for name in _PHOTOS:
        found = PanoramaRoad(DATA / name, models).run(Recipe(working_width=1024))
        ours = _coloured(found.range)
        if name == _HOHONET[0]:
            told = cv2.imread(str(DATA / _HOHONET[1]), cv2.IMREAD_UNCHANGED)
            if told is None:
                sys.exit(f"HoHoNet's range is not here: {DATA / _HOHONET[1]}")
            pair = _coloured(np.where(told > 0, told, np.nan)), ours
        elif name == _CHURCH:
            pair = found.photo.image, ours
        else:
            pair = ours, normals_picture(found)
        rows.append(np.hstack([_tile(picture) for picture in pair]))
    models.close()
    picture = cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(ROOT / "docs/panorama-results.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 88])


def _coloured(far: NDArray[np.floating]) -> Image:
    """(H, W, 3): near is warm; logarithmic, so that a small and a large room look alike. Black is unknown."""
    log = np.log(far)
    low, high = np.nanpercentile(log, [2, 98])
    nearness = np.nan_to_num((high - log) / max(float(high - low), 1e-3))
    colours = lookup_table("turbo")[(np.clip(nearness, 0, 1) * 255).astype(np.intp)]
    return np.where(np.isfinite(log)[..., None], colours, 0).astype(np.uint8)


def _tile(picture: Image) -> Image:
    return np.asarray(cv2.resize(picture, _TILE_WH, interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    main()
