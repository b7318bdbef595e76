"""What is kept of a panorama: its range, its surface, its points, and a page that says what they are."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.cloud import PointCloud
from depthview.engine.exports import write_depth_png, write_image, write_npy
from depthview.engine.frames import Image
from depthview.engine.panorama.reconstruct import RangeMap
from depthview.engine.panorama.sphere import directions, row_latitudes
from depthview.engine.ply import write_ply

FACTS = "panorama.json"


def write_range_map(folder: Path, found: RangeMap) -> list[Path]:
    """Write range.npy, range.png, normals.png, mask.png, cloud.ply and panorama.json; their paths, the facts last.

    range.png is 16-bit, thousandths of range.npy's unit, 0 unknown. In normals.png red is right, green up, blue back,
    0..255 for -1..1. Raises UserError when the folder cannot be written to.
    """
    output_folder(folder)
    paths = [folder / name for name in ("range.npy", "range.png", "normals.png", "mask.png", "cloud.ply", FACTS)]
    write_npy(paths[0], found.range)
    write_depth_png(paths[1], found.range)
    write_image(paths[2], normals_picture(found))
    write_image(paths[3], np.where(found.valid, np.uint8(255), np.uint8(0)))
    cloud = cloud_of(found)
    write_ply(paths[4], cloud)
    facts = {**facts_of(found), "points": len(cloud), "files": [path.name for path in paths[:-1]]}
    with atomic_path(paths[-1]) as temporary:
        temporary.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return paths


def facts_of(found: RangeMap) -> dict[str, Any]:
    """What there is to know of it, for panorama.json and the command line."""
    seen = found.range[found.valid]
    return {
        "photo": found.photo.title,
        "photo_size": list(found.photo.file_size_wh[::-1]),
        "size": list(found.range.shape),
        "views": len(found.views),
        "model": found.model,
        "provider": found.provider,
        "meaning": found.meaning.value,
        "unit": "m" if found.has_metres else None,
        "scale": "as the model says, not measured" if found.has_metres else "unknown",
        "range_png_per_unit": 1000,
        "valid_share": round(float(found.valid.mean()), 4),
        "median_range": round(float(np.median(seen)), 3) if seen.size else None,
        "log_scales": [round(scale, 4) for scale in found.log_scales],
        "estimate_s": round(found.estimate_s, 3),
        "notices": list(found.photo.notices),
    }


def normals_picture(found: RangeMap) -> Image:
    """(H, W, 3) uint8; black where there is no surface."""
    shown = np.nan_to_num(found.normals * np.array([127.5, -127.5, -127.5], np.float32) + np.float32(127.5))
    return np.where(found.valid[..., None], np.rint(shown), 0).astype(np.uint8)


def cloud_of(found: RangeMap) -> PointCloud:
    """The valid points, coloured by the photo, spread evenly: towards the poles fewer of a row's pixels are taken."""
    height, width = found.range.shape
    # Whole numbers that a row's columns pass, cos(latitude) of them: those columns are kept.
    passed = np.floor(np.multiply.outer(np.cos(row_latitudes(height)), np.arange(width + 1)))
    keep = found.valid & (np.diff(passed, axis=1) > 0)
    xyz = found.range[keep][:, None] * directions((height, width))[keep]
    return PointCloud(
        np.ascontiguousarray(xyz, np.float32),
        np.ascontiguousarray(found.photo.image[keep]),
        relative=True,
        unitless=not found.has_metres,
        footprint=2 * np.pi / width,
    )
