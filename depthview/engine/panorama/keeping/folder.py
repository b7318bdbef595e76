"""What is kept of a panorama: its range, its surface, its points, and a page that says what they are."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import depthview
from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.exports import write_image
from depthview.engine.frames import Image, Meaning
from depthview.engine.panorama.keeping.surface_files import SurfaceKind, file_name, write_surface
from depthview.engine.panorama.levelling.levelled import WORTH_TURNING_DEG
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.recipe import USUAL_HEIGHT_M, DistanceScale, HeightScale, Recipe, Scale, recipe_facts
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.reading import reading_error

FACTS = "panorama.json"
_BENT = (Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH)
ALWAYS = (SurfaceKind.NPY, SurfaceKind.PNG, SurfaceKind.POINTS)
EXTRAS = tuple(kind for kind in SurfaceKind if kind not in ALWAYS)


def files_of(extras: Collection[SurfaceKind] = ()) -> list[str]:
    """What is written, beside the facts: always the same, and `extras`."""
    return [*map(file_name, ALWAYS), *_PICTURES, *(file_name(kind) for kind in EXTRAS if kind in extras)]


def what_is_wanted(photo: Path, recipe: Recipe, model_files: Iterable[Path | None]) -> dict[str, Any]:
    """The facts that a result must have to be the one of this photo and these models, as they are now, and this recipe.

    Raises UserError when there is no such photo.
    """
    return {
        "depthview": depthview.__version__,
        "file": _mark(photo),
        "recipe": recipe_facts(recipe),
        "model_files": [_mark(path) if path is not None else None for path in model_files],
    }


def _mark(path: Path) -> dict[str, Any]:
    try:
        stat = path.stat()
    except OSError as error:
        raise reading_error(error, path) from error
    return {"name": path.name, "bytes": stat.st_size, "modified_ns": stat.st_mtime_ns}


def write_range_map(
    folder: Path, found: RangeMap, facts: Mapping[str, Any], *, extras: Collection[SurfaceKind] = ()
) -> list[Path]:
    """Write range, points, pictures, `extras` and panorama.json, which says what they are; their paths, that last.

    Facts that were there before are removed first, and with them extras that are not wanted now: where there are facts,
    everything beside them is whole and theirs. range.png is 16-bit, thousandths of range.npy's unit, 0 unknown. In
    normals.png red is right, green up, blue back, 0..255 for -1..1. photo.jpg is the photo as it was levelled, a pixel
    for each of the range. `facts` are added to what is known of `found`.
    Raises UserError when the folder cannot be written to.
    """
    output_folder(folder)
    page, names = folder / FACTS, files_of(extras)
    with suppress(OSError):  # what cannot be removed cannot be replaced either, and that is told
        if page.exists():
            page.unlink()
            for name in set(map(file_name, EXTRAS)) - set(names):
                (folder / name).unlink(missing_ok=True)
    for kind in SurfaceKind:
        if file_name(kind) in names:
            write_surface(folder / file_name(kind), found, kind)
    for name, picture in _PICTURES.items():
        write_image(folder / name, picture(found))
    paths = [folder / name for name in names]
    said = {**facts_of(found), **facts, "files": {path.name: path.stat().st_size for path in paths}}
    with atomic_path(page) as temporary:
        temporary.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [*paths, page]


def facts_of(found: RangeMap) -> dict[str, Any]:
    """What there is to know of it, for panorama.json and the command line."""
    seen = found.range[found.valid]
    return {
        "photo": found.photo.title,
        "photo_size": list(found.photo.file_size_wh[::-1]),
        "size": list(found.range.shape),
        "models": [
            {
                "model": one.model,
                "provider": one.provider,
                "meaning": one.meaning.value,
                "views": one.views,
                "weight": one.weight,
                "estimate_s": round(one.estimate_s, 3),
            }
            for one in found.models
        ],
        "unit": "m" if found.has_metres else None,
        "scale": found.scale.value,
        "tilt": asdict(found.tilt) if found.tilt is not None else None,
        "range_png_per_unit": 1000,
        "valid_share": round(float(found.valid.mean()), 4),
        "median_range": round(float(np.median(seen)), 3) if seen.size else None,
        "notices": [*found.photo.notices, *found.notices],
    }


def sentences_of(found: RangeMap, scale: Scale) -> list[str]:
    """For a person: how its metres came about with the recipe's `scale`, and what else should be known of it."""
    said = [*found.photo.notices, *found.notices]
    if found.tilt is not None and found.tilt.angle_deg >= WORTH_TURNING_DEG:
        pitch, roll = found.tilt.pitch_deg, found.tilt.roll_deg
        said.append(f"The photo was levelled: it had a pitch of {pitch:.1f} and a roll of {roll:.1f} degrees.")
    if any(one.meaning in _BENT for one in found.models):
        said.append("The model says only what is nearer and what farther: the room's shape may be bent.")
    return [*said, _scale_sentence(found.scale, scale)]


def _scale_sentence(came_about: RangeScale, scale: Scale) -> str:
    if came_about is RangeScale.MODEL:
        return "Metres are the model's own, nobody has measured them."
    if came_about is RangeScale.CAMERA_HEIGHT:
        if isinstance(scale, HeightScale):
            return f"Metres come from the camera's height of {scale.height_m:g} m above the floor."
        return f"Metres are as if the camera stood {USUAL_HEIGHT_M:g} m above the floor, which is a guess."
    if isinstance(scale, DistanceScale):
        return f"Metres come from the measured distance of {scale.distance_m:g} m."
    return "There are no metres: the model says none, and nothing else does."


def normals_picture(found: RangeMap) -> Image:
    """(H, W, 3) uint8; black where there is no surface."""
    shown = np.nan_to_num(found.normals * np.array([127.5, -127.5, -127.5], np.float32) + np.float32(127.5))
    return np.where(found.valid[..., None], np.rint(shown), 0).astype(np.uint8)


_PICTURES: dict[str, Callable[[RangeMap], NDArray[np.uint8]]] = {
    "photo.jpg": lambda found: found.photo.image,
    "normals.png": normals_picture,
    "mask.png": lambda found: np.where(found.valid, np.uint8(255), np.uint8(0)),
}
